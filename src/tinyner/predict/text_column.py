"""Which column of a table has the texts, where the user does not say it."""

import sys
from collections.abc import Mapping, Sequence

from tinyner.corpus_files.column_lines import folded
from tinyner.corpus_files.csv_table import TEXT
from tinyner.errors import UserError
from tinyner.predict.text import TOKENS, WORDS

USUAL = ("texts", "sentence", "sentences", "content", "body", "note", "notes", "message", "messages", "document")
"""Names that a column of texts may have but ``text``."""


def text_column(
    names: Sequence[str],
    column: str | None,
    *,
    first_row: Mapping[str, object],
    where: str,
    name: str,
) -> str:
    """Return the name of the column of texts or words.

    It is the one that the user names; else the one that is called text; else words or tokens where these are lists;
    else the only one with a usual name, which is said on standard error.

    Args:
        names: of all columns.
        column: as the user names it, or None.
        first_row: the first values by these names.
        where: file and line of the names, for messages.
        name: of the file.

    Raises:
        UserError: where it can't be known, naming all columns.
    """
    listing = ", ".join(names)
    if column is not None:
        named = [other for other in names if other == column] or [
            other for other in names if folded(other) == folded(column)
        ]
        if len(named) != 1:
            has = f"has {len(named)} columns {column}" if named else f"has no column {column}"
            raise UserError(f"{where}: {has}; its columns are {listing}")
        return named[0]
    by_name = [other for other in names if folded(other) == TEXT]
    lists = [other for key in (WORDS, TOKENS) for other in names if folded(other) == key]
    lists = [other for other in lists if isinstance(first_row.get(other), list)]
    usual = [other for other in names if folded(other) in USUAL and _may_be_text(first_row.get(other))]
    for candidates in (by_name, lists[:1], usual):
        if len(candidates) == 1:
            if candidates is usual:
                print(f"tinyner: {name}: the texts are in column {usual[0]}", file=sys.stderr)
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
