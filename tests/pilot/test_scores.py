"""The interval of a pilot's F1, also where a bootstrap has no width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.pilot.scores import BOOTSTRAP, LEAST, WILSON, interval_of, of_type
from tinyner.stats.significance import Counts

Sentence = tuple[int, int, int]
"""Its right, predicted and gold entities."""


def counts(sentences: list[Sentence]) -> Counts:
    tp, predicted, gold = np.array(sentences, np.int64).reshape(-1, 3).T
    return Counts("a", (0,), tp[None], predicted[None], gold)


@pytest.mark.parametrize(
    ("sentences", "low", "high", "method"),
    [
        # Of n right of n, Wilson's lower end is n / (n + 1.96²), and the upper one of none is 1.96² / (n + 1.96²).
        ([(2, 2, 2)] * 10, 20 / 23.84, 1.0, WILSON),
        ([(0, 1, 2)] * 10, 0.0, 3.84 / 23.84, WILSON),
        ([(1, 1, 1)] * 29 + [(0, 1, 1)], 0.9, 1.0, BOOTSTRAP),
    ],
)
def test_a_perfect_score_is_not_certain(sentences: list[Sentence], low: float, high: float, method: str) -> None:
    interval = interval_of(counts(sentences))
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.001)
    assert interval.method == method


@pytest.mark.parametrize("sentences", [[(1, 1, 1)], [(1, 1, 1), (0, 0, 1), (1, 1, 2)], [(0, 1, 0)] * 20])
def test_too_few_sentences_or_entities_have_no_interval(sentences: list[Sentence]) -> None:
    assert interval_of(counts(sentences)) is None


def test_the_interval_of_a_type_is_over_the_sentences_that_have_it() -> None:
    """Resamples without any such entity, whose F1 would be 0, are none."""
    there = [(1, 1, 1), (1, 1, 1), (0, 1, 1), (1, 1, 1), (1, 1, 1), (0, 1, 0)]
    alone, among_others = counts(there), counts([*there, *[(0, 0, 0)] * 90])
    assert interval_of(of_type(among_others)) == interval_of(alone)
    assert interval_of(of_type(counts([(1, 1, 1), *[(0, 0, 0)] * 90]))) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)).map(
            lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[0] + drawn[2])
        ),
        min_size=1,
        max_size=8,
    )
)
def test_an_interval_always_has_a_width(sentences: list[Sentence]) -> None:
    interval = interval_of(counts(sentences))
    if interval is None:
        assert len(sentences) < LEAST or not sum(gold for *_, gold in sentences)
    else:
        assert 0 <= interval.low < interval.high <= 1
