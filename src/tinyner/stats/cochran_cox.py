"""Interval and p of a mean with two errors: one known from few values, one from many.

Cochran and Cox's critical value (1950, *Experimental Designs*) weighs Student's two by the squared errors. It holds
its level at .05 and fails far below it: few values that agree by chance then count as if they always would. So
its p is taken for what it is worth at worst, over all ratios of the two errors (``held``).
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from tinyner.stats import student_t
from tinyner.stats.resampling import Floats

_NO_ERROR = 1e-12  # a standard error of F1 below this is rounding
_LEAST_P = 1e-200  # smaller ones are taken for this

_RATIOS = np.geomspace(1.0, 1e5, 50)[:, None]  # of the squared errors; the worst is between 20 and 300
_NODES = np.linspace(math.log(1e-12), 0.0, 73)
_MANY = 100_000  # degrees of freedom that are as good as infinitely many

_erfc = np.vectorize(math.erfc, otypes=[np.float64])


@dataclass(frozen=True)
class Evidence:
    """Standard error, confidence interval and two-sided p of a difference; F1 between 0 and 1."""

    error: float
    low: float
    high: float
    p: float


def evidence(
    mean: float, first: tuple[float, int], second: tuple[float, int], level: float, otherwise: float = 0.0
) -> Evidence:
    """Interval and p of a mean with two independent errors, each with its degrees of freedom.

    p is Cochran and Cox's, ``held`` to its level where the first error has fewer degrees of freedom than the second;
    the interval leaves 0 out just where p is below 1 - ``level``. With one error alone this is Student's t. Without
    any, p is 1 for no difference, and ``otherwise`` for one.

    >>> round(evidence(2.0, (1.0, 10), (0.0, 99), 0.95).p, 6)
    0.073388
    """
    error = math.hypot(first[0], second[0])
    if error <= _NO_ERROR:
        return Evidence(error, mean, mean, 1.0 if abs(mean) <= _NO_ERROR else otherwise)
    parts = [(own**2 / error**2, df) for own, df in (first, second) if own > 0]
    few = first[1] if second[0] > 0 and first[1] < second[1] else None

    def critical(p: float) -> float:
        return sum(share * student_t.critical(p, df) for share, df in parts)

    t = abs(mean) / error
    half = critical(1 - level if few is None else nominal(1 - level, few)) * error
    ends = sorted(math.log(max(student_t.two_sided_p(t, df), _LEAST_P)) for _, df in parts)
    log_p = 0.0 if ends[-1] == 0 else student_t.root(lambda log_p: critical(math.exp(log_p)) - t, ends[0], ends[-1])
    p = math.exp(log_p)
    return Evidence(error, mean - half, mean + half, p if few is None else held(p, few))


def held(p: float, df: int) -> float:
    """How often Cochran and Cox's p is ``p`` or less at worst, where there is no difference.

    The first variance is estimated with ``df`` degrees of freedom, the second is known, and the ratio of the two is the
    one that makes it most often. Never below ``p``.

    >>> [round(held(p, 2), 4) for p in (0.05, 0.001)]
    [0.0504, 0.0023]
    """
    worst = _worst(df)
    if p <= math.exp(_NODES[0]):  # a straight line in logarithms, as between the nodes
        slope = (worst[1] - worst[0]) / (_NODES[1] - _NODES[0])
        return float(math.exp(worst[0] + slope * (math.log(max(p, _LEAST_P)) - _NODES[0])))
    return max(p, math.exp(float(np.interp(math.log(p), _NODES, worst))))


def nominal(p: float, df: int) -> float:
    """Cochran and Cox's p that is worth ``p``: the inverse of ``held``, for ``p`` above 1e-6.

    >>> round(held(nominal(0.05, 1), 1), 6)
    0.05
    """
    return min(p, math.exp(float(np.interp(math.log(p), _worst(df), _NODES))))


@functools.cache
def _worst(df: int) -> Floats:
    """``held`` at ``_NODES``, both in logarithms: the integral, over what the first variance may be estimated at."""
    steps = np.linspace(math.log(1e-14), math.log(200 + 20 * df), 400)
    chi2 = np.exp(steps)
    density = np.exp(df / 2 * (steps - math.log(2)) - chi2 / 2 - math.lgamma(df / 2)) * (steps[1] - steps[0])
    estimated = _RATIOS * chi2 / df  # in units of the second variance
    found = []
    for p in np.exp(_NODES[:-1]):
        critical = estimated * student_t.critical(p, df) + student_t.critical(p, _MANY)
        beyond = _erfc(critical / np.sqrt(2 * (estimated + 1) * (_RATIOS + 1)))
        found.append(math.log(max(p, float((beyond * density).sum(axis=1).max()))))
    return np.maximum.accumulate(np.array([*found, 0.0]))
