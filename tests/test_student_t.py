"""Held against scipy.stats."""

import pytest
from scipy import special, stats

from tinyner.student_t import incomplete_beta, quantile, two_sided_p

DFS = [1, 1.5, 2, 3.7, 4, 9, 30, 250.25, 3452, 10_000]


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("t", [0, 1e-6, 1e-3, 0.1, 0.7, 1, 2, 3.3, 10, 100])
def test_p(df: float, t: float) -> None:
    expected = 2 * stats.t.sf(t, df)
    assert two_sided_p(t, df) == two_sided_p(-t, df) == pytest.approx(expected, abs=1e-10, rel=1e-9)


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("level", [0.01, 0.5, 0.9, 0.95, 0.99, 0.9999])
def test_quantile(df: float, level: float) -> None:
    assert quantile(level, df) == pytest.approx(stats.t.ppf((1 + level) / 2, df), rel=1e-10)


@pytest.mark.parametrize("level", [-0.1, 0.0, 1.0, 95.0])
def test_no_level(level: float) -> None:
    with pytest.raises(ValueError, match="expected a level between 0 and 1"):
        quantile(level, 4)


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2, 3), (40, 0.5), (0.5, 700)])
def test_incomplete_beta(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x, 1 - x) == pytest.approx(special.betainc(a, b, x), abs=1e-11)
