"""95 % confidence intervals of F1: over seeds, as of an experiment, or over test sentences, as of one model."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tinyner.report.scored_runs import Measured, ScoredRun
from tinyner.runs.reference import Reference
from tinyner.stats.cochran_cox import t_estimate
from tinyner.stats.resampling import bootstrapped
from tinyner.stats.significance import count

LEVEL = 0.95
RESAMPLES = 10_000
"""Of the test sentences."""

_NO_OTHER_ERROR = (0.0, 1)


class Interval(NamedTuple):
    """A range of F1, 0 to 1."""

    low: float
    high: float

    def __str__(self) -> str:
        """Return both ends in words.

        >>> str(Interval(0.5, 0.625))
        '0.500 to 0.625'
        """
        return f"{self.low:.3f} to {self.high:.3f}"


def over_seeds(f1: Measured) -> Interval | None:
    """Return the interval of a mean over seeds, by Student's t, cut at 0 and 1; None of a single seed.

    >>> str(over_seeds(Measured.of([0.8, 0.82, 0.81])))
    '0.785 to 0.835'
    """
    if f1.std is None:
        return None
    error = f1.std / math.sqrt(len(f1.seeds))
    estimate = t_estimate(f1.mean, (error, len(f1.seeds) - 1), _NO_OTHER_ERROR, LEVEL)
    return Interval(max(estimate.low, 0.0), min(estimate.high, 1.0))


def over_sentences(run: ScoredRun, reference: Reference, seed: int = 0) -> Mapping[str, Interval]:
    """Return the interval of micro F1 and of each type's: the mean over the run's seeds on other test sentences.

    By percentile bootstrap: the test sentences are drawn anew, with replacement, ``RESAMPLES`` times. Types of which
    gold has no entity are left out.
    """
    predictions = reference.scored(run.predictions)
    intervals: dict[str, Interval] = {}
    for name in ("micro", *run.types):
        counts = count(run.name, reference.tags, predictions, label=None if name == "micro" else name)
        if counts.gold.any():
            generator = np.random.default_rng(seed)
            means = bootstrapped(counts.tp, counts.predicted, counts.gold, RESAMPLES, generator).mean(axis=1)
            low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            intervals[name] = Interval(float(low), float(high))
    return intervals


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return a range that holds all values, with a margin, within 0 and 1."""
    margin = (max(values) - min(values)) * 0.04 or 0.05
    return max(min(values) - margin, 0.0), min(max(values) + margin, 1.0)
