"""Tables rendered as text for a terminal or a file of so many columns."""

import io
from collections.abc import Sequence

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from tinyner.compare.render import is_best, is_text, plain
from tinyner.compare.table import Table
from tinyner.terminal import harmless_console

_UNKNOWN = "-"
_BETWEEN = 3  # columns of text that rich puts between two columns of the table


def text(tables: Sequence[Table], width: int = 100, terminal: bool = False) -> str:
    """Return the tables as text, the best scores in bold on a terminal, with a star elsewhere.

    A table wider than ``width`` is printed as several tables, each with the first column.
    """
    file = io.StringIO()
    console = harmless_console(
        file=file, width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False
    )
    for index, table in enumerate(tables):
        if index:
            console.print()
        console.print(table.title, style="bold")
        for part in _folded(table, width, terminal):
            console.print(_rich(part, terminal))
        for note in table.notes:
            console.print(note, soft_wrap=True)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _folded(table: Table, width: int, terminal: bool) -> list[Table]:
    """Split a table by its columns into tables that fit ``width``, unless a single column is wider."""

    def width_of(index: int) -> int:
        lines = [*_header(table, index).split("\n"), *_texts(table, index, terminal)]
        return max(map(len, lines)) + _BETWEEN

    parts: list[list[int]] = [[0]]
    for index in range(1, len(table.columns)):
        if len(parts[-1]) > 1 and sum(map(width_of, [*parts[-1], index])) > width:
            parts.append([0])
        parts[-1].append(index)
    return [table.with_columns(part) for part in parts]


def _rich(table: Table, terminal: bool) -> RichTable:
    rich_table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    columns = [_texts(table, index, terminal) for index in range(len(table.columns))]
    for index, texts in enumerate(columns):
        header = _header(table, index, " " if any(text.endswith("*") for text in texts) else "")
        justify = "left" if is_text(table, index) else "right"
        rich_table.add_column(Text(header), justify=justify, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for index, row in enumerate(zip(*columns, strict=True)):
        styles = ["bold" if is_best(value) else "" for value in table.rows[index]]
        styled = [Text(text, style=style) for text, style in zip(row, styles, strict=True)]
        rich_table.add_row(*styled, end_section=index in table.ends)
    return rich_table


def _texts(table: Table, index: int, terminal: bool) -> list[str]:
    """Return a column's values as text; where there is no bold, the best get a star and the others a space."""
    column = table.columns[index]
    values = [row[index] for row in table.rows]
    star = not terminal and any(map(is_best, values))
    marks = [("*" if is_best(value) else " ") if star else "" for value in values]
    return [f"{plain(value, column) or _UNKNOWN}{mark}" for value, mark in zip(values, marks, strict=True)]


def _header(table: Table, index: int, mark: str = "") -> str:
    """Return a column's name, below its group's name if it is the first column of the group."""
    column = table.columns[index]
    repeats = index > 0 and table.columns[index - 1].group == column.group and not column.group.endswith(".")
    lines = [column.name] if repeats or not column.group else [*column.group.split("\n"), column.name]
    return "\n".join(f"{line}{mark}" for line in lines)
