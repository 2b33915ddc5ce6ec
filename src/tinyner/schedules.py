"""Schedules: the shares of distilled and original sentences by epoch.

The T epochs are t = 0 ... T-1; x = t/(T-1), or 0 where T = 1. The formulas are those of "Distilling
Large Language Models into Tiny Models for Named Entity Recognition" (arXiv 2402.09282).
"""

import math

from tinyner.params import Group, Schedule, ScheduleType

GROUP_SCHEDULES: dict[Group, ScheduleType] = {
    "A": "pure_original",
    "B": "pure_distilled",
    "C": "pure_distilled",
    "D": "simple_mix",
    "E": "simple_mix",
}
"""The schedule of each group, for ``train.schedule.type: group``."""


def kind_of(schedule: Schedule, group: Group) -> ScheduleType:
    """Return the type of a schedule; of ``group`` the group's own."""
    return GROUP_SCHEDULES[group] if schedule.type == "group" else schedule.type


def shares_by_epoch(schedule: Schedule, group: Group, epochs: int) -> list[tuple[float, float]]:
    """Return (w0, w1) of each epoch: the shares of the distilled and of the original sentences.

    >>> shares_by_epoch(Schedule(type="cosine", k=None, n=None), "E", 3)
    [(1.0, 0.0), (0.5, 0.5), (0.0, 1.0)]
    """
    kind = kind_of(schedule, group)
    if kind == "all":
        return [(1.0, 1.0)] * epochs
    shares = [_distilled_share(kind, schedule, t, epochs) for t in range(epochs)]
    return [(share, 1.0 - share) for share in shares]


def _distilled_share(kind: ScheduleType, schedule: Schedule, t: int, epochs: int) -> float:
    x = t / (epochs - 1) if epochs > 1 else 0.0
    if kind == "pure_distilled":
        return 1.0
    if kind == "pure_original":
        return 0.0
    if kind == "simple_mix":
        return 1.0 if t < epochs / 2 else 0.0
    if kind == "sigmoid":
        assert schedule.k is not None
        return 1.0 / (1.0 + math.exp(min(schedule.k * (x - 0.5), 700.0)))  # 1 - 1/(1 + exp(-k(x - 1/2)))
    if kind == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * x))
    if kind == "power":
        assert schedule.n is not None
        return 1.0 - float(x**schedule.n)
    raise AssertionError(kind)
