"""The text of a user's file: gzip is unpacked, byte-order marks are dropped, what is no UTF-8 text is refused."""

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from tinyner.corpus_files.spool import spooled
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


def read_lines(path: Path, name: str) -> Sequence[str]:
    """Return the lines of a file, split at newlines, or at carriage returns in a file without newlines.

    A byte-order mark at the start of any line is dropped: files that were joined have them in the middle.

    Args:
        path: of the file, which may be packed by gzip, whatever its name.
        name: of the file, for messages.

    Raises:
        UserError: if the file can't be read or is not UTF-8 text, naming file and line.
    """
    return spooled(_decoded(_byte_lines(path, name), name), str.encode, bytes.decode)


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
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
        yield text.lstrip(_BOM)


def _byte_lines(path: Path, name: str) -> Iterator[bytes]:
    """Yield what stands between newlines, the last one empty where the file ends in a newline; one is in memory."""
    size = 0
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            limit = _LIMIT + 1 if is_packed else -1
            unpacked: IO[bytes] = gzip.GzipFile(fileobj=file) if is_packed else file  # type: ignore[assignment]
            line = unpacked.readline(limit)
            _check_begin(line, name)
            if not line.endswith(b"\n"):
                _check_size(len(line), name, is_packed=is_packed)
                yield from line.split(b"\r")
                return
            while line.endswith(b"\n"):
                size += len(line)
                _check_size(size, name, is_packed=is_packed)
                yield line[:-1]
                line = unpacked.readline(limit)
            _check_size(size + len(line), name, is_packed=is_packed)
            yield line
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UserError(f"{name}: its gzip data are damaged or cut off: {error}") from None
    except OSError as error:
        raise UserError(f"{name}: can't be read: {error.strerror}") from None


def _check_begin(line: bytes, name: str) -> None:
    if line.startswith(_UTF_16):
        raise UserError(f"{name}: is UTF-16, and UTF-8 is read; convert it: iconv -f UTF-16 -t UTF-8")
    if line.startswith(BINARY):
        raise UserError(f"{name}: is no text; read are {FORMATS}")


def _check_size(size: int, name: str, *, is_packed: bool) -> None:
    if is_packed and size > _LIMIT:
        raise UserError(f"{name}: larger than {_LIMIT} bytes when unpacked")
