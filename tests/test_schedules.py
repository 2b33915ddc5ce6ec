import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.params import Group, Schedule, ScheduleType
from tinyner.schedules import draw, weights

# Shares of distilled sentences, worked out by hand from the formulas of the paper.
BY_HAND = [
    ("pure_distilled", None, None, 3, [1.0, 1.0, 1.0]),
    ("pure_original", None, None, 3, [0.0, 0.0, 0.0]),
    ("simple_mix", None, None, 4, [1.0, 1.0, 0.0, 0.0]),
    ("simple_mix", None, None, 5, [1.0, 1.0, 1.0, 0.0, 0.0]),
    ("sigmoid", 8.0, None, 5, [0.9820138, 0.8807971, 0.5, 0.1192029, 0.0179862]),
    ("sigmoid", 32.0, None, 5, [0.9999999, 0.9996646, 0.5, 0.0003354, 0.0000001]),
    ("cosine", None, None, 5, [1.0, 0.8535534, 0.5, 0.1464466, 0.0]),
    ("power", None, 1.0, 5, [1.0, 0.75, 0.5, 0.25, 0.0]),
    ("power", None, 2.0, 5, [1.0, 0.9375, 0.75, 0.4375, 0.0]),
    ("power", None, 0.5, 5, [1.0, 0.5, 0.2928932, 0.1339746, 0.0]),
    # One epoch: x is 0.
    ("simple_mix", None, None, 1, [1.0]),
    ("sigmoid", 2.0, None, 1, [0.7310586]),
    ("cosine", None, None, 1, [1.0]),
    ("power", None, 0.1, 1, [1.0]),
]


@pytest.mark.parametrize(("kind", "k", "n", "epochs", "shares"), BY_HAND)
def test_weights_by_hand(
    kind: ScheduleType, k: float | None, n: float | None, epochs: int, shares: list[float]
) -> None:
    found = weights(Schedule(type=kind, k=k, n=n), "E", epochs)
    assert [w0 for w0, _ in found] == pytest.approx(shares, abs=5e-8)
    assert [w0 + w1 for w0, w1 in found] == pytest.approx([1.0] * epochs)


def test_all_takes_everything_at_every_epoch() -> None:
    assert weights(Schedule(type="all", k=None, n=None), "D", 3) == [(1.0, 1.0)] * 3


@pytest.mark.parametrize(
    ("group", "shares"),
    [("A", [0, 0, 0, 0]), ("B", [1, 1, 1, 1]), ("C", [1, 1, 1, 1]), ("D", [1, 1, 0, 0]), ("E", [1, 1, 0, 0])],
)
def test_a_group_has_its_own_schedule(group: Group, shares: list[float]) -> None:
    assert [w0 for w0, _ in weights(Schedule(type="group", k=None, n=None), group, 4)] == shares


@given(st.integers(0, 9), st.integers(0, 30), st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_a_draw_has_the_rounded_share_of_each_set_and_nothing_twice(
    seed: int, epoch: int, distilled: int, original: int, share: float
) -> None:
    drawn = draw(seed, epoch, (distilled, original), (share, 1 - share))
    assert len(set(drawn.tolist())) == len(drawn)
    assert (drawn < distilled).sum() == round(share * distilled)
    assert (drawn >= distilled).sum() == round((1 - share) * original)
    assert len(drawn) == 0 or drawn.max() < distilled + original


def test_a_draw_is_known_by_seed_and_epoch_alone() -> None:
    assert draw(1, 2, (6, 4), (0.5, 0.5)).tolist() == [1, 5, 4, 6, 7]  # frozen: another draw is another study
    assert not np.array_equal(draw(1, 3, (6, 4), (1, 1)), draw(1, 2, (6, 4), (1, 1)))
    assert not np.array_equal(draw(2, 2, (6, 4), (1, 1)), draw(1, 2, (6, 4), (1, 1)))
