"""The tags that stage train's students predicted for the test sentences, a file a seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import load
from tinyner.rows import Prediction, Sentence

PREDICTIONS = Path("predictions")

Predictions = Mapping[int, Sequence[Sequence[str]]]
"""Tags of the test sentences by seed."""


def read_predictions(gold: Sequence[Sentence]) -> dict[int, list[list[str]]]:
    """Read each seed's tags of the gold sentences, in their order.

    Raises:
        UserError: if there are no predictions, or a file has other sentences.
    """
    files = {int(path.stem.removeprefix("seed_")): path for path in PREDICTIONS.glob("seed_*.jsonl")}
    if not files:
        raise UserError(f"{PREDICTIONS}/: expected seed_<n>.jsonl, found none; run `dvc repro train`")
    tags_by_seed: dict[int, list[list[str]]] = {}
    for seed, path in sorted(files.items()):
        rows: list[Prediction] = load(path)
        if [row["id"] for row in rows] != [row["id"] for row in gold]:
            raise UserError(f"{path}: not the sentences of data/prepared/test.jsonl; run `dvc repro train`")
        tags_by_seed[seed] = [row["tags"] for row in rows]
    return tags_by_seed
