"""Stage clean: ``python -m tinyner.clean``."""

from collections import Counter
from pathlib import Path

from tinyner import errors
from tinyner.clean.parse import Status, parse_reply
from tinyner.corpora import CORPORA
from tinyner.files import load, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.rows import Annotation, Reply


def annotation_of(reply: Reply, params: Params) -> Annotation:
    """Return the row of one reply."""
    status, mentions, problems = parse_reply(
        reply["reply"],
        params.types,
        bare=params.annotate.output != "text",
        cut=reply.get("finish_reason") == "length",
        keep_truncated=params.clean.truncated == "keep",
    )
    return {
        "id": reply["id"],
        "prompt_sha256": reply["prompt_sha256"],
        "status": status.value,
        "mentions": [{"type": label, "text": text} for label, text in mentions],
        "problems": problems,
    }


def main() -> None:
    """Clean all replies of every corpus and count how they ended."""
    params = load_params()
    annotations: list[Annotation] = []
    for corpus in CORPORA:
        of_corpus = [annotation_of(reply, params) for reply in load(f"data/annotated/{corpus}.jsonl")]
        write_rows(Path(f"data/cleaned/{corpus}.jsonl"), of_corpus)
        annotations += of_corpus
    counts = Counter(annotation["status"] for annotation in annotations)
    problems = Counter(problem for annotation in annotations for problem in annotation["problems"])
    metrics = {
        **{status.value: counts[status.value] for status in Status},
        "problems": dict(sorted(problems.items())),
        "rows": [{"mentions": sum(len(annotation["mentions"]) for annotation in annotations)}],
    }
    write_json(Path("metrics/clean.json"), metrics)
    print(", ".join(f"{status.value} {counts[status.value]}" for status in Status))


if __name__ == "__main__":
    errors.run(main)
