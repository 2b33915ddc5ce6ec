"""Stage align: ``python -m tinyner.align``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner import errors
from tinyner.align.agreement import Ballot, calibration_of, scores_of
from tinyner.align.flatten import OUTCOMES, UNPLACED, align
from tinyner.align.vote import Result, vote
from tinyner.corpora import CORPORA
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.prompts import Prompt
from tinyner.rows import Annotation, PromptRow, Sentence
from tinyner.scores import strict
from tinyner.tables import show_rows, show_scores

ALIGNED = Path("data/aligned")


def main() -> None:
    """Align every reply that did not fail, let those to a sentence vote, write examples and ledger, score both."""
    knobs = load_params()
    types = list(knobs.types)
    asked: list[PromptRow] = load("data/annotated/prompts.jsonl")
    prompts = {row["prompt_sha256"]: Prompt(row["template"]) for row in asked}
    results: list[Result] = []
    for corpus, path in CORPORA.items():
        sentences: list[Sentence] = load(path)
        annotations: dict[str, list[Annotation]] = {}
        for annotation in load(f"data/cleaned/{corpus}.jsonl"):
            annotations.setdefault(annotation["id"], []).append(annotation)
        found = [_result(sentence, annotations[sentence["id"]], prompts, knobs) for sentence in sentences]
        write_rows(ALIGNED / f"{corpus}.jsonl", [example for one in found if (example := one.example()) is not None])
        write_rows(ALIGNED / f"{corpus}_ledger.jsonl", [row for one in found for row in one.ledger()])
        results += found
    outcomes = Counter(entry.outcome for one in results for reply in one.voters for entry in reply.ledger)
    rows = {
        "examples": sum(one.voted is not None for one in results),
        "failed_replies": sum(len(one.replies) - len(one.voters) for one in results),
        "mentions": outcomes.total(),
    }
    if any(one.several for one in results):
        rows["failed_sentences"] = len(results) - rows["examples"]
    if "failed_sentences" in rows and rows["failed_replies"]:
        print(f"{rows['failed_replies']} replies failed; {rows['failed_sentences']} sentences have no other")
    # DVC's tables have the numbers and no lists: two figures there, the whole of it in the file.
    metrics: dict[str, object] = {"unplaced": sum(outcomes[outcome] for outcome in UNPLACED)}
    metrics |= _against_gold([one for one in results if "tags" in one.sentence], types)
    metrics["ledger"] = [{"outcome": outcome, "mentions": outcomes[outcome]} for outcome in OUTCOMES]
    metrics["rows"] = [rows]
    write_json(Path("metrics/align.json"), metrics)
    if outcomes["unknown_type"] > outcomes.total() / 2:
        known = ", ".join(types)
        print(f"warning: most mentions have a type that params.yaml does not have ({known}); is the prompt for these?")
    print(f"{outcomes.total()} mentions: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()))


def _result(
    sentence: Sentence, annotations: Sequence[Annotation], prompts: Mapping[str, Prompt], knobs: Params
) -> Result:
    """Each reply aligned on its own, and what they agree on."""
    words, types = sentence["words"], list(knobs.types)
    replies = [
        None
        if row["status"] == "failed"
        else align(words, row["mentions"], types, prompts[row["prompt_sha256"]], knobs.align)
        for row in annotations
    ]
    voters = [reply for reply in replies if reply is not None]
    voted = vote(voters, len(words), knobs.align.min_agreement) if voters else None
    return Result(sentence, replies, voted)


def _against_gold(results: Sequence[Result], types: Sequence[str]) -> dict[str, object]:
    """The scores of sentences with tags of people, printed too; nothing where there are none."""
    if not results:
        return {}
    ballots = [Ballot(one.sentence["tags"], one.replies) for one in results]
    table = strict([ballot.gold for ballot in ballots], [one.tags for one in results], types)
    teacher = [{"of": name, **score} for name, score in table.items()]
    show_scores(f"The teacher against gold, {len(results)} sentences", teacher)
    metrics: dict[str, object] = {"teacher_f1": table["micro"]["f1"], "teacher": teacher}
    several = [ballot for ballot in ballots if len(ballot.replies) > 1]
    if several:
        scores, calibration = scores_of(several, types), calibration_of(several)
        show_scores(f"Votes against gold, {len(several)} sentences", scores)
        show_rows("Spans by the share of the replies that have them", calibration)
        metrics |= {"votes": scores, "calibration": calibration}
    return metrics


if __name__ == "__main__":
    errors.run(main)
