"""A table as figures, before it is drawn: what is compared says so here, how it looks is ``draw``'s."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Score:
    """A mean over seeds and their sample standard deviation, None where that is unknown; ``best`` of its kind."""

    mean: float
    std: float | None = None
    best: bool = False


Cell = str | int | float | Score | None
"""What stands in a table; None is nothing known."""


@dataclass(frozen=True)
class Column:
    """A column's name, under that of its group; ``digits`` of its fractions; ``spread`` where it has Scores.

    A fraction below ``least`` is shown as less than that. ``field`` is its name in CSV, where that isn't its header.
    """

    name: str
    group: str = ""
    digits: int = 3
    spread: bool = False
    least: float = 0.0
    field: str = ""

    @property
    def header(self) -> str:
        """Both names in one line.

        >>> Column("F1", "fixed").header, Column("lr_decay", "train.").header
        ('fixed F1', 'train.lr_decay')
        """
        return f"{self.group}{'' if not self.group or self.group.endswith('.') else ' '}{self.name}"


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns, the first of which says what a row is.

    ``ends`` are the numbers of the rows behind which a section ends; ``notes`` are read below the table.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    ends: frozenset[int] = frozenset()


def with_best(table: Table, along: Literal["column", "row"] = "column") -> Table:
    """The table with the highest Score of each column or row marked; all that are highest, none where all are alike.

    >>> table = Table("", (Column("a"), Column("F1", spread=True)), (("x", Score(0.5)), ("y", Score(0.6))))
    >>> [row[1].best for row in with_best(table).rows]
    [False, True]
    """
    if along == "row":
        return replace(table, rows=tuple(_marked(row) for row in table.rows))
    columns = [_marked([row[at] for row in table.rows]) for at in range(len(table.columns))]
    return replace(table, rows=tuple(zip(*columns, strict=True)))


def _marked(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    means = [cell.mean for cell in cells if isinstance(cell, Score)]
    top = max(means, default=0.0)
    if top == min(means, default=0.0):
        return tuple(cells)
    return tuple(replace(cell, best=cell.mean == top) if isinstance(cell, Score) else cell for cell in cells)


def few(names: Sequence[str], most: int = 6) -> str:
    """Names in a row, the first ``most`` of them.

    >>> few(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
