"""Tables as text for a terminal, Markdown, CSV and LaTeX; what is known is all in the tables."""

import csv
import io
import itertools
import re
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Rich
from rich.text import Text

from tinyner.compare.table import Cell, Column, Score, Table

_NOTHING = "-"  # in text, for a cell that nothing is known of
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": "$<$"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def text(tables: Sequence[Table], width: int = 100, terminal: bool = False) -> str:
    """For a terminal, the best in bold; where it is none, the best have a star.

    A table that is wider than ``width`` is told in several, each with the first column again.
    """
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False)
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(table.title, style="bold")
        for part in _folded(table, width, terminal):
            console.print(_rich(part, terminal))
        for note in table.notes:
            console.print(note, soft_wrap=True)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def markdown(tables: Sequence[Table]) -> str:
    """Aligned tables, the best in bold."""
    parts = []
    for table in tables:
        rows = [[_bold(cell, column) for cell, column in _cells(table, row)] for row in table.rows]
        headers = [column.header for column in table.columns]
        shown = [[cell.replace("|", r"\|") for cell in row] for row in [headers, *rows]]
        widths = [max(3, *map(len, column)) for column in zip(*shown, strict=True)]
        left = [_is_text(table, at) for at in range(len(headers))]
        lines = [_line(row, widths, left) for row in shown]
        rule = [
            "-" * width if to_left else "-" * (width - 1) + ":" for width, to_left in zip(widths, left, strict=True)
        ]
        parts.append("\n".join([f"**{table.title}**", "", lines[0], _line(rule, widths, left), *lines[1:]]))
        parts += table.notes
    return "\n\n".join(parts) + "\n"


def latex(tables: Sequence[Table]) -> str:
    """A plain ``tabular`` a table, the best in ``\\textbf``; title and notes are comments."""
    lines: list[str] = []
    for table in tables:
        spec = "".join("l" if _is_text(table, at) else "r" for at in range(len(table.columns)))
        lines += [f"% {table.title}", rf"\begin{{tabular}}{{{spec}}}", r"\hline"]
        lines += [_latex_row([_escaped(column.header) for column in table.columns]), r"\hline"]
        for number, row in enumerate(table.rows):
            lines.append(_latex_row([_latex_cell(cell, column) for cell, column in _cells(table, row)]))
            if number in table.ends:
                lines.append(r"\hline")
        lines += [r"\hline", r"\end{tabular}", *(f"% {note}" for note in table.notes), ""]
    return "\n".join(lines)


def comma_separated(tables: Sequence[Table]) -> str:
    """One CSV table of all rows, the numbers unrounded, a standard deviation beside each mean.

    Several tables have a first column with their titles, and empty fields where they lack a column.
    """
    several = len(tables) > 1
    taken = ["table"] if several else []
    fields = [_fields(table.columns, taken) for table in tables]
    headers = list(dict.fromkeys(name for own in fields for names in own for name in names))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [*taken, *headers], restval="", lineterminator="\n")
    writer.writeheader()
    for table, own in zip(tables, fields, strict=True):
        for row in table.rows:
            told: dict[str, object] = {"table": table.title} if several else {}
            for cell, names in zip(row, own, strict=True):
                values = (cell.mean, cell.std) if isinstance(cell, Score) else (cell, None)
                told |= dict(zip(names, values, strict=False))
            writer.writerow(told)
    return file.getvalue()


def _cells(table: Table, row: Sequence[Cell]) -> list[tuple[Cell, Column]]:
    return list(zip(row, table.columns, strict=True))


def _plain(cell: Cell, column: Column) -> str:
    """A cell as text.

    >>> _plain(0.0004, Column("p", least=0.001)), _plain(0.0123, Column("p", least=0.001))
    ('<0.001', '0.012')
    >>> _plain(-1.2345, Column("low", digits=2))
    '-1.23'
    >>> _plain(Score(0.81894, 0.00519), Column("F1")), _plain(0.56, Column("paper", digits=2)), _plain(None, Column(""))
    ('0.819 ± 0.005', '0.56', '')
    """
    if isinstance(cell, Score):
        spread = "" if cell.std is None else f" ± {cell.std:.{column.digits}f}"
        return f"{cell.mean:.{column.digits}f}{spread}"
    if isinstance(cell, float) and 0 <= cell < column.least:
        return f"<{column.least:g}"
    if isinstance(cell, float):
        return f"{cell:.{column.digits}f}"
    return "" if cell is None else str(cell)


