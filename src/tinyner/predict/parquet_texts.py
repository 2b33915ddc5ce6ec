"""The texts of a Parquet file (extra ``parquet``), a row a text; some rows in memory at a time."""

import base64
import gzip
import importlib
import math
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, time
from typing import IO, Any

from tinyner.errors import UserError
from tinyner.predict.source import Source
from tinyner.predict.text import TEXT, WORDS, TextOrError, are_texts, text_of_row
from tinyner.predict.text_column import text_column

_ROWS = 1024  # in memory at a time
_INDEX = "__index_level_0__"  # as pandas calls the numbers of rows


def texts_of_parquet(source: Source, column: str | None) -> Iterator[TextOrError]:
    """Yield the texts of a Parquet file, or why a row is none; ``line`` is the number of the row from 1.

    Args:
        source: the file; one that is gzipped, or standard input, is copied to the disk first, to be read at any place.
        column: that has the texts or words, as the user names or numbers it; None: found out by the names.

    Raises:
        UserError: without pyarrow, for a damaged file, or where it can't be known which column is meant.
    """
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise UserError(
            f"{source.name}: is Parquet, and pyarrow, which reads it, is not installed; pip install -e '.[parquet]' in "
            "the clone"
        ) from None
    arrow: Any = importlib.import_module("pyarrow")
    number, chosen = 0, ""
    try:
        with _seekable(source) as content:
            file = parquet.ParquetFile(content, pre_buffer=False)
            names = [name for name in file.schema_arrow.names if name != _INDEX]
            for batch in file.iter_batches(batch_size=_ROWS, columns=names):
                for values in batch.to_pylist():
                    number += 1
                    row = {name: plain(value) for name, value in values.items()}
                    if number == 1:
                        chosen = text_column(names, column, first_row=row, where=source.name, say=source.say)
                    yield _text(row, number, chosen, f"{source.name}: row {number}")
    except (arrow.ArrowException, OSError, EOFError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise UserError(f"{source.name}: can't be read behind row {number}: {reason}") from None
    finally:
        source.close()


def _text(row: dict[str, Any], number: int, chosen: str, where: str) -> TextOrError:
    has_both = chosen == TEXT and are_texts(row.get(WORDS))
    try:
        return text_of_row(row, number, where, None if has_both else chosen, str(row.get(chosen)))
    except UserError as error:
        return error


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: dates as ISO 8601, bytes as base64, numbers that are none as null.

    >>> plain({"when": date(2026, 11, 26), "share": math.nan, "image": b"\\xff", "ids": (1, 2)})
    {'when': '2026-11-26', 'share': None, 'image': '/w==', 'ids': [1, 2]}
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _seekable(source: Source) -> IO[bytes]:
    if not isinstance(source.file, gzip.GzipFile) and source.file.seekable():
        source.file.seek(0)
        return source.file
    copy = tempfile.TemporaryFile()  # noqa: SIM115, closed by the caller
    shutil.copyfileobj(source.file, copy)
    copy.seek(0)
    return copy
