"""Tables rendered as Markdown, CSV and LaTeX; ``render_text`` has text for a terminal."""

import csv
import io
import itertools
import re
from collections.abc import Sequence

from tinyner.compare.table import Column, Score, Table, Value

_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "<": "$<$"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


def plain(value: Value, column: Column) -> str:
    """Return a value as text, with as many decimals as its column has; an unknown value is empty.

    >>> plain(0.0004, Column("p", least=0.001)), plain(0.0123, Column("p", least=0.001))
    ('<0.001', '0.012')
    >>> plain(-1.2345, Column("low", digits=2))
    '-1.23'
    >>> plain(Score(0.81894, 0.00519), Column("F1")), plain(0.56, Column("paper", digits=2)), plain(None, Column(""))
    ('0.819 ± 0.005', '0.56', '')
    """
    if isinstance(value, float) and 0 <= value < column.least:
        return f"<{column.least:g}"
    if isinstance(value, float | Score):
        return f"{value:.{column.digits}f}"
    return "" if value is None else str(value)


def is_best(value: Value) -> bool:
    """Return whether the value is a score that is marked as the best."""
    return isinstance(value, Score) and value.best


def is_text(table: Table, index: int) -> bool:
    """Return whether a column holds text, which is aligned left, and not numbers."""
    return not table.columns[index].spread and all(
        row[index] is None or isinstance(row[index], str) for row in table.rows
    )


def markdown(tables: Sequence[Table]) -> str:
    """Return Markdown tables, the best scores in bold."""
    blocks = []
    for table in tables:
        rows = [[_bold(value, column) for value, column in zip(row, table.columns, strict=True)] for row in table.rows]
        left = [is_text(table, index) for index in range(len(table.columns))]
        blocks.append(f"**{table.title}**")
        blocks.append(markdown_table([column.header for column in table.columns], rows, left))
        blocks += table.notes
    return "\n\n".join(blocks) + "\n"


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[bool] | None = None) -> str:
    """Return one Markdown table whose columns are padded to the same width in every line.

    Args:
        headers: the first line.
        rows: as many texts each as there are headers.
        left: whether each column is aligned left and not right; by default only the first is.

    >>> print(markdown_table(["", "F1"], [["A", "0.789"], ["B", "0.8"]]))
    |     |    F1 |
    | --- | ----: |
    | A   | 0.789 |
    | B   |   0.8 |
    """
    left = [index == 0 for index in range(len(headers))] if left is None else left
    lines = [[text.replace("|", r"\|") for text in line] for line in (headers, *rows)]
    widths = [max(3, *map(len, texts)) for texts in zip(*lines, strict=True)]
    rule = ["-" * width if is_left else "-" * (width - 1) + ":" for width, is_left in zip(widths, left, strict=True)]
    padded = [
        [f"{text:{'<' if is_left else '>'}{width}}" for text, width, is_left in zip(line, widths, left, strict=True)]
        for line in (lines[0], rule, *lines[1:])
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def _bold(value: Value, column: Column) -> str:
    return f"**{plain(value, column)}**" if is_best(value) else plain(value, column)


def latex(tables: Sequence[Table]) -> str:
    """Return a ``tabular`` per table, the best scores in ``\\textbf``; titles and notes are comments."""
    lines: list[str] = []
    for table in tables:
        spec = "".join("l" if is_text(table, index) else "r" for index in range(len(table.columns)))
        lines += [f"% {table.title}", rf"\begin{{tabular}}{{{spec}}}", r"\hline"]
        lines += [_latex_row([_latex_escaped(column.header) for column in table.columns]), r"\hline"]
        for index, row in enumerate(table.rows):
            lines.append(_latex_row([_latex_value(*pair) for pair in zip(row, table.columns, strict=True)]))
            if index in table.ends:
                lines.append(r"\hline")
        lines += [r"\hline", r"\end{tabular}", *(f"% {note}" for note in table.notes), ""]
    return "\n".join(lines)


def _latex_escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)


def _latex_value(value: Value, column: Column) -> str:
    text = _latex_escaped(plain(value, column))
    return rf"\textbf{{{text}}}" if is_best(value) else text


def _latex_row(texts: Sequence[str]) -> str:
    return rf"{' & '.join(texts)} \\"


def comma_separated(tables: Sequence[Table]) -> str:
    """Return all rows as one CSV table, numbers unrounded, a mean's standard deviation in a field of its own.

    Of several tables, the first field is the table's title; fields that a table lacks are empty.
    """
    reserved = ["table"] if len(tables) > 1 else []
    fields_by_table = [_fields(table.columns, reserved) for table in tables]
    header = list(dict.fromkeys(name for fields in fields_by_table for names in fields for name in names))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [*reserved, *header], restval="", lineterminator="\n")
    writer.writeheader()
    for table, fields in zip(tables, fields_by_table, strict=True):
        for row in table.rows:
            record: dict[str, object] = dict.fromkeys(reserved, table.title)
            for value, names in zip(row, fields, strict=True):
                numbers = (value.mean, value.std) if isinstance(value, Score) else (value, None)
                record |= dict(zip(names, numbers, strict=False))
            writer.writerow(record)
    return file.getvalue()


def _fields(columns: Sequence[Column], reserved: Sequence[str] = ()) -> list[list[str]]:
    """Return each column's fields in CSV: its mean's and deviation's, or its value's.

    A name that is reserved or stands before already gets a number.

    >>> _fields([Column("run"), Column("Orte, die", spread=True), Column("run")])
    [['run'], ['orte_die', 'orte_die_std'], ['run_2']]
    """
    used = set(reserved)
    fields = []
    for column in columns:
        stem = re.sub(r"[^\w.]+", "_", (column.field or column.header).lower()).strip("_")
        for number in itertools.count(1):
            name = stem if number == 1 else f"{stem}_{number}"
            names = [name, f"{name}_std"] if column.spread else [name]
            if used.isdisjoint(names):
                break
        used.update(names)
        fields.append(names)
    return fields
