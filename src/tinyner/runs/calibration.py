"""How far a run's probabilities can be believed: plots/reliability.csv and plots/thresholds.csv of stage evaluate."""

import csv
import io
from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict


class BinRow(TypedDict):
    """Entities whose probability is in one of ten ranges, with the temperature (calibrated) or without it.

    ``probability`` is their mean, ``right`` the share that is right, ``entities`` their number over all seeds.
    """

    scores: Literal["calibrated", "uncalibrated"]
    probability: float
    right: float
    entities: int


class ThresholdRow(TypedDict):
    """Precision and recall of the entities that are at least as probable as ``threshold``, with the temperature."""

    threshold: float
    precision: float
    recall: float


class Calibration(TypedDict):
    """Both plots of a run."""

    reliability: Sequence[BinRow]
    thresholds: Sequence[ThresholdRow]


def calibration_of(reliability: str, thresholds: str) -> Calibration | None:
    """Parse both files; None where the students found no entity, so that there is nothing to believe.

    >>> calibration_of("scores,probability,right,entities\\n", "threshold,precision,recall\\n")

    Raises:
        ValueError: where they are other files than stage evaluate writes.
    """
    try:
        bins = [_bin(row) for row in csv.DictReader(io.StringIO(reliability))]
        points: list[ThresholdRow] = [
            {
                "threshold": float(row["threshold"]),
                "precision": float(row["precision"]),
                "recall": float(row["recall"]),
            }
            for row in csv.DictReader(io.StringIO(thresholds))
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no plot of stage evaluate: {error}") from None
    return {"reliability": bins, "thresholds": points} if bins and points else None


def _bin(row: dict[str, str]) -> BinRow:
    scores: Literal["calibrated", "uncalibrated"] = "calibrated" if row["scores"] == "calibrated" else "uncalibrated"
    return {
        "scores": scores,
        "probability": float(row["probability"]),
        "right": float(row["right"]),
        "entities": int(row["entities"]),
    }
