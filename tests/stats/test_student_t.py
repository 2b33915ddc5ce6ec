"""Held against scipy.stats."""

import math
from collections.abc import Callable

import pytest
from scipy import special, stats

from tinyner.stats.student_t import critical, incomplete_beta, root, two_sided_p

DFS = [1, 1.5, 2, 3.7, 4, 9, 30, 250.25, 3452, 10_000]


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("t", [0, 1e-6, 1e-3, 0.1, 0.7, 1, 2, 3.3, 10, 100])
def test_p(df: float, t: float) -> None:
    expected = 2 * stats.t.sf(t, df)
    assert two_sided_p(t, df) == two_sided_p(-t, df) == pytest.approx(expected, abs=1e-10, rel=1e-9)


@pytest.mark.parametrize("df", DFS)
@pytest.mark.parametrize("p", [0.99, 0.5, 0.05, 0.0001, 1e-12])
def test_critical(df: float, p: float) -> None:
    assert critical(p, df) == pytest.approx(stats.t.isf(p / 2, df), rel=1e-9)
    assert two_sided_p(critical(p, df), df) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("p", [-0.1, 0.0, 1.0, 95.0])
def test_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="expected a probability between 0 and 1"):
        critical(p, 4)


@pytest.mark.parametrize(
    ("falling", "at"),
    [
        (lambda x: 1 - x, 1.0),
        (lambda x: 8 - x**3, 2.0),
        (lambda x: -1.0 if x > 3 else 1.0, 3.0),
        (math.cos, math.pi / 2),
    ],
)
def test_root(falling: Callable[[float], float], at: float) -> None:
    assert root(falling, 0.0, 3.1) == pytest.approx(at, abs=1e-9)


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (2, 3), (40, 0.5), (0.5, 700)])
def test_incomplete_beta(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x, 1 - x) == pytest.approx(special.betainc(a, b, x), abs=1e-11)
