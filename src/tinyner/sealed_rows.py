"""Rows with a checksum: a line of JSON whose last field, ``crc32``, is the CRC-32 of the line before that field.

>>> sealed({"id": "a"})
b'{"id": "a", "crc32": "62f14df2"}'
>>> read_line(sealed({"id": "a"}))
{'id': 'a'}
"""

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from tinyner.files import line_of

FIELD = b', "crc32": "'


class DamageError(ValueError):
    """A line that is not as it was written. The message says why."""


def sealed(row: Mapping[str, Any]) -> bytes:
    """Return a row that has fields as a line with its checksum, without a newline."""
    return seal(line_of(row).removesuffix(b"\n"))


def seal(line: bytes) -> bytes:
    """Return the line of a JSON object that has fields, its checksum added and the rest byte for byte the same."""
    body = line.removesuffix(b"}")
    return b'%s%s%08x"}' % (body, FIELD, crc32(body))


def read_line(line: bytes, *, needs_checksum: bool = True) -> dict[str, Any]:
    """Return the row of a line, without its checksum.

    Args:
        line: without its newline.
        needs_checksum: whether a row may not be without; where it has a checksum, that is compared anyhow.

    Raises:
        DamageError: where the line is no JSON object, its checksum is missing, or doesn't fit.
    """
    body, field, digits = line.rpartition(FIELD)
    if field:
        if digits != b'%08x"}' % crc32(body):
            raise DamageError("its checksum doesn't fit: it was changed after it was written")
        line = body + b"}"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise DamageError(f"is no JSON object, it begins with {line[:30].decode(errors='replace')!r}") from None
    if not isinstance(row, dict):
        raise DamageError("is no JSON object")
    if needs_checksum and not field:
        raise DamageError("has no checksum: it was written by hand, or by an older tinyner")
    return row


def is_cut(line: bytes) -> bool:
    """Return whether a line is the beginning of a JSON object, as a killed writer or a power cut leaves it.

    >>> is_cut(b'{"id": "a", "te'), is_cut(b'{"id": "a"}'), is_cut(b'{"id": "a"}x'), is_cut(b'"a"')
    (True, False, False, False)
    """
    line = line.rstrip(b"\0")  # a power cut leaves zeros where the end of a file was not on the disk yet
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        if error.end < len(line) or error.reason != "unexpected end of data":
            return False
        text = line[: error.start].decode()
    if not text:
        return True
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        # An escape or a literal such as `null` that is cut is an error at its first letter.
        at_end = error.pos >= len(text) - len("\\u000") and error.msg != "Extra data"
        return text.startswith("{") and (at_end or error.msg.startswith("Unterminated string"))
    except RecursionError:
        return False
    return False
