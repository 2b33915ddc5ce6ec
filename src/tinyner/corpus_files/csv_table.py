"""Read CSV: a table of texts, a row a text, or a table of tokens, a row a word with its tag.

The fields are parted by the sign that parts the header into known names: a comma, a semicolon, a tab or a bar. Names of
columns are compared without case and blanks. Each row has as many fields as the header; a row whose fields are all
empty is left out, as spreadsheets write such rows.
"""

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tinyner.corpus_files.column_lines import TAG_NAMES, WORD_NAMES, ColumnLines, Line, folded, is_header
from tinyner.errors import UserError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
TEXT = "text"
SENTENCE_NAMES = ("sentence", "sentence #", "sentence id", "sent", "sent id", "sentence number", "sentence idx")


@dataclass(frozen=True)
class Table:
    """The rows of a CSV file, each with the number of the line where it begins."""

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]

    def column(self, name: str) -> int | None:
        """Return the place of the column of this name, None without one.

        Raises:
            UserError: if there are two.
        """
        places = [place for place, other in enumerate(self.header) if folded(other) == name]
        if len(places) > 1:
            raise UserError(f"{self.name}:1: has {len(places)} columns named {name}; keep one of them")
        return places[0] if places else None


def is_table(lines: Sequence[str]) -> bool:
    """Return whether the first line that is not blank is the header of a table.

    >>> is_table(["ID; Text", "1; Hallo Welt"]), is_table(["Hallo Welt"])
    (True, False)
    """
    return header_of(lines) is not None


def read_table(lines: Sequence[str], name: str, *, tabs: bool = False) -> Table:
    """Return the rows of a CSV file.

    Args:
        lines: of the file, without newlines.
        name: of the file, for messages.
        tabs: whether tabs part the fields where a header of one column does not show what does.

    Raises:
        UserError: if it has no header that is read, is no valid CSV, or a row has other fields than the header.
    """
    header = header_of(lines)
    if header is None:
        first = next((line for line in lines if line.strip()), "")
        raise UserError(
            f"{name}:1: expected a header with a column named text (or columns named word and tag), found "
            f"{first.strip()[:60]!r}; if this is the header, call the column that has the texts text"
        )
    start, separator = header
    if tabs and separator == "," and "," not in lines[start]:
        separator = "\t"
    rows = _rows(lines[start:], start, separator, name)
    number, names = next(rows)
    names = [column.strip() for column in names]
    kept: list[tuple[int, list[str]]] = []
    for number, fields in rows:
        if not any(field.strip() for field in fields):
            kept.append((number, []))
            continue
        check_fields(fields, names, separator, f"{name}:{number}")
        kept.append((number, fields))
    return Table(name, names, kept)


def check_fields(fields: Sequence[str], names: Sequence[str], separator: str, where: str) -> None:
    """Check that a row has as many fields as the header, and is not the header again.

    Raises:
        UserError: where it is otherwise, with its place ``where``.
    """
    if len(fields) != len(names):
        raise UserError(
            f"{where}: expected {len(names)} fields as in the header, parted by {SEPARATORS[separator]}, "
            f'found {len(fields)}; put a text that has that sign or a line end between quotes ("...")'
        )
    if [field.strip() for field in fields] == names:
        raise UserError(f"{where}: is the header again; files were joined, take it out")


def tokens(table: Table) -> ColumnLines:
    """Return a table of tokens as lines in columns: a row that is empty or names another sentence begins one.

    Raises:
        UserError: if nothing parts its sentences, and a full stop stands before the last row.
    """
    columns = ColumnLines(header=table.header)
    sentence_column = next((place for name in SENTENCE_NAMES if (place := table.column(name)) is not None), None)
    filled = [place for place, (_, fields) in enumerate(table.rows) if fields]
    no_gap = bool(filled) and filled == list(range(filled[0], filled[-1] + 1))
    if sentence_column is None and no_gap and any("." in fields for _, fields in table.rows[: filled[-1]]):
        raise UserError(
            f"{table.name}:1: has neither a column sentence, that says which words belong together, nor empty rows "
            "between sentences"
        )
    sentence, current = "", list[Line]()
    for number, fields in table.rows:
        name = fields[sentence_column].strip() if fields and sentence_column is not None else ""
        if not fields or (name and name != sentence):
            if current:
                columns.sentences.append(current)
            current = []
        sentence = name or sentence
        if fields:
            current.append(Line(number, [field.strip(" ") for field in fields], " ".join(fields)))
    if current:
        columns.sentences.append(current)
    return columns


def is_raw(lines: Sequence[str]) -> bool:
    """Return whether tabs part fields that are not quoted as in CSV: a quotation mark stands for itself.

    >>> is_raw(['word\\ttag', '"\\tO']), is_raw(['word\\ttag', '"said"\\tO'])
    (True, False)
    """
    return any(field.count('"') % 2 for line in lines if "\t" in line for field in line.split("\t"))


def is_of_tokens(table: Table) -> bool:
    """Return whether a table has a column of words and one of tags, and none of texts."""
    return table.column(TEXT) is None and is_header(table.header)


def header_of(lines: Sequence[str], names: Collection[str] = (TEXT,)) -> tuple[int, str] | None:
    """Return the index of the header's line, and the sign that parts its names; None where it is no header.

    Args:
        lines: the first ones of the file.
        names: as ``folded`` returns them, one of which a table of texts has.
    """
    for index, line in enumerate(lines):
        text = line.strip("\r ")
        if not text.strip():
            continue
        if text.casefold() in {f"sep={separator}" for separator in SEPARATORS}:  # a line for spreadsheets
            continue
        for separator in SEPARATORS:
            try:
                folds = set(map(folded, next(csv.reader([text], delimiter=separator, strict=True))))
            except csv.Error:
                continue
            if folds.intersection(names) or (folds & WORD_NAMES and folds & TAG_NAMES):
                return index, separator
        return None
    return None


def _rows(lines: Sequence[str], before: int, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, each with the number of its first line; ``before`` lines come before the first one."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator, strict=True)
    number = before + 1
    try:
        for row in reader:
            yield number, row
            number = before + reader.line_num + 1
    except csv.Error as error:
        raise not_csv(f"{name}:{number}", error) from None


def not_csv(where: str, error: csv.Error) -> UserError:
    """Return the message for a row that is no CSV."""
    return UserError(f'{where}: no valid CSV: {error}; a text with quotes is put between quotes, its own doubled ("")')
