"""The lines of a file or of standard input, and whether they are JSON or plain text; other formats are refused."""

import contextlib
import gzip
import io
import itertools
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tinyner.errors import UserError
from tinyner.predict.other_format import other_format

READ = "plain text (a text a line) and JSON lines with text or words (.jsonl, .ndjson), both also gzipped (.gz)"
"""What ``tinyner predict`` reads."""

_JSON_LINES = frozenset((".jsonl", ".ndjson", ".jsonlines", ".jl", ".ldjson"))
_REFUSED = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "CSV"),
    **dict.fromkeys((".conll", ".conllu", ".conllup", ".conllx", ".iob", ".iob2", ".bio", ".bioes"), "CoNLL columns"),
    **dict.fromkeys((".xml", ".html", ".htm", ".xhtml"), "XML or HTML"),
    **dict.fromkeys((".yaml", ".yml"), "YAML"),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".epub"), "a document"),
    **dict.fromkeys((".parquet", ".arrow", ".feather", ".pkl", ".npy"), "a binary file"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".7z"), "an archive that is not gzip"),
}
_BINARY = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or an office document",
    b"PAR1": "a Parquet file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"{\\rtf": "a document",
    b"\xff\xfe": "text in UTF-16 (save it as UTF-8)",
    b"\xfe\xff": "text in UTF-16 (save it as UTF-8)",
}
_HEAD_LINES, _HEAD_BYTES = 200, 1 << 16  # that are looked at to tell the format


class Source:
    """Lines of a file or of standard input."""

    def __init__(self, path: Path) -> None:
        """Open a file, or standard input where the path is ``-``, and tell its format by its name and first lines.

        Raises:
            UserError: where it can't be read, or is of another format than those in ``READ``.
        """
        self.name = "standard input" if str(path) == "-" else str(path)
        self._rest = self._numbered(path)
        self._head: list[tuple[int, bytes]] = []
        size = 0
        for number, line in self._rest:
            self._head.append((number, line))
            size += len(line)
            if len(self._head) == _HEAD_LINES or size > _HEAD_BYTES:
                break
        suffix = next((part.lower() for part in reversed(path.suffixes) if part.lower() != ".gz"), "")
        refused = _REFUSED.get(suffix) or _binary(b"\n".join(line for _, line in self._head))
        head = [line.decode(errors="replace") for _, line in self._head]
        first = next((line.strip() for line in head if line.strip()), "")
        self.is_json = suffix in _JSON_LINES or _is_json_object(first)
        if not (refused or self.is_json):
            refused = "JSON that is not JSON lines" if suffix == ".json" else other_format(head)
        if refused:
            raise UserError(f"{self.name}: is {refused}; predict reads {READ}; convert it")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines with their numbers from 1, without what ends them and marks of byte order; once only.

        Raises:
            UserError: where reading fails.
        """
        yield from itertools.chain(self._head, self._rest)

    def _numbered(self, path: Path) -> Iterator[tuple[int, bytes]]:
        """Yield numbered lines, which end at newlines, or at carriage returns in a file without newlines."""
        if str(path) == "-" and (sys.stdin is None or sys.stdin.closed):
            raise UserError(f"{self.name}: is closed; expected {READ}")
        try:
            with contextlib.ExitStack() as stack:
                file = sys.stdin.buffer if str(path) == "-" else stack.enter_context(path.open("rb"))
                for number, line in enumerate(_lines(_unpacked(file)), 1):
                    yield number, line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UserError(f"{self.name}: is no whole gzip file: {error}") from None
        except OSError as error:
            raise UserError(f"{self.name}: can't be read: {error.strerror}") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    first = file.readline()
    yield from [first] if first.endswith(b"\n") else first.removesuffix(b"\r").split(b"\r") if first else []
    yield from file


def _unpacked(file: BinaryIO) -> BinaryIO:
    """Return a file, or what is in it where it is gzipped."""
    reader = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[type-var]
    return gzip.GzipFile(fileobj=reader) if reader.peek(2)[:2] == b"\x1f\x8b" else reader  # type: ignore[return-value]


def _binary(head: bytes) -> str | None:
    """Return what a file is that begins so, None where it may be text."""
    kind = next((kind for magic, kind in _BINARY.items() if head.startswith(magic)), None)
    many_nuls = head.count(b"\0") * 4 > len(head)
    return kind or ("binary, or text in UTF-16 or UTF-32 (save it as UTF-8)" if many_nuls else None)


def _is_json_object(line: str) -> bool:
    try:
        return line.startswith("{") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
