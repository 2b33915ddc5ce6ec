"""The texts of a source, whatever its format; plain text and JSON lines are read here, a text a line."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from tinyner.errors import UserError
from tinyner.files import object_of
from tinyner.predict.source import Source
from tinyner.predict.text import Text, TextOrError, decoded, text_of_row


@dataclass
class Skipped:
    """The lines that were skipped because they could not be read."""

    count: int = 0
    first: str = ""  # where the first one is, and what is wrong with it


def read_texts(source: Source, skipped: Skipped | None = None, column: str | None = None) -> Iterator[Text]:
    """Yield the texts of a source, a line or a sentence in columns in memory at a time; blank lines are no texts.

    Args:
        source: what is read.
        skipped: where to count lines that can't be read; None: the first of them is an error.
        column: that has the texts or words, as the user names it; None: the usual one.

    Raises:
        UserError: naming source and line, where a line can't be read and none is to be skipped, or where it can't be
            known which column is meant.
    """
    for item in _items(source, column):
        if not isinstance(item, UserError):
            yield item
        elif skipped is None:
            raise item
        else:
            skipped.count += 1
            skipped.first = skipped.first or str(item)


def _items(source: Source, column: str | None) -> Iterator[TextOrError]:
    # The other formats are imported where they are met: most calls read text, and shall begin soon.
    if source.format == "CSV":
        from tinyner.predict.csv_texts import texts_of_csv  # noqa: PLC0415

        return texts_of_csv(source, column)
    if source.format == "CoNLL columns":
        from tinyner.predict.column_texts import texts_of_columns  # noqa: PLC0415

        return texts_of_columns(source, column)
    if source.format == "Parquet":
        from tinyner.predict.parquet_texts import texts_of_parquet  # noqa: PLC0415

        return texts_of_parquet(source, column)
    if column is not None and not source.is_json:
        raise UserError(f"{source.name}: is plain text, which has no columns; leave --column {column} out")
    return _of_lines(source, column)


def _of_lines(source: Source, column: str | None) -> Iterator[TextOrError]:
    for number, line in source.lines():
        try:
            text = _text(line, number, f"{source.name}:{number}", source.is_json, column)
        except UserError as error:
            yield error
            continue
        if text is not None:
            yield text


def _text(line: bytes, number: int, where: str, is_json: bool, column: str | None) -> Text | None:
    """Return the text of a line, None for a blank one."""
    content = decoded(line, where)
    if not content.strip():
        return None
    if not is_json:
        return Text({}, content, None, number)
    try:
        row = json.loads(content, object_pairs_hook=object_of, parse_float=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if type(error) is ValueError else ""
        raise UserError(f"{where}: expected a JSON object, found {content.strip()[:40]!r}{reason}") from None
    return text_of_row(row, number, where, column, content.strip())


def _number(digits: str) -> float:
    """Return a number; raise a ValueError for one that JSON can't hold, NaN or Infinity, as 1e999 is."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is no number of JSON")
    return number
