"""The tags that stage train's students predicted for the test sentences, a file a seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tinyner.conservation import Balance
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.rows import Prediction, Sentence

PREDICTIONS = Path("predictions")

Predictions = Mapping[int, Sequence[Sequence[str]]]
"""Tags of the test sentences by seed."""


class Probabilities(NamedTuple):
    """Those of the entities of each test sentence, by one seed: with the temperature, and without it."""

    calibrated: Sequence[Sequence[float]]
    uncalibrated: Sequence[Sequence[float]]


def read_predictions(gold: Sequence[Sentence]) -> dict[int, list[list[str]]]:
    """Read each seed's tags of the gold sentences, in their order.

    Raises:
        UserError: if there are no predictions, or a file has other sentences.
    """
    return {seed: [row["tags"] for row in rows] for seed, rows in read_rows(gold).items()}


def probabilities_of(seed: int, rows: Sequence[Prediction]) -> Probabilities:
    """Return the probabilities of a seed's rows.

    Raises:
        UserError: where they have none, as those of older versions.
    """
    if any("probabilities" not in row for row in rows):
        file = PREDICTIONS / f"seed_{seed}.jsonl"
        raise UserError(f"{file}: has no probabilities, as an older version wrote it; run `dvc repro train`")
    return Probabilities([row["probabilities"] for row in rows], [row["uncalibrated"] for row in rows])


def read_rows(gold: Sequence[Sentence]) -> dict[int, list[Prediction]]:
    """Read each seed's predictions for the gold sentences, in their order.

    Raises:
        UserError: as ``read_predictions``.
    """
    files = {int(path.stem.removeprefix("seed_")): path for path in PREDICTIONS.glob("seed_*.jsonl")}
    if not files:
        raise UserError(f"{PREDICTIONS}/: expected seed_<n>.jsonl, found none; run `dvc repro train`")
    by_seed: dict[int, list[Prediction]] = {}
    for seed, path in sorted(files.items()):
        rows: list[Prediction] = load(path)
        if [row["id"] for row in rows] != [row["id"] for row in gold]:
            raise UserError(f"{path}: not the sentences of data/prepared/test.jsonl; run `dvc repro train`")
        balance = Balance("evaluate")
        for row, sentence in zip(rows, gold, strict=True):
            if len(row["tags"]) != len(sentence["words"]):
                what = f"predictions of {path} with another number of tags than data/prepared/test.jsonl has words"
                balance.add(what, row["id"], "run `dvc repro train`")
        balance.check()
        by_seed[seed] = rows
    return by_seed
