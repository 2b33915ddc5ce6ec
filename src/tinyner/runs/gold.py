"""The gold tags that predictions of runs are scored against."""

from collections.abc import Iterable
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import load
from tinyner.rows import Sentence
from tinyner.runs.run import Run, digest_of


def gold_sentences(path: Path = Path("data/prepared/test.jsonl")) -> list[Sentence]:
    """Read the test sentences of the workspace.

    Raises:
        UserError: where the file does not exist.
    """
    if not path.exists():
        raise UserError(f"{path}: not there, and what is predicted is held against it; run `dvc repro prepare`")
    return load(path)


def gold_of(runs: Iterable[Run]) -> list[list[str]]:
    """Return the gold tags of the test sentences that these runs predict, from data/prepared/test.jsonl here.

    Raises:
        UserError: where a run's predictions are of other sentences than these.
    """
    rows = gold_sentences()
    digest = digest_of(rows)
    for run in runs:
        if run.test != digest:
            raise UserError(
                f"{run.name}: its predictions are of other test sentences than data/prepared/test.jsonl here; set "
                "`prepare` in params.yaml as it has it and run `dvc repro prepare`, or leave it out"
            )
    return [row["tags"] for row in rows]