def _bold(cell: Cell, column: Column) -> str:
    shown = _plain(cell, column)
    return f"**{shown}**" if isinstance(cell, Score) and cell.best else shown


def _is_text(table: Table, at: int) -> bool:
    return all(row[at] is None or isinstance(row[at], str) for row in table.rows) and not table.columns[at].spread


def _line(cells: Sequence[str], widths: Sequence[int], left: Sequence[bool]) -> str:
    padded = [
        cell.ljust(width) if to_left else cell.rjust(width)
        for cell, width, to_left in zip(cells, widths, left, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _starred(table: Table, at: int, terminal: bool) -> list[str]:
    """A column's cells as text; where bold can't be shown, a star stands behind the best."""
    column = table.columns[at]
    cells = [row[at] for row in table.rows]
    star = not terminal and any(isinstance(cell, Score) and cell.best for cell in cells)
    shown = []
    for cell in cells:
        mark = ("*" if isinstance(cell, Score) and cell.best else " ") if star else ""
        shown.append(f"{_plain(cell, column) or _NOTHING}{mark}")
    return shown


def _header(table: Table, at: int, mark: str = "") -> str:
    """A column's name, and above it that of its group, where the column is the group's first."""
    column = table.columns[at]
    group = column.group if at == 0 or table.columns[at - 1].group != column.group or column.group.endswith(".") else ""
    return f"{group}{mark}\n{column.name}{mark}" if group else f"{column.name}{mark}"


def _rich(table: Table, terminal: bool) -> Rich:
    drawn = Rich(box=box.SIMPLE_HEAD, pad_edge=False)
    shown = [_starred(table, at, terminal) for at in range(len(table.columns))]
    for at in range(len(table.columns)):
        mark = " " if any(cell.endswith("*") for cell in shown[at]) else ""
        justify = "left" if _is_text(table, at) else "right"
        drawn.add_column(Text(_header(table, at, mark)), justify=justify, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for number, cells in enumerate(zip(*shown, strict=True)):
        row = table.rows[number]
        styled = [
            Text(cell, style="bold" if isinstance(own, Score) and own.best else "")
            for cell, own in zip(cells, row, strict=True)
        ]
        drawn.add_row(*styled, end_section=number in table.ends)
    return drawn


def _folded(table: Table, width: int, terminal: bool) -> list[Table]:
    """The table by parts of its columns, none wider than ``width`` unless a column alone is."""

    def wide(at: int) -> int:
        lines = [*_header(table, at).split("\n"), *_starred(table, at, terminal)]
        return max(map(len, lines)) + 3  # what stands between two columns

    parts: list[list[int]] = [[0]]
    for at in range(1, len(table.columns)):
        if len(parts[-1]) > 1 and sum(map(wide, [*parts[-1], at])) > width:
            parts.append([0])
        parts[-1].append(at)
    return [
        Table(
            table.title,
            tuple(table.columns[at] for at in part),
            tuple(tuple(row[at] for at in part) for row in table.rows),
            ends=table.ends,
        )
        for part in parts
    ]


def _escaped(shown: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in shown)


def _latex_cell(cell: Cell, column: Column) -> str:
    shown = _escaped(_plain(cell, column))
    return rf"\textbf{{{shown}}}" if isinstance(cell, Score) and cell.best else shown


def _latex_row(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _fields(columns: Sequence[Column], taken: Sequence[str] = ()) -> list[list[str]]:
    """The names in CSV of each column's mean and deviation, or value; none twice in a table, nor one that is taken.

    >>> _fields([Column("run"), Column("Orte, die", spread=True), Column("run")])
    [['run'], ['orte_die', 'orte_die_std'], ['run_2']]
    """
    seen = set(taken)
    found = []
    for column in columns:
        plain = re.sub(r"[^\w.]+", "_", (column.field or column.header).lower()).strip("_")
        for number in itertools.count(1):
            name = plain if number == 1 else f"{plain}_{number}"
            names = [name, f"{name}_std"] if column.spread else [name]
            if seen.isdisjoint(names):
                break
        seen.update(names)
        found.append(names)
    return found
