"""Stage align: ``python -m tinyner.align``."""

from collections import Counter
from pathlib import Path

from tinyner import errors, params, prompts
from tinyner.align.ledger import OUTCOMES, UNPLACED, align
from tinyner.bio import spans_to_tags
from tinyner.corpora import CORPORA
from tinyner.rows import Annotation, Example, LedgerRow, Sentence, load, write_json, write_rows
from tinyner.scores import strict
from tinyner.tables import show_scores

ALIGNED = Path("data/aligned")


def main() -> None:
    """Align every annotation that did not fail, write examples and ledger, and score the teacher."""
    knobs = params.load()
    types = list(knobs.types)
    outcomes: Counter[str] = Counter()
    gold: list[list[str]] = []
    teacher: list[list[str]] = []
    failed = 0
    aligned_count = 0
    for corpus, path in CORPORA.items():
        sentences: list[Sentence] = load(path)
        annotations: dict[str, Annotation] = {row["id"]: row for row in load(f"data/cleaned/{corpus}.jsonl")}
        template = prompts.load(getattr(knobs.annotate.prompts, corpus))
        examples: list[Example] = []
        ledger: list[LedgerRow] = []
        for sentence in sentences:
            annotation = annotations[sentence["id"]]
            tags = ["O"] * len(sentence["words"])
            if annotation["status"] == "failed":
                failed += 1
            else:
                aligned = align(sentence["words"], annotation["mentions"], types, template, knobs.align)
                tags = spans_to_tags(aligned.spans, len(sentence["words"]))
                example: Example = {
                    "id": sentence["id"],
                    "words": sentence["words"],
                    "tags": tags,
                    "spans": [{"start": start, "end": end, "label": label} for start, end, label in aligned.spans],
                }
                if aligned.unflattened is not None:
                    example["unflattened"] = aligned.unflattened
                examples.append(example)
                for entry in aligned.ledger:
                    places = [list(place) for place in entry.places] or None
                    row: LedgerRow = {"id": sentence["id"], **entry.mention, "outcome": entry.outcome, "span": places}
                    ledger.append(row)
            if "tags" in sentence:  # a failed reply found none of its sentence's entities
                gold.append(sentence["tags"])
                teacher.append(tags)
        outcomes.update(row["outcome"] for row in ledger)
        aligned_count += len(examples)
        write_rows(ALIGNED / f"{corpus}.jsonl", examples)
        write_rows(ALIGNED / f"{corpus}_ledger.jsonl", ledger)
    # DVC's tables have the numbers and no lists: two figures there, the whole of it in the file.
    metrics: dict[str, object] = {"unplaced": sum(outcomes[outcome] for outcome in UNPLACED)}
    if gold:
        table = strict(gold, teacher, types)
        metrics["teacher_f1"] = table["micro"]["f1"]
        teacher_rows = [{"of": name, **score} for name, score in table.items()]
        metrics["teacher"] = teacher_rows
        show_scores(f"The teacher against gold, {len(gold)} sentences", teacher_rows)
    metrics["ledger"] = [{"outcome": outcome, "mentions": outcomes[outcome]} for outcome in OUTCOMES]
    metrics["rows"] = [{"examples": aligned_count, "failed_replies": failed, "mentions": outcomes.total()}]
    write_json(Path("metrics/align.json"), metrics)
    if outcomes["unknown_type"] > outcomes.total() / 2:
        known = ", ".join(types)
        print(f"warning: most mentions have a type that params.yaml does not have ({known}); is the prompt for these?")
    print(f"{outcomes.total()} mentions: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()))


if __name__ == "__main__":
    errors.run(main)
