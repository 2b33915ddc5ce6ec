"""Stage clean: ``python -m tinyner.clean``."""

from collections import Counter
from pathlib import Path

from tinyner import errors
from tinyner.clean.parse import Status, parse
from tinyner.corpora import CORPORA
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.rows import Annotation, Reply


def annotate(reply: Reply, knobs: Params) -> Annotation:
    """The annotation that one reply gives."""
    status, mentions, problems = parse(
        reply["reply"],
        knobs.types,
        bare=knobs.annotate.output != "text",
        cut=reply.get("finish_reason") == "length",
        keep_truncated=knobs.clean.truncated == "keep",
    )
    return {
        "id": reply["id"],
        "prompt_sha256": reply["prompt_sha256"],
        "status": status.value,
        "mentions": [{"type": label, "text": text} for label, text in mentions],
        "problems": problems,
    }


def main() -> None:
    """Clean the replies of every corpus, however many a sentence has."""
    knobs = load_params()
    everything: list[Annotation] = []
    for corpus in CORPORA:
        annotations = [annotate(reply, knobs) for reply in load(f"data/annotated/{corpus}.jsonl")]
        write_rows(Path(f"data/cleaned/{corpus}.jsonl"), annotations)
        everything += annotations
    counts = Counter(row["status"] for row in everything)
    problems = Counter(problem for row in everything for problem in row["problems"])
    metrics = {
        **{status.value: counts[status.value] for status in Status},
        "problems": dict(sorted(problems.items())),
        "rows": [{"mentions": sum(len(row["mentions"]) for row in everything)}],
    }
    write_json(Path("metrics/clean.json"), metrics)
    print(", ".join(f"{status.value} {counts[status.value]}" for status in Status))


if __name__ == "__main__":
    errors.run(main)
