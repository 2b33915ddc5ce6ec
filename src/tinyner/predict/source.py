"""A file or standard input, unpacked, and which format it has; formats that are not read are refused."""

import contextlib
import csv
import gzip
import io
import itertools
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

from tinyner.corpus_files.column_lines import folded
from tinyner.corpus_files.csv_table import TEXT, header_of, is_raw
from tinyner.errors import UserError
from tinyner.predict.other_format import CONLL, CSV, TABS, other_format
from tinyner.predict.text_column import number_of

READ = (
    "plain text (a text a line), JSON lines with text or words (.jsonl, .ndjson), CSV (.csv, .tsv), CoNLL columns "
    "(.conll, .txt) and Parquet, each also gzipped (.gz)"
)
"""What ``tinyner predict`` reads."""

Format = Literal["plain text", "JSON lines", "CSV", "CoNLL columns", "Parquet"]

_BY_ENDING: dict[str, Format] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines", ".jl", ".ldjson"), "JSON lines"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "CSV"),
    **dict.fromkeys((".conll", ".conllu", ".conllup", ".conllx", ".iob", ".iob2", ".bio", ".bioes"), "CoNLL columns"),
    **dict.fromkeys((".parquet", ".pq"), "Parquet"),
}
ENDINGS = frozenset({*_BY_ENDING, ".txt"})
"""Of files of texts, in a folder that has other files too."""
_REFUSED = {
    **dict.fromkeys((".xml", ".html", ".htm", ".xhtml"), "XML or HTML"),
    **dict.fromkeys((".yaml", ".yml"), "YAML"),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".epub"), "a document"),
    **dict.fromkeys((".arrow", ".feather", ".pkl", ".npy"), "a binary file"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".7z"), "an archive that is not gzip"),
}
_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"
_BINARY = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip archive or an office document",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"{\\rtf": "a document",
    b"\xff\xfe": "text in UTF-16 (save it as UTF-8)",
    b"\xfe\xff": "text in UTF-16 (save it as UTF-8)",
}
_HEAD_LINES, _HEAD_BYTES = 200, 1 << 16  # that are looked at to tell the format
_LONGEST = 1 << 26  # bytes of a line


