"""Which column of a table has the texts: as the user names it, by its name or number, or by its usual name."""

from collections.abc import Callable, Mapping, Sequence

from tinyner.corpus_files.column_lines import folded
from tinyner.corpus_files.csv_table import TEXT
from tinyner.errors import UserError
from tinyner.predict.text import TOKENS, WORDS

USUAL = ("texts", "sentence", "sentences", "content", "body", "note", "notes", "message", "messages", "document")
"""Names that a column of texts may have but ``text``."""


def number_of(column: str | None) -> int | None:
    """Return the number that a column may be named by, None where it is only a name.

    >>> number_of("2"), number_of("²"), number_of("-2"), number_of("note"), number_of(None)
    (2, None, None, None, None)
    """
    is_number = column is not None and column.isascii() and column.isdecimal() and len(column) < 10
    return int(column) if is_number and column is not None else None


def named_column(names: Sequence[str], column: str, where: str) -> str:
    """Return the name of a column that the user names, or numbers from 1 where none has the number as its name.

    Raises:
        UserError: where there is none, naming all columns.
    """
    number = number_of(column)
    if number is None or any(folded(name) == folded(column) for name in names):
        return column
    if not 1 <= number <= len(names):
        raise UserError(f"{where}: has {len(names)} columns, and --column is {column}; they are {', '.join(names)}")
    return names[number - 1]


def text_column(
    names: Sequence[str],
    column: str | None,
    *,
    first_row: Mapping[str, object],
    where: str,
    say: Callable[[str], None],
) -> str:
    """Return the name of the column of texts or words.

    It is the one that the user names; else the one that is called text; else words or tokens where these are lists;
    else the only one with a usual name. What is no name of the user's is said.

    Args:
        names: of all columns.
        column: its name or number, as the user says it, or None.
        first_row: the first values by these names.
        where: file and line of the names, for messages.
        say: tells the user something about the file.

    Raises:
        UserError: where it can't be known, naming all columns.
    """
    listing = ", ".join(names)
    if column is not None:
        chosen = named_column(names, column, where)
        if folded(chosen) != folded(column):
            say(f"the texts are in column {column}, {chosen}")
        named = [other for other in names if other == chosen] or [
            other for other in names if folded(other) == folded(chosen)
        ]
        if len(named) != 1:
            has = f"has {len(named)} columns {chosen}" if named else f"has no column {chosen}"
            raise UserError(f"{where}: {has}; its columns are {listing}")
        return named[0]
    by_name = [other for other in names if folded(other) == TEXT]
    lists = [other for key in (WORDS, TOKENS) for other in names if folded(other) == key]
    lists = [other for other in lists if isinstance(first_row.get(other), list)]
    usual = [other for other in names if folded(other) in USUAL and _may_be_text(first_row.get(other))]
    for candidates in (by_name, lists[:1], usual):
        if len(candidates) == 1:
            if candidates is usual:
                say(f"the texts are in column {usual[0]}")
            return candidates[0]
    several = by_name or usual
    reason = f"{' and '.join(several)} could all be meant" if several else "no column is called text"
    raise UserError(f"{where}: {reason}; say --column NAME; its columns are {listing}")


def _may_be_text(value: object) -> bool:
    """Return whether a value is a text but no number.

    >>> _may_be_text("Rome fell."), _may_be_text("12"), _may_be_text("Sentence: 12"), _may_be_text(12)
    (True, False, False, False)
    """
    return isinstance(value, str) and not value.strip().split(":")[-1].strip().isdecimal()
