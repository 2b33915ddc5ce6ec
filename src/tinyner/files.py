"""Read and write files: atomic writes, JSON lines, JSON, CSV, sha256, the cache folder."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any

from tinyner import pipeline_files
from tinyner.errors import UserError
from tinyner.unfinished import check_writable, scratch, unfinished_file


def sha256_text(text: str) -> str:
    """Return the hexadecimal sha256 of the UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the hexadecimal sha256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache() -> Path:
    """Return the folder outside the repository where downloads and trained cells are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("TINYNER_CACHE") or Path(base) / "tinyner")


def open_binary(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file by the system's flags, and return its descriptor; no system changes its line ends.

    Windows would: it takes a descriptor for text unless it is told otherwise. ``mode`` is that of a new file.
    """
    return os.open(path, flags | getattr(os, "O_BINARY", 0), mode)


def read_at(descriptor: int, length: int, offset: int) -> bytes:
    """Return at most ``length`` bytes of a file from ``offset`` on, whoever else reads it."""
    if hasattr(os, "pread"):
        return os.pread(descriptor, length, offset)
    with _SEEKING:  # on Windows
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)


_SEEKING = Lock()


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that replaces ``path`` when the block ends without an error, and not before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_file(path) as file:
        yield file


@contextmanager
def output(path: Path) -> Iterator[IO[bytes]]:
    """Open the file of a command's option ``-o`` for writing, as ``atomic`` does.

    Raises:
        UserError: if the path can't be written, naming it and the reason.
    """
    _check_kind(path)
    try:
        with atomic(path) as file:
            yield file
    except OSError as error:
        raise _not_writable(path, error) from None


def check_output(path: Path | None) -> None:
    """Check that ``output`` could write a path, before the work that comes first; nothing is left of the attempt.

    Args:
        path: of the option ``-o``; None: standard output.

    Raises:
        UserError: if it can't be written, naming it and the reason.
    """
    if path is None:
        return
    _check_kind(path)
    try:
        if path.parent.is_dir():
            check_writable(path)
        else:  # the folders above are made when the file is
            there = next(folder for folder in path.parents if folder.exists())
            with scratch(there, ".tinyner-"):
                pass
    except OSError as error:
        raise _not_writable(path, error) from None


def _check_kind(path: Path) -> None:
    """Check that a path is not that of a folder or a device, which a file must not replace.

    Raises:
        UserError: if it is, or can't be looked at.
    """
    try:
        if path.is_dir():
            raise UserError(f"-o {path}: is a folder; name a file in it")
        if path.exists() and not path.is_file():
            raise UserError(f"-o {path}: is no regular file; name another")
    except OSError as error:  # of a name that is too long
        raise _not_writable(path, error) from None


def _not_writable(path: Path, error: OSError) -> UserError:
    return UserError(f"-o {path}: can't be written: {error.strerror}; name another file")


def line_of(row: Mapping[str, Any]) -> bytes:
    """Return a row as a line of JSON; where it has half a surrogate pair, non-ASCII is escaped: UTF-8 can't hold it."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode() + b"\n"


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines atomically, keys in their order; no rows make a blank line, as DVC warns of empty files."""
    lines = map(line_of, rows)
    with atomic(path) as file:
        file.write(next(lines, b"\n"))
        file.writelines(lines)


@contextmanager
def rows_file(path: Path) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Open a file of JSON lines, and yield what writes a row into it; it is as ``write_rows`` writes it."""
    with atomic(path) as file:

        def write(row: Mapping[str, Any]) -> None:
            file.write(line_of(row))

        yield write
        if not file.tell():
            file.write(b"\n")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document atomically, indented, with a newline at the end."""
    with atomic(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file atomically; None is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with atomic(path) as file:
        file.write(text.getvalue().encode())


def object_of(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object from its pairs, for a decoder's ``object_pairs_hook``.

    >>> json.loads('{"text": "a", "id": "b"}', object_pairs_hook=object_of)
    {'text': 'a', 'id': 'b'}

    Raises:
        ValueError: where a key stands twice, as a value would be lost.
    """
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return row


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON lines file, each with its line number from 1; blank lines are skipped.

    Raises:
        UserError: if the file is missing, not UTF-8 or not of JSON objects, naming file and line.
    """
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}:{number}: expected a JSON object, found {line.strip()[:40]!r} ({error})") from None
        if not isinstance(row, dict):
            raise UserError(f"{path}:{number}: expected a JSON object, found a {type(row).__name__}")
        yield number, row


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; of an output of the pipeline, what its stage wrote.

    Raises:
        UserError: if it is missing, can't be read, or is an output that is not as its stage wrote it.
    """
    try:
        data = path.read_bytes()
        pipeline_files.check(path)
    except FileNotFoundError:
        raise UserError(pipeline_files.missing(path)) from None
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    return data


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, split at newlines only, without a byte-order mark.

    Raises:
        UserError: if the file is not UTF-8, naming file and line; see ``read_bytes``.
    """
    for number, line in enumerate(_byte_lines(path), 1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise UserError(f"{path}:{number}: expected UTF-8 text, found the byte {line[error.start]:#04x}") from None


def _byte_lines(path: Path) -> Iterator[bytes]:
    """Yield what stands between newlines, the last one empty where the file ends in a newline; one is in memory."""
    try:
        with path.open("rb") as file:
            pipeline_files.check(path)
            line = file.readline().removeprefix(b"\xef\xbb\xbf")
            while line.endswith(b"\n"):
                yield line[:-1]
                line = file.readline()
            yield line
    except FileNotFoundError:
        raise UserError(pipeline_files.missing(path)) from None
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None


def load(path: str | Path) -> list[Any]:
    """Return all rows of a JSON lines file; ``tinyner.rows`` has their shapes."""
    return [row for _, row in read_rows(Path(path))]
