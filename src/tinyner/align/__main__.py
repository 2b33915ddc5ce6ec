"""Stage align: ``python -m tinyner.align``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tinyner import errors
from tinyner.align.flatten import OUTCOMES, UNPLACED, align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.align.vote import AlignedSentence, vote
from tinyner.align.vote_scores import SentenceVotes, calibration_of, scores_of
from tinyner.bio import types_in
from tinyner.corpora import ASKED, CORPORA, GOLD
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.prompts import Prompt
from tinyner.rows import Annotation, PromptRow, Sentence
from tinyner.scores import strict
from tinyner.tables import show_rows, show_scores

ALIGNED = Path("data/aligned")


def main() -> None:
    """Align every valid reply, let the replies to a sentence vote, write examples, ledger and scores against gold."""
    params = load_params()
    types = list(params.types)
    templates: list[PromptRow] = load("data/annotated/prompts.jsonl")
    prompts = {"": Prompt("")} | {row["prompt_sha256"]: Prompt(row["template"]) for row in templates}
    by_corpus: dict[str, list[AlignedSentence]] = {}
    for corpus, path in CORPORA.items():
        of_corpus = list(_aligned_sentences(corpus, load(path), prompts, params))
        examples = [sentence.example() for sentence in of_corpus]
        write_rows(ALIGNED / f"{corpus}.jsonl", [example for example in examples if example is not None])
        write_rows(ALIGNED / f"{corpus}_ledger.jsonl", [row for sentence in of_corpus for row in sentence.ledger()])
        by_corpus[corpus] = of_corpus
    aligned = [sentence for of_corpus in by_corpus.values() for sentence in of_corpus]
    outcomes = Counter(row.outcome for sentence in aligned for reply in sentence.valid_replies for row in reply.ledger)
    counts = {
        "examples": sum(sentence.consensus is not None for sentence in aligned),
        "failed_replies": sum(len(sentence.replies) - len(sentence.valid_replies) for sentence in aligned),
        "mentions": outcomes.total(),
    }
    if any(sentence.has_several_replies for sentence in aligned):
        counts["failed_sentences"] = len(aligned) - counts["examples"]
    if "failed_sentences" in counts and counts["failed_replies"]:
        print(f"{counts['failed_replies']} replies failed; {counts['failed_sentences']} sentences have no other")
    # DVC's tables show numbers and leave out lists: these two numbers, while the file has all.
    metrics: dict[str, object] = {"unplaced": sum(outcomes[outcome] for outcome in UNPLACED)}
    of_gold = list(_aligned_sentences(GOLD, load(ASKED[GOLD]), prompts, params))
    metrics |= _against_gold([*by_corpus.values(), of_gold], types)
    if of_gold:
        counts["gold_sentences"] = len(of_gold)
    metrics["ledger"] = [{"outcome": outcome, "mentions": outcomes[outcome]} for outcome in OUTCOMES]
    metrics["rows"] = [counts]
    write_json(Path("metrics/align.json"), metrics)
    if outcomes["unknown_type"] > outcomes.total() / 2:
        scheme = ", ".join(types)
        print(f"warning: most mentions have a type that params.yaml does not have ({scheme}); is the prompt for these?")
    print(f"{outcomes.total()} mentions: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()))


def _aligned_sentences(
    corpus: str, sentences: Sequence[Sentence], prompts: Mapping[str, Prompt], params: Params
) -> Iterator[AlignedSentence]:
    annotations: dict[str, list[Annotation]] = {}
    for annotation in load(f"data/cleaned/{corpus}.jsonl"):
        annotations.setdefault(annotation["id"], []).append(annotation)
    for sentence in sentences:
        if corpus != GOLD or sentence["id"] in annotations:  # of gold ones, only some are asked for
            yield align_sentence(sentence, annotations[sentence["id"]], prompts, params)


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


def _against_gold(corpora: Sequence[Sequence[AlignedSentence]], types: Sequence[str]) -> dict[str, object]:
    """Return and print the scores of those sentences that people labelled; nothing where there are none.

    Args:
        corpora: target and related sentences, and the gold ones.
        types: of the scheme.
    """
    scored, asked = list[AlignedSentence](), 0  # of corpora with any gold
    for of_corpus in corpora:
        with_gold = [sentence for sentence in of_corpus if "tags" in sentence.sentence]
        scored += with_gold
        asked += len(of_corpus) if with_gold else 0
    if not scored:
        return {}
    votes = [SentenceVotes(sentence.sentence["tags"], sentence.replies) for sentence in scored]
    tags = [sentence.tags for sentence in scored]
    table = strict([sentence.gold for sentence in votes], tags, types)
    teacher = [{"of": name, **score} for name, score in table.items()]
    title = f"The teacher against gold, {_counted(len(scored), asked, len(corpora[-1]))}"
    show_scores(title, teacher, predicted=[types_in(tags)])
    unanswered = sum(sentence.consensus is None for sentence in scored)
    if unanswered:
        print(f"{unanswered} of these sentences have no valid reply; their entities count as missed")
    metrics: dict[str, object] = {"teacher_f1": table["micro"]["f1"], "teacher": teacher}
    several = [sentence for sentence in votes if len(sentence.replies) > 1]
    if several:
        annotators = next(sentence.annotators for sentence in scored if len(sentence.replies) > 1)
        scores, calibration = scores_of(several, annotators), calibration_of(several)
        show_scores(f"Votes against gold, {len(several)} sentences", scores)
        show_rows("Spans by the share of the replies that have them", calibration)
        metrics |= {"votes": scores, "calibration": calibration}
    return metrics


def _counted(scored: int, asked: int, gold: int) -> str:
    """Return how many sentences are scored, of how many that are asked for, and which are the gold ones.

    >>> _counted(1000, 1000, 0), _counted(50, 90, 0), _counted(21, 21, 21)
    ('1000 sentences', '50 of 90 sentences', '21 original sentences (annotate.gold_size)')
    >>> _counted(71, 111, 21)
    '71 of 111 sentences, 21 of them original (annotate.gold_size)'
    """
    if gold == scored:
        return f"{scored} original sentences (annotate.gold_size)"
    of_asked = "" if scored == asked else f" of {asked}"
    of_gold = f", {gold} of them original (annotate.gold_size)" if gold else ""
    return f"{scored}{of_asked} sentences{of_gold}"


if __name__ == "__main__":
    errors.run(main)
