"""The shares of distilled and original sentences by epoch."""

import pytest

from tinyner.params import Group, Schedule, ScheduleType
from tinyner.schedules import shares_by_epoch

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
def test_shares_by_hand(kind: ScheduleType, k: float | None, n: float | None, epochs: int, shares: list[float]) -> None:
    result = shares_by_epoch(Schedule(type=kind, k=k, n=n), "E", epochs)
    assert [w0 for w0, _ in result] == pytest.approx(shares, abs=5e-8)
    assert [w0 + w1 for w0, w1 in result] == pytest.approx([1.0] * epochs)


def test_all_takes_all_sentences_at_every_epoch() -> None:
    assert shares_by_epoch(Schedule(type="all", k=None, n=None), "D", 3) == [(1.0, 1.0)] * 3


@pytest.mark.parametrize(
    ("group", "shares"),
    [("A", [0, 0, 0, 0]), ("B", [1, 1, 1, 1]), ("C", [1, 1, 1, 1]), ("D", [1, 1, 0, 0]), ("E", [1, 1, 0, 0])],
)
def test_a_group_has_its_own_schedule(group: Group, shares: list[float]) -> None:
    assert [w0 for w0, _ in shares_by_epoch(Schedule(type="group", k=None, n=None), group, 4)] == shares
