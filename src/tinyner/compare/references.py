"""What the scores of a table are held against: gold, or the teacher's tags, of which there may be several sets.

Scores against gold and agreement with the teacher have separate columns, and none is marked as the best among scores
that are held against different tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from tinyner.compare.table import Column, few
from tinyner.errors import UserError
from tinyner.runs.run import Run
from tinyner.stand_ins import AGREEMENT

GOLD = ""
"""The name of gold as a reference."""

_GROUP = "agreement with\nthe teacher,\nnot accuracy"
_UNKNOWN = "unknown: "
_Value = TypeVar("_Value")


def reference_name(run: Run) -> str:
    """Return a name of what a run's scores are held against: equal names, equal tags.

    Runs whose tags aren't kept have different ones.
    """
    if not run.by_teacher:
        return GOLD
    try:
        return run.reference
    except UserError as error:
        return f"{_UNKNOWN}{run.name}: {error}"


def kinds_of(runs: Iterable[Run]) -> list[bool]:
    """Return for which values of ``Run.by_teacher`` a table of the runs has columns: gold's first, or alone."""
    return sorted({run.by_teacher for run in runs}) or [False]


def columns_by_kind(kinds: Sequence[bool], columns: Sequence[Column]) -> list[Column]:
    """Return columns of scores for each kind; those of agreement with the teacher say that it is no accuracy.

    >>> [column.header for column in columns_by_kind([False, True], [Column("F1", "fixed lr")])]
    ['fixed lr F1', 'agreement with the teacher, not accuracy fixed lr F1']
    """
    return [_agreement(column) if by_teacher else column for by_teacher in kinds for column in columns]


def values_by_kind(kinds: Sequence[bool], run: Run | None, values: Sequence[_Value]) -> list[_Value | None]:
    """Return a run's values under ``columns_by_kind``: under its own kind, None under the other."""
    return [
        value if run is not None and run.by_teacher == by_teacher else None for by_teacher in kinds for value in values
    ]


def _agreement(column: Column) -> Column:
    return replace(column, group=f"{_GROUP}\n{column.group}" if column.group else _GROUP)


def titled(kinds: Sequence[bool], title: str) -> str:
    """Return a title of a table of scores that says where these are no scores against gold.

    >>> titled([True], "Strict scores on test, one seed")
    'Strict scores on test, one seed: agreement with the teacher, not accuracy'
    """
    if True not in kinds:
        return title
    return f"{title}{'; for some runs' if False in kinds else ':'} {AGREEMENT}"


def reference_notes(runs: Sequence[Run]) -> list[str]:
    """Return notes where the runs' scores are not all held against the same tags, so that none may be ranked."""
    against_gold = [run.name for run in runs if not run.by_teacher]
    names = {run.name: reference_name(run) for run in runs if run.by_teacher}
    notes = []
    if against_gold and names:
        notes.append(
            f"Not to be compared with each other: {few(against_gold)} against gold; {few(list(names))} against the "
            f"teacher's tags, which is {AGREEMENT}."
        )
    groups: dict[str, list[str]] = {}
    for name, reference in names.items():
        groups.setdefault(reference, []).append(name)
    unknown = [name.removeprefix(_UNKNOWN) for name in groups if name.startswith(_UNKNOWN)]
    if len(groups) > 1 and unknown:
        notes.append(f"Whether the teacher's tags are the same can't be told, so don't compare the runs: {unknown[0]}.")
    elif len(groups) > 1:
        listed = "; ".join(map(few, groups.values()))
        notes.append(f"Not held against the same tags of the teacher, so not to be compared: {listed}.")
    return notes
