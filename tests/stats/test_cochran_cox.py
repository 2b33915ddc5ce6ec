"""Held against scipy.stats, against simulations, and against p-values computed with 40 digits."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tinyner.stats.cochran_cox import calibrated_p, critical_value, nominal_p, t_estimate, two_sided_p


@pytest.mark.parametrize(
    ("t", "df", "p"),
    [
        (0.0, 3, 1.0),
        (1.0, 1, 0.5),
        (2.0, 4, 0.11611652351681559),
        (1.0, 3452, 0.317380598592845),
        (-3.3, 2, 0.08084769380366799),
        (10.0, 100_000, 1.5633015300207278e-23),
    ],
)
def test_p_of_students_t(t: float, df: int, p: float) -> None:
    """By the incomplete beta function, computed with mpmath."""
    assert two_sided_p(t, df) == pytest.approx(p, rel=1e-12)
    if t:
        assert critical_value(p, df) == pytest.approx(abs(t), rel=1e-12)


@pytest.mark.parametrize("mean", [0.0, 1e-12, 0.3, 2.5, 400.0])
def test_one_error_alone_is_students_t(mean: float) -> None:
    for errors in ([(1.0, 3), (0.0, 50)], [(0.0, 50), (1.0, 3)], [(0.6, 3), (0.8, 3)]):
        estimate = t_estimate(mean, errors[0], errors[1], 0.9)
        assert estimate.p == pytest.approx(2 * stats.t.sf(mean, 3), rel=1e-9)
        assert estimate.high == pytest.approx(mean + stats.t.isf(0.05, 3))


@settings(deadline=None)  # the first of each number of seeds is slow
@given(st.floats(0, 50), st.floats(0.01, 10), st.floats(0.01, 10), st.integers(1, 8), st.integers(20, 4000))
def test_p_lies_between_those_of_the_two_degrees_of_freedom(
    mean: float, first: float, second: float, few: int, many: int
) -> None:
    estimate = t_estimate(mean, (first, few), (second, many), 0.95)
    t = mean / math.hypot(first, second)
    assert 2 * stats.t.sf(t, many) * (1 - 1e-6) <= estimate.p <= calibrated_p(2 * stats.t.sf(t, few), few) * (1 + 1e-6)
    assert (estimate.p < 0.05) == (estimate.low > 0)


@settings(deadline=None)
@given(st.floats(1e-12, 1), st.floats(1e-12, 1), st.integers(1, 30))
def test_calibration_never_lowers_p_and_keeps_their_order(p: float, q: float, few: int) -> None:
    assert p <= calibrated_p(p, few) <= 1
    assert (calibrated_p(p, few) <= calibrated_p(q, few)) or p > q
    assert nominal_p(calibrated_p(p, few), few) == pytest.approx(p, rel=1e-9) or calibrated_p(p, few) == p


@pytest.mark.parametrize("level", [0.05, 0.001, 0.0001])
@pytest.mark.parametrize("few", [1, 2, 4])
def test_calibrated_p_is_the_type_1_error_rate_at_the_worst_ratio(few: int, level: float) -> None:
    """Simulate how often the mean exceeds Cochran and Cox's critical value: never more often than calibrated p says,
    and about as often at the worst ratio of the variances. Uncalibrated, p of three seeds below .0001 would be a fifth.
    """
    draws, generator = 2_000_000, np.random.default_rng(3)
    normal, chi2 = generator.normal(size=draws), generator.chisquare(few, draws) / few
    rates = []
    for ratio in (0.3, 3.0, 30.0, 100.0, 1000.0):
        v = ratio * chi2
        critical = v * stats.t.isf(level / 2, few) + stats.norm.isf(level / 2)
        rates.append((np.abs(normal) * math.sqrt(ratio + 1) * np.sqrt(v + 1) > critical).mean())
    expected = calibrated_p(level, few)
    error = 4 * math.sqrt(expected / draws)
    assert max(rates) < expected + error
    assert max(rates) > 0.9 * expected - error


def test_no_p_is_below_what_a_float_holds() -> None:
    assert 0 <= t_estimate(1e120, (1.0, 2), (1.0, 3452), 0.95).p < 1e-100


def test_the_p_of_an_interval_that_ends_at_0_is_1_less_its_level() -> None:
    estimate = t_estimate(1.0, (0.3, 4), (0.4, 3452), 0.95)
    at_the_end = t_estimate(1.0 - estimate.low, (0.3, 4), (0.4, 3452), 0.95)
    assert at_the_end.low == pytest.approx(0, abs=1e-12)
    assert at_the_end.p == pytest.approx(0.05, rel=1e-9)


def test_scipy_is_loaded_by_the_first_test_and_not_before() -> None:
    program = (
        "import sys; from tinyner.stats import significance; assert 'scipy' not in sys.modules; "
        "significance.t_estimate(1, (1, 2), (1, 99), 0.95); assert 'scipy' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
