"""Stage align: ``python -m tinyner.align``."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from tinyner import errors
from tinyner.align.against_gold import AgainstGold
from tinyner.align.balance import faults, misplaced
from tinyner.align.flatten import OUTCOMES, UNPLACED, align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.align.vote import AlignedSentence, vote
from tinyner.conservation import Balance, by_sentence
from tinyner.corpora import ASKED, CORPORA, GOLD
from tinyner.files import load, rows_file, write_json
from tinyner.params import Params, load_params
from tinyner.prompts import Prompt
from tinyner.rows import Annotation, Example, LedgerRow, PromptRow, Sentence
from tinyner.stage_lock import alone

ALIGNED = Path("data/aligned")
_PROMPTS = "data/annotated/prompts.jsonl"


def main() -> None:
    """Align every valid reply, let the replies to a sentence vote, write examples, ledger and scores against gold.

    A sentence and its replies are in memory at a time, and of sentences with gold their tags.

    Raises:
        UserError: if a reply is to no prepared sentence, or a sentence has none; no file is written then.
    """
    params = load_params()
    types = list(params.types)
    corpora = _Corpora(params)
    with ExitStack() as stack:
        for corpus in CORPORA:
            write_example = stack.enter_context(rows_file(ALIGNED / f"{corpus}.jsonl"))
            write_ledger = stack.enter_context(rows_file(ALIGNED / f"{corpus}_ledger.jsonl"))
            corpora.align(corpus, write_example, write_ledger)
        corpora.align_gold()
    outcomes = corpora.outcomes
    rows = {"examples": corpora.examples, "failed_replies": corpora.failed_replies, "mentions": outcomes.total()}
    if corpora.has_several_replies:
        rows["failed_sentences"] = corpora.sentences - corpora.examples
        if corpora.failed_replies:
            print(f"{corpora.failed_replies} replies failed; {rows['failed_sentences']} sentences have no other")
    # DVC's tables show numbers and leave out lists: these two numbers, while the file has all.
    metrics: dict[str, object] = {"unplaced": sum(outcomes[outcome] for outcome in UNPLACED)}
    metrics |= corpora.against_gold.show(types)
    if corpora.against_gold.gold_sentences:
        rows["gold_sentences"] = corpora.against_gold.gold_sentences
    metrics["ledger"] = [{"outcome": outcome, "mentions": outcomes[outcome]} for outcome in OUTCOMES]
    metrics["rows"] = [rows]
    write_json(Path("metrics/align.json"), metrics)
    if outcomes["unknown_type"] > outcomes.total() / 2:
        scheme = ", ".join(types)
        print(f"warning: most mentions have a type that params.yaml does not have ({scheme}); is the prompt for these?")
    print(f"{outcomes.total()} mentions: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()))


def align_sentence(
    sentence: Sentence, annotations: Sequence[Annotation], prompts: Mapping[str, Prompt], params: Params
) -> AlignedSentence:
    """Align the replies to a sentence, each by itself, and let those that did not fail vote."""
    searched, types = SearchedSentence(sentence["words"], sentence.get("text")), list(params.types)
    replies = [
        None
        if annotation["status"] == "failed"
        else align_reply(searched, annotation["mentions"], types, prompts[annotation["prompt_sha256"]], params.align)
        for annotation in annotations
    ]
    valid_replies = [reply for reply in replies if reply is not None]
    consensus = vote(valid_replies, len(searched.words), params.align.min_agreement) if valid_replies else None
    return AlignedSentence(sentence, replies, consensus, [row.get("annotator", "") for row in annotations])


class _Corpora:
    """Aligns corpora one behind the other, and counts what became of their sentences, replies and mentions."""

    def __init__(self, params: Params) -> None:
        """Read the prompts, in which mentions are looked for."""
        self._params = params
        templates: list[PromptRow] = load(_PROMPTS)
        self._prompts = {"": Prompt("")} | {row["prompt_sha256"]: Prompt(row["template"]) for row in templates}
        self.sentences = self.examples = self.failed_replies = 0
        self.has_several_replies = False  # a sentence
        self.outcomes: Counter[str] = Counter()
        self.against_gold = AgainstGold()

    def align(
        self, corpus: str, write_example: Callable[[Example], None], write_ledger: Callable[[LedgerRow], None]
    ) -> None:
        """Write the rows of a corpus, and check that they are those of its sentences and mentions."""
        balance, sentences, examples = Balance("align"), self.sentences, self.examples
        mentions = written = failed = 0
        for aligned, annotations in self._aligned(corpus):
            example, ledger = aligned.example(), aligned.ledger()
            balance.add_all(faults(aligned.sentence, annotations, example, ledger), aligned.sentence["id"])
            if example is not None:
                write_example(example)
            for row in ledger:
                write_ledger(row)
            valid = [annotation for annotation in annotations if annotation["status"] != "failed"]
            mentions += sum(len(annotation["mentions"]) for annotation in valid)
            written += len(ledger)
            failed += not valid
            self.sentences += 1
            self.examples += example is not None
            self.failed_replies += len(annotations) - len(valid)
            self.has_several_replies |= aligned.has_several_replies
            self.outcomes.update(row["outcome"] for row in ledger)
            self.against_gold.add(corpus, aligned)
        balance.expect(f"{corpus} mentions and their outcomes", mentions, written)
        what = f"{corpus} sentences and their examples, with those whose replies failed,"
        balance.expect(what, self.sentences - sentences, self.examples - examples + failed)

    def align_gold(self) -> None:
        """Align the sentences that are asked for to score the teacher alone; no example comes of them."""
        for aligned, _ in self._aligned(GOLD):
            self.against_gold.add(GOLD, aligned)

    def _aligned(self, corpus: str) -> Iterator[tuple[AlignedSentence, list[Annotation]]]:
        """Yield the sentences of a corpus, aligned, with their cleaned replies; of gold ones, some were asked for.

        Raises:
            UserError: where sentences, replies and prompts don't fit each other.
        """
        balance, path = Balance("align"), Path(f"data/cleaned/{corpus}.jsonl")
        for sentence, annotations in by_sentence("align", Path(ASKED[corpus]), path, "clean", some=corpus == GOLD):
            if any(annotation["prompt_sha256"] not in self._prompts for annotation in annotations):
                what = f"sentences of {path} with a reply to a prompt that {_PROMPTS} lacks"
                balance.add(what, sentence["id"], "run `dvc repro clean`")
            elif misplaced(sentence, annotations):
                what = f"sentences of {ASKED[corpus]} with other words than the mentions of {path} say"
                balance.add(what, sentence["id"], "run `dvc repro clean`")
            else:
                yield align_sentence(sentence, annotations, self._prompts, self._params), annotations
        balance.check()


if __name__ == "__main__":
    errors.run(alone("align", main))
