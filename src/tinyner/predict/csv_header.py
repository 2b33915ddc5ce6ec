"""The header of a CSV file: which line it is, and what parts its names."""

import csv
from collections.abc import Sequence

from tinyner.corpus_files.column_lines import folded
from tinyner.corpus_files.csv_table import SEPARATORS, TEXT, header_of
from tinyner.errors import UserError, listed
from tinyner.predict.text import TOKENS, WORDS
from tinyner.predict.text_column import USUAL, number_of

_NAMES = (TEXT, *USUAL, WORDS, TOKENS)


def header_line(head: Sequence[str], column: str | None, name: str) -> tuple[int, str]:
    """Return the index of the header's line, and the sign that parts its names.

    Args:
        head: the first lines.
        column: that has the texts or words, as the user names or numbers it, or None.
        name: of the file.

    Raises:
        UserError: where the first line that is not blank has none of the names that are looked for, or, for a number,
            several signs could part it.
    """
    names = _NAMES if column is None else (folded(column),)
    header = header_of(head, names[:1]) or header_of(head, names)
    if header is not None:
        return header
    if number_of(column) is not None:
        return header_of(head, _NAMES) or _by_its_rows(head, name)
    index = next(index for index, line in enumerate(head) if line.strip())
    separator = max(SEPARATORS, key=head[index].count)
    listing = ", ".join(field.strip(' "') for field in head[index].split(separator))
    reason = "no column is called text; say --column NAME" if column is None else f"has no column {column}"
    raise UserError(f"{name}:{index + 1}: {reason}; its columns are {listing[:200]}")


def _by_its_rows(head: Sequence[str], name: str) -> tuple[int, str]:
    """Return the index of the first line that is not blank, and the only sign that parts all rows into as many fields.

    Raises:
        UserError: where several signs do, or none.
    """
    index = next(index for index, line in enumerate(head) if line.strip())
    stated = next((sign for sign in SEPARATORS if head[index].strip().casefold() == f"sep={sign}"), None)
    if stated is not None:
        return next((place for place in range(index + 1, len(head)) if head[place].strip()), index), stated
    parting = [sign for sign in SEPARATORS if sign in head[index]]
    if len(parting) > 1:
        parting = [sign for sign in parting if _parts_alike(head[index:], sign)]
    if len(parting) > 1 or (not parting and any(sign in head[index] for sign in SEPARATORS)):
        signs = listed(SEPARATORS[sign] for sign in parting or SEPARATORS if sign in head[index])
        raise UserError(f"{name}:{index + 1}: {signs} could part its columns; say --column NAME")
    return index, parting[0] if parting else ","


def _parts_alike(lines: Sequence[str], separator: str) -> bool:
    """Return whether all rows have as many fields; the last one of the first lines may be cut."""
    try:
        rows = list(csv.reader([f"{line}\n" for line in lines if line.strip()], delimiter=separator))
    except csv.Error:
        return False
    return len({len(row) for row in rows[: max(len(rows) - 1, 2)]}) == 1


def check_is_header(fields: Sequence[str], first_row: Sequence[str], where: str) -> None:
    """Check that the first fields can be names, where a column is named by its number: a text would be lost else.

    Raises:
        UserError: where one is as long as a text, or is a number as in the first row.
    """
    for field, below in zip(fields, first_row, strict=False):
        is_text = len(field) > 60 or len(field.split()) > 6 or field.rstrip().endswith((".", "!", "?"))
        if is_text or (_is_number(field) and _is_number(below)):
            raise UserError(
                f"{where}: {field[:40]!r} is no name of a column; --column NUMBER is for a table with the names of its "
                "columns in the first line; put them there"
            )


def _is_number(field: str) -> bool:
    """Return whether a field is a number.

    >>> _is_number("7"), _is_number("-1,5"), _is_number("2019-01-01"), _is_number("a1"), _is_number("")
    (True, True, True, False, False)
    """
    digits = field.strip().translate(str.maketrans("", "", ".,-:/ "))
    return digits.isdecimal()
