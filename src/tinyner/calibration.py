"""How far probabilities of entities can be believed: a temperature, calibration error, precision by threshold.

A network that was trained to the end is too sure of itself. Dividing its logits by one number, the temperature, mends
most of that, and changes no label (Guo et al. 2017, arXiv 1706.04599). It is fitted on dev, as the one under which
dev's gold tags are most likely.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyner.decoding import Bounds, Chances, Logits, Scheme

BINS = 10
"""Of equal width, of a reliability diagram and of the expected calibration error."""

_COLDEST, _HOTTEST = 0.1, 10.0
_DIGITS = 4  # of a temperature, so that it is the same where sums round otherwise


def fit_temperature(logits: Logits, bounds: Bounds, scheme: Scheme, gold: NDArray[np.int16]) -> float:
    """Return the temperature, 0.1 to 10, under which the gold labels (W,) of legal sequences are most likely."""
    from scipy.optimize import minimize_scalar  # noqa: PLC0415, takes a second

    def surprise(log_temperature: float) -> float:
        chances = Chances.of(logits, bounds, scheme, math.exp(log_temperature))
        return -float(chances.log_likelihood(gold).sum())

    found = minimize_scalar(surprise, bounds=(math.log(_COLDEST), math.log(_HOTTEST)), method="bounded")
    return round(math.exp(found.x), _DIGITS)


@dataclass(frozen=True)
class Bin:
    """Spans whose probability is in a range: how many, their mean probability, and the share that is right."""

    low: float
    high: float
    count: int
    mean: float
    right: float


@dataclass(frozen=True)
class Scored:
    """Predicted spans of a set: the probability (M,) of each and whether it is right (M,); how many spans gold has."""

    probabilities: NDArray[np.float64]
    right: NDArray[np.bool_]
    gold: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, bool]], gold: int) -> "Scored":
        """Return them from pairs of a probability and whether the span is right."""
        probabilities, right = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
        return cls(np.array(probabilities, dtype=np.float64), np.array(right, dtype=np.bool_), gold)

    def bins(self) -> list[Bin]:
        """Return the bins that have spans, by rising probability; 1 is in the last one."""
        places = np.minimum((self.probabilities * BINS).astype(np.int64), BINS - 1)
        return [
            Bin(
                place / BINS,
                (place + 1) / BINS,
                int(inside.sum()),
                float(self.probabilities[inside].mean()),
                float(self.right[inside].mean()),
            )
            for place in range(BINS)
            if (inside := places == place).any()
        ]

    def error(self) -> float | None:
        """Return the expected calibration error (Naeini et al. 2015): the bins' mean distance, by their counts.

        None without a span.
        """
        total = len(self.right)
        return sum(row.count * abs(row.mean - row.right) for row in self.bins()) / total if total else None

    def curve(self) -> list[tuple[float, float, float]]:
        """Return thresholds, rising from 0, each with precision and recall of the spans that are at least as probable.

        A threshold is rounded down to 4 digits, and each stands once.
        """
        order = np.argsort(-self.probabilities, kind="stable")
        floors = np.floor(self.probabilities[order] * 1e4) / 1e4
        right = np.cumsum(self.right[order])
        ends = np.flatnonzero(np.append(np.diff(floors) != 0, True)) if len(floors) else np.zeros(0, dtype=np.int64)
        rows = [
            (float(floors[end]), float(right[end] / (end + 1)), float(right[end] / self.gold) if self.gold else 0.0)
            for end in ends[::-1]
        ]
        return [(0.0, *rows[0][1:]), *rows[1:]] if rows else []


def threshold_for(curve: Sequence[tuple[float, float, float]], precision: float) -> float | None:
    """Return the lowest threshold of a curve at which precision is as asked for, or higher; None where it never is.

    >>> threshold_for([(0.0, 0.7, 0.9), (0.5, 0.95, 0.8), (0.6, 0.9, 0.7), (0.9, 1.0, 0.2)], 0.9)
    0.5
    """
    return next((threshold for threshold, reached, _ in curve if reached >= precision), None)
