"""A file of the user's store: the replies to one template, and what requests cost that had no reply.

The file is the truth, and an index beside it says where each reply stands (``reply_index``). To open a file costs by
what is new in it, a look-up reads one line, and memory stays flat, however many replies there are.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from zlib import crc32

from tinyner.annotate import log_migration
from tinyner.annotate.log_lines import (
    FORMAT,
    HEADER,
    format_of,
    is_header,
    lines,
    row_of,
    say_cut,
)
from tinyner.annotate.log_state import LogState, is_of, rows_up_to
from tinyner.annotate.log_writer import LogWriter
from tinyner.annotate.reply_index import Index, Place
from tinyner.annotate.reply_rows import ReplyKey, key_hash, key_of, source_hash
from tinyner.errors import UserError
from tinyner.files import open_binary, read_at
from tinyner.rows import Reply
from tinyner.sealed_rows import DamageError, read_line, sealed


class ReplyLog:
    """The rows of one file. An append writes a whole line or raises."""

    def __init__(self, path: Path, annotator: str, *, writable: bool) -> None:
        """Read what is new in the file since its index was written.

        Args:
            path: of the file, which may not exist yet.
            annotator: whose replies it has.
            writable: whether this process holds the annotator's lock: then the index is kept, an old file is migrated.

        Raises:
            UserError: where the file can't be read, a line of it is damaged, or its format is newer.
        """
        self._path, self._annotator, self._writable = path, annotator, writable
        self._index_path = path.with_suffix(".index")
        self._writer: LogWriter | None = None
        self._descriptor: int | None = None
        self._is_checked = False  # whether the index is known to be whole
        try:
            self._format = format_of(path) if path.exists() else 0
            if self._format == 1 and writable:
                log_migration.migrate(path, annotator)
                self._format = format_of(path)
            if path.exists():
                self._open_for_reading()
        except OSError as error:
            raise UserError(f"{path}: can't be read: {error.strerror}; see TINYNER_REPLIES") from None
        self._index = self._opened_index()

    def _open_for_reading(self) -> None:
        self._descriptor = open_binary(self._path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    # The index.

    def _opened_index(self) -> Index:
        """Return the index with all rows of the file; it is made anew where the one on the disk is of another file."""
        former = LogState()
        if self._format != 1 and self._index_path.exists():
            try:
                self._index = Index(self._index_path, writable=self._writable)
                former = LogState.of(self._index.state)
                if is_of(self._index.state, self._descriptor):
                    self.state = former
                    self._read()
                    return self._index
                self._index.close()
            except (sqlite3.Error, KeyError, TypeError, ValueError):
                pass
        self._rebuild()
        if former.rows and former.rows > rows_up_to(former.last, self._descriptor):
            print(f"{self._path}: rows are gone that were there before; replies among them are asked again", flush=True)
        return self._index

    def _write_index(self) -> None:
        status = None if self._descriptor is None else os.fstat(self._descriptor)
        is_all = status is not None and status.st_size == self.state.end
        self._index.write(self.state.stored_at(status.st_mtime_ns if status and is_all else 0))

    def _rebuild(self) -> None:
        """Make the index anew from the whole file."""
        name = self._index_path.name
        path = self._index_path.with_name(f".{name}.{os.getpid()}.tmp")
        if self._writable and self._format != 1:
            try:
                for leftover in path.parent.glob(f".{name}.*"):  # of processes that were killed
                    leftover.unlink()
                self._fill(Index(path, writable=True))
                self._index.close()
                path.with_name(f"{name}-journal").unlink(missing_ok=True)  # of the index that is replaced
                path.replace(self._index_path)
                self._index = Index(self._index_path, writable=True)
            except (sqlite3.Error, OSError):
                pass  # the folder can't be written: a temporary index will do
            else:
                return
            finally:
                path.unlink(missing_ok=True)
        self._fill(Index(None, writable=True))

    def _fill(self, index: Index) -> None:
        self._index, self._is_checked = index, True
        self.state = LogState()
        self._read()

    def _read(self, stop: int | None = None) -> None:
        """Add to the index what stands in the file after its end, up to ``stop``.

        Raises:
            UserError: where a line is damaged.
        """
        cut = []
        if self._descriptor is not None:
            for line in lines(self._descriptor, self.state.end, stop):
                row = row_of(self._path, line, self._annotator, needs_checksum=self._format != 1)
                if row is None:
                    if line.is_last and not self._writable:
                        break  # another process may be about to write the rest
                    cut.append(line.offset)
                elif not is_header(row):
                    self._add(row, Place.of(line.offset, line.content))
                self.state.end = line.end
                if self._index.is_full:
                    self._write_index()
        if self._index.state.get("end") != self.state.end:
            self._write_index()
        say_cut(self._path, cut)

    def _add(self, row: Mapping[str, Any], place: Place) -> None:
        hashed = self.state.add(row, place)
        if hashed is not None:
            self._index.add(hashed, place)

    # Look-ups.

    def get(self, key: ReplyKey) -> Reply | None:
        """Return the reply to a request, the first where there are several; None where there is none."""
        row = self._find(key_hash(self._annotator, key), lambda row: "reply" in row and key_of(row) == key)
        return cast(Reply | None, row)

    def has_source(self, source: str) -> bool:
        """Return whether the report of a loss was recorded."""
        return self._find(source_hash(source), lambda row: row.get("source") == source) is not None

    def _find(self, hashed: int, fits: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any] | None:
        """Return the first row under a hash that fits; where file and index differ, the index is made anew first.

        Raises:
            UserError: where they differ since a line is damaged.
        """
        rows = self._indexed(hashed)
        fitting = next((row for row in rows if row is not None and fits(row)), None)
        if fitting is not None and None not in rows:
            return fitting
        if rows:
            self._rebuild()
        else:
            self._check_index()
        rows = self._indexed(hashed)
        return next((row for row in rows if row is not None and fits(row)), None)

    def _check_index(self) -> None:
        """Make the index anew where it is damaged: what is missing there would be paid for again."""
        if not self._is_checked and not self._index.is_whole():
            self._rebuild()
        self._is_checked = True

    def _indexed(self, hashed: int) -> list[dict[str, Any] | None]:
        try:
            return [self._row_at(place) for place in self._index.find(hashed)]
        except sqlite3.Error:
            return [None]

    def _row_at(self, place: Place) -> dict[str, Any] | None:
        """Return the row at a place, None where something else stands there."""
        if self._descriptor is None:
            return None
        line = read_at(self._descriptor, place.length, place.offset)
        if crc32(line) != place.crc:
            return None
        try:
            return read_line(line, needs_checksum=self._format != 1)
        except DamageError:
            return None

    def replies_to(self, prompts: Collection[str]) -> Iterator[Reply]:
        """Yield the replies to prompts, by their sha256, in the order of the file; one for each key.

        Raises:
            UserError: where a line is damaged.
        """
        if self._descriptor is None:
            return
        self._check_index()
        for line in lines(self._descriptor, 0, self.state.end):
            row = row_of(self._path, line, self._annotator, needs_checksum=self._format != 1)
            if row is not None and "reply" in row and row["prompt_sha256"] in prompts:
                places = self._index.find(key_hash(self._annotator, key_of(row)))
                if places and places[0].offset == line.offset:
                    yield cast(Reply, row)

    # Appends.

    def append(self, row: Mapping[str, Any]) -> None:
        """Append a row; the operating system has the line when this returns.

        Raises:
            UserError: where it can't be written.
        """
        self.check_writable()
        assert self._writer is not None
        line = sealed(row)
        offset = self._writer.append(line)
        if offset != self.state.end + 1:  # a first row, or what another process appended
            self._read(offset - 1)
        self._add(row, Place.of(offset, line))
        self.state.end = offset + len(line) + 1
        if self._index.is_full:
            self._write_index()

    def check_writable(self) -> None:
        """Open the file for appending; it is made where it is not there.

        Raises:
            UserError: where that can't be done.
        """
        if self._writer is None:
            self._writer = LogWriter(self._path)
        if self._format == 0:
            self._writer.begin(HEADER)
            self._format = FORMAT
        if self._descriptor is None:
            self._open_for_reading()

    def sync(self) -> None:
        """Sync what was appended to the disk, and write the index."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._write_index()

    def seal(self) -> None:
        """Write the index no more: this process has given the annotator's lock away."""
        self._writable = False
        self._index.seal()
