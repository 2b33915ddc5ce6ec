"""A table as values under columns, before it is rendered (``compare.render``, ``report.html_table``)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tinyner.mean_std import MeanStd


@dataclass(frozen=True)
class Score(MeanStd):
    """A mean over seeds and its standard deviation; ``best`` is set on the highest of a table's column or row.

    ``reference`` tells what it is held against, as ``compare.references`` has it; "" is gold.
    """

    best: bool = False
    reference: str = ""


Value = str | int | float | Score | None
"""What stands in a table; None if it is unknown."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: of the column.
        group: a name above it, which neighbours may share; if it ends in a dot, no space follows it in ``header``. It
            may be of several lines.
        digits: decimals of its fractions.
        spread: whether its values are Scores, so that CSV has a second field for the standard deviation.
        least: a fraction between 0 and this is printed as less than this.
        field: its name in CSV, if that is not the header.

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
        between = "" if not self.group or self.group.endswith(".") else " "
        return f"{self.group}{between}{self.name}".replace("\n", " ")


@dataclass(frozen=True)
class Table:
    """Rows of values under columns; the first column names the row.

    Attributes:
        title: printed above.
        columns: as many as each row has values.
        rows: the values.
        notes: printed below, a paragraph each.
        ends: the indices of the rows after which a section ends.

    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()
    ends: frozenset[int] = frozenset()

    def with_notes(self, *notes: str) -> "Table":
        """Return the table with these notes after its own."""
        return replace(self, notes=(*self.notes, *notes))

    def with_columns(self, kept: Sequence[int]) -> "Table":
        """Return the table with only the columns at these indices."""
        columns = tuple(self.columns[index] for index in kept)
        return replace(self, columns=columns, rows=tuple(tuple(row[index] for index in kept) for row in self.rows))

    def without_empty_columns(self) -> "Table":
        """Return the table without columns in which every value is unknown."""
        indices = range(len(self.columns))
        return self.with_columns([index for index in indices if any(row[index] is not None for row in self.rows)])


def with_best(table: Table, along: Literal["column", "row"] = "column") -> Table:
    """Return the table with the highest Scores of each column or row marked.

    None is marked where all are equal, or not held against the same reference.

    >>> table = Table("", (Column("a"), Column("F1", spread=True)), (("x", Score(0.5)), ("y", Score(0.6))))
    >>> [row[1].best for row in with_best(table).rows]
    [False, True]
    """
    if along == "row":
        return replace(table, rows=tuple(_marked(row) for row in table.rows))
    columns = [_marked([row[index] for row in table.rows]) for index in range(len(table.columns))]
    return replace(table, rows=tuple(zip(*columns, strict=True)))


def _marked(values: Sequence[Value]) -> tuple[Value, ...]:
    scores = [value for value in values if isinstance(value, Score)]
    top = max((score.mean for score in scores), default=0.0)
    lowest = min((score.mean for score in scores), default=0.0)
    if top == lowest or len({score.reference for score in scores}) > 1:
        return tuple(values)
    return tuple(replace(value, best=value.mean == top) if isinstance(value, Score) else value for value in values)


def few(names: Sequence[str], most: int = 6) -> str:
    """Return the first ``most`` names, and the number of the others.

    >>> few(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
