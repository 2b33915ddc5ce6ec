"""Interval and p of a mean with two standard errors: one estimated from few values, one from many.

Cochran and Cox's critical value (1950, *Experimental Designs*) is the mean of Student's two, weighted by the squared
errors. At .05 it controls the type-I error. Far below that it is anti-conservative: a few values that agree by chance
pass for a small error. ``calibrated_p`` therefore replaces p by the type-I error rate at the worst ratio of the two
errors.

SciPy is imported where it is first needed, since its import takes longer than most comparisons.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

from tinyner.stats.resampling import Floats

StandardError = tuple[float, int]
"""A standard error, and the degrees of freedom it is estimated with."""

Weights = list[tuple[float, int]]
"""Each error's share of the squared error, and its degrees of freedom."""

_NO_ERROR = 1e-12  # a standard error of F1 below this is rounding
_LEAST_P = 1e-200  # smaller ones are taken for this

_VARIANCE_RATIOS = np.geomspace(1.0, 1e5, 50)[:, None]  # the worst one lies between 20 and 300
_LOG_P = np.linspace(math.log(1e-12), 0.0, 73)  # where calibrated p is computed; between, it is interpolated
_MANY = 100_000  # degrees of freedom that are as good as infinitely many


@dataclass(frozen=True)
class Estimate:
    """Standard error, confidence interval and two-sided p of a difference; F1 between 0 and 1."""

    error: float
    low: float
    high: float
    p: float


def t_estimate(
    mean: float, first: StandardError, second: StandardError, level: float, p_without_error: float = 0.0
) -> Estimate:
    """Return interval and p of a mean with two independent standard errors.

    p is Cochran and Cox's, calibrated if the first error has fewer degrees of freedom than the second. The interval
    excludes 0 exactly if p is below 1 - ``level``. If one error is 0, both are Student's, with the other's degrees
    of freedom.

    Args:
        mean: of the differences.
        first: the error that may be estimated from few values.
        second: the other one.
        level: of confidence.
        p_without_error: p of a mean other than 0 if both errors are 0; that of a mean of 0 is 1.

    >>> round(t_estimate(2.0, (1.0, 10), (0.0, 99), 0.95).p, 6)
    0.073388
    """
    error = math.hypot(first[0], second[0])
    if error <= _NO_ERROR:
        return Estimate(error, mean, mean, 1.0 if abs(mean) <= _NO_ERROR else p_without_error)
    weights = [(part**2 / error**2, df) for part, df in (first, second) if part > 0]
    few = first[1] if second[0] > 0 and first[1] < second[1] else None
    half = _weighted_critical_value(1 - level if few is None else nominal_p(1 - level, few), weights) * error
    p = _weighted_p(abs(mean) / error, weights)
    return Estimate(error, mean - half, mean + half, p if few is None else calibrated_p(p, few))


def calibrated_p(p: float, df: int) -> float:
    """Return how often Cochran and Cox's p is at most ``p`` under the null hypothesis, at the worst variance ratio.

    The first variance is estimated with ``df`` degrees of freedom, the second is known. The result is at least ``p``.

    >>> [round(calibrated_p(p, 2), 4) for p in (0.05, 0.001)]
    [0.0504, 0.0023]
    """
    log_rates = _log_type_1_error_rates(df)
    if p <= math.exp(_LOG_P[0]):  # a straight line in logarithms, as between the computed points
        slope = (log_rates[1] - log_rates[0]) / (_LOG_P[1] - _LOG_P[0])
        return float(math.exp(log_rates[0] + slope * (math.log(max(p, _LEAST_P)) - _LOG_P[0])))
    return max(p, math.exp(float(np.interp(math.log(p), _LOG_P, log_rates))))


def nominal_p(p: float, df: int) -> float:
    """Return Cochran and Cox's p whose calibrated p is ``p``: the inverse of ``calibrated_p``, for ``p`` above 1e-6.

    >>> round(calibrated_p(nominal_p(0.05, 1), 1), 6)
    0.05
    """
    return min(p, math.exp(float(np.interp(math.log(p), _log_type_1_error_rates(df), _LOG_P))))


def two_sided_p(t: float, df: float) -> float:
    """Return the probability that \\|T\\| is at least \\|t\\|, T being Student's with ``df`` degrees of freedom.

    >>> round(two_sided_p(1.0, 1), 12)
    0.5
    """
    from scipy.special import stdtr  # noqa: PLC0415

    return float(2 * stdtr(df, -abs(t)))


def critical_value(p: float, df: float) -> float:
    """Return the t that \\|T\\| exceeds with probability ``p``: the half width of a 1 - p interval, in standard errors.

    >>> round(critical_value(0.05, 10), 6)
    2.228139
    """
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(-stdtrit(df, p / 2))


def _weighted_critical_value(p: float, weights: Weights) -> float:
    """Return Cochran and Cox's critical value."""
    return sum(share * critical_value(p, df) for share, df in weights)


def _weighted_p(t: float, weights: Weights) -> float:
    """Return the p whose weighted critical value is ``t``; it lies between the p of each error alone."""
    from scipy.optimize import brentq  # noqa: PLC0415

    def excess(log_p: float) -> float:
        return _weighted_critical_value(math.exp(log_p), weights) - t

    low, *_, high = sorted(2 * [math.log(max(two_sided_p(t, df), _LEAST_P)) for _, df in weights])
    if excess(low) <= 0:
        return math.exp(low)
    if excess(high) >= 0:
        return math.exp(high)
    return math.exp(brentq(excess, low, high, xtol=1e-13))


@functools.cache
def _log_type_1_error_rates(df: int) -> Floats:
    """Return the logarithm of ``calibrated_p`` at ``_LOG_P``, of shape (73,).

    The rate is an integral over the values that the first variance may be estimated at, its maximum that over the
    ratios of the variances.
    """
    from scipy.special import erfc  # noqa: PLC0415

    log_chi2 = np.linspace(math.log(1e-14), math.log(200 + 20 * df), 400)
    chi2 = np.exp(log_chi2)
    density = np.exp(df / 2 * (log_chi2 - math.log(2)) - chi2 / 2 - math.lgamma(df / 2)) * (log_chi2[1] - log_chi2[0])
    estimated = _VARIANCE_RATIOS * chi2 / df  # in units of the second variance
    log_rates = []
    for p in np.exp(_LOG_P[:-1]):
        critical = estimated * critical_value(p, df) + critical_value(p, _MANY)
        beyond = erfc(critical / np.sqrt(2 * (estimated + 1) * (_VARIANCE_RATIOS + 1)))
        log_rates.append(math.log(max(p, float((beyond * density).sum(axis=1).max()))))
    return np.maximum.accumulate(np.array([*log_rates, 0.0]))
