"""The text of a user's file: gzip is unpacked, byte-order marks are dropped, what is no UTF-8 text is refused."""

import gzip
import zlib
from pathlib import Path

from tinyner.errors import UserError

FORMATS = (
    "JSON lines (.jsonl, .ndjson, .json), CSV (.csv, .tsv), CoNLL columns (.txt, .conll, ...), each also as .gz; "
    "sentences without labels also as plain text (.txt)"
)
"""The formats that are read, for messages."""

_BOM = "\ufeff"
_LIMIT = 1 << 30  # bytes, unpacked
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
BINARY = (
    b"PK\x03\x04",
    b"PAR1",
    b"ARROW1",
    b"\x80\x04",
    b"\x80\x05",
    b"%PDF",
    b"\xfd7zXZ",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
)
"""What binary files begin with: zip (also .xlsx, .docx), Parquet, Arrow, pickle, PDF, xz, bzip2, Zstandard."""


def read_lines(path: Path, name: str) -> list[str]:
    """Return the lines of a file, split at newlines, or at carriage returns in a file without newlines.

    A byte-order mark at the start of any line is dropped: files that were joined have them in the middle.

    Args:
        path: of the file, which may be packed by gzip, whatever its name.
        name: of the file, for messages.

    Raises:
        UserError: if the file can't be read or is not UTF-8 text, naming file and line.
    """
    data = _unpacked(path, name)
    if data.startswith(_UTF_16):
        raise UserError(f"{name}: is UTF-16, and UTF-8 is read; convert it: iconv -f UTF-16 -t UTF-8")
    if data.startswith(BINARY):
        raise UserError(f"{name}: is no text; read are {FORMATS}")
    lines = []
    for number, line in enumerate(data.split(b"\n" if b"\n" in data else b"\r"), 1):
        if b"\0" in line:
            raise UserError(
                f"{name}:{number}: has a NUL byte: UTF-16 (convert it: iconv -f UTF-16LE -t UTF-8) or no text; "
                f"read are {FORMATS}"
            )
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise UserError(
                f"{name}:{number}: expected UTF-8 text, found the byte {line[error.start]:#04x}; if it is Windows-1252 "
                "or Latin-1, convert it: iconv -f WINDOWS-1252 -t UTF-8"
            ) from None
        lines.append(text.lstrip(_BOM))
    return lines


def _unpacked(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
        if not packed:
            return path.read_bytes()
        with gzip.open(path) as unpacked:
            data = unpacked.read(_LIMIT + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{name}: its gzip data are damaged or cut off: {error}") from None
    except OSError as error:
        raise UserError(f"{name}: can't be read: {error.strerror}") from None
    if len(data) > _LIMIT:
        raise UserError(f"{name}: larger than {_LIMIT} bytes when unpacked")
    return data