class Source:
    """A file or standard input, of a format that is read."""

    def __init__(self, path: Path, column: str | None = None) -> None:
        """Open a file, or standard input where the path is ``-``, and tell its format by its name and first lines.

        Args:
            path: of the file.
            column: that has the texts or words, as the user names it.

        Raises:
            UserError: where it can't be read, or is of another format than those in ``READ``.
        """
        is_stdin = str(path) == "-"
        self.name = "standard input" if is_stdin else str(path)
        with self._reading():
            self._file = _standard_input(self.name) if is_stdin else path.open("rb")
            self.is_interactive = self._file.isatty()
            self.file = _unpacked(self._file)
            begin = self.file.peek(len(_PARQUET))[: len(_PARQUET)]
        self._keeps_open = is_stdin
        self.is_silent = False
        self.head: list[tuple[int, bytes]] = []
        suffix = next((part.lower() for part in reversed(path.suffixes) if part.lower() != ".gz"), "")
        self.format: Format = "Parquet"
        if begin == _PARQUET and suffix not in _REFUSED:
            return
        self._rest = self._numbered()
        self._read_head()
        self.format = self._format_of(suffix, column)

    @property
    def is_json(self) -> bool:
        """Whether each line is a JSON object."""
        return self.format == "JSON lines"

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines with their numbers from 1, without what ends them and marks of byte order; once only.

        Raises:
            UserError: where reading fails.
        """
        yield from itertools.chain(self.head, self._rest)

    def say(self, what: str) -> None:
        """Tell the user how the file is read, on standard error, unless it is silent."""
        if not self.is_silent:
            print(f"tinyner: {self.name}: {what}", file=sys.stderr)

    def position(self) -> int:
        """Return how many bytes of the file are read, packed as they are; 0 where that is not known."""
        try:
            return self._file.tell()
        except (OSError, ValueError):  # a pipe, or closed
            return 0

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if not self._keeps_open:
            self._file.close()

    def _read_head(self) -> None:
        size = 0
        for number, line in self._rest:
            self.head.append((number, line))
            size += len(line)
            if len(self.head) == (1 if self.is_interactive else _HEAD_LINES) or size > _HEAD_BYTES:
                return

    def _format_of(self, suffix: str, column: str | None) -> Format:
        """Return the format by the ending of the name and the first lines.

        Raises:
            UserError: where it is none that is read.
        """
        head = [line.decode(errors="replace") for _, line in self.head]
        first = next((line.strip() for line in head if line.strip()), "")
        named = _BY_ENDING.get(suffix)
        refused = _REFUSED.get(suffix) or _binary(b"\n".join(line for _, line in self.head))
        if named == "Parquet" and not refused:
            refused = "no Parquet file, though its name says so"
        if not refused and (named == "JSON lines" or _is_json_object(first)):
            return "JSON lines"
        number = number_of(column)
        by_number = number is not None and not _has_texts(head, number)
        if not refused and named == "CSV" and suffix != ".csv" and number is not None and not by_number:
            return "CSV"
        if not refused and named == "CSV" and suffix != ".csv" and not _is_table(head, column):
            named = "CoNLL columns" if by_number or is_raw(head) or other_format(head) == CONLL else "CSV"
        if not refused and named:
            return named
        other = "JSON that is not JSON lines" if suffix == ".json" else other_format(head)
        refused = refused or other
        if not refused:
            return "plain text"
        if refused == TABS and by_number:
            return "CoNLL columns"
        if refused == CSV or (refused == TABS and (number is not None or _is_table(head, column))):
            return "CSV"
        if refused == CONLL:
            return "CoNLL columns"
        hint = "; give its columns names in a first line" if refused == TABS else ""
        raise UserError(f"{self.name}: is {refused}; predict reads {READ}; convert it{hint}")

    def _numbered(self) -> Iterator[tuple[int, bytes]]:
        """Yield numbered lines, which end at newlines, or at carriage returns in a file without newlines."""
        with self._reading():
            try:
                for number, line in enumerate(_lines(self.file), 1):
                    if len(line) >= _LONGEST:
                        raise UserError(f"{self.name}:{number}: is longer than {_LONGEST} bytes; predict reads {READ}")
                    yield number, line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf")
            finally:
                self.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UserError(f"{self.name}: is no whole gzip file: {error}") from None
        except OSError as error:
            raise UserError(f"{self.name}: can't be read: {error.strerror}") from None


def _standard_input(name: str) -> BinaryIO:
    if sys.stdin is None or sys.stdin.closed:
        raise UserError(f"{name}: is closed; expected {READ}")
    return sys.stdin.buffer


def size_of(path: Path) -> int | None:
    """Return the bytes of a regular file, which can be read twice; None for standard input, a pipe or no file."""
    is_regular = str(path) != "-" and path.is_file()
    return path.stat().st_size if is_regular else None


def _lines(file: io.BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    """Yield lines; of one that is too long, as much as is too long."""
    first = file.readline(_LONGEST)
    if first.endswith(b"\n") or (len(first) == _LONGEST and b"\r" not in first):
        yield first
        yield from iter(lambda: file.readline(_LONGEST), b"")
        return
    while first:  # a file without newlines
        *lines, begun = first.split(b"\r")
        yield from lines
        more = file.read(_HEAD_BYTES)
        if (not more and begun) or len(begun) >= _LONGEST:
            yield begun
        first = begun + more if more else b""


def _unpacked(file: BinaryIO) -> io.BufferedReader | gzip.GzipFile:
    """Return a file, or what is in it where it is gzipped."""
    reader = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)  # type: ignore[type-var]
    return gzip.GzipFile(fileobj=reader) if reader.peek(2)[:2] == _GZIP else reader  # type: ignore[return-value]


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


def _is_table(head: list[str], column: str | None) -> bool:
    """Return whether a header has a column of texts, or columns of words and tags with quotes as in CSV."""
    names = (TEXT if column is None else folded(column),)
    header = header_of(head, names)
    if header is None:
        return False
    index, separator = header
    columns = next(csv.reader([head[index]], delimiter=separator))
    return any(folded(name) in names for name in columns) or not is_raw(head)


def _has_texts(head: Sequence[str], number: int) -> bool:
    """Return whether most rows have more than a word in a column that is parted by tabs, so that it holds texts."""
    rows = [line.split("\t") for line in head if line.strip()][1:]
    cells = [row[number - 1] if 0 < number <= len(row) else "" for row in rows]
    return 2 * sum(" " in cell.strip() for cell in cells) > len(cells)
