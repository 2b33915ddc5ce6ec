"""Where each row stands in a file: an SQLite table that may be deleted at any time, and is made anew from the file.

Nothing that it says is believed: whoever looks a key up compares what stands at the place with it. Before a row
counts as missing, ``is_whole`` compares the sums of the columns with those that were kept as the table was filled.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from zlib import crc32

from tinyner.files import open_binary
from tinyner.sealed_rows import DamageError, read_line, sealed

_UNWRITTEN = 20_000  # places that are kept in memory before they are written
_CACHE_KIB = 16_000
_BUSY_SECONDS = 60.0
_TABLE = "(key INTEGER, offset INTEGER, length INTEGER, crc INTEGER, PRIMARY KEY (key, offset)) WITHOUT ROWID"
_LOW = 0xFFFFFFFF
# The key has 64 bits, whose sum would overflow: one for each half.
_SUMS = f"""
    SELECT count(*), sum(key & {_LOW}), sum((key >> 32) & {_LOW}), sum(offset), sum(length), sum(crc) FROM main.places
"""  # noqa: S608, ours


class Place(NamedTuple):
    """Where a line stands: its first byte, its length without the newline, its CRC-32."""

    offset: int
    length: int
    crc: int

    @classmethod
    def of(cls, offset: int, line: bytes) -> "Place":
        """Return the place of a line."""
        return cls(offset, len(line), crc32(line))


class Index:
    """The places of rows by the hashes of their keys, and a state: what its user notes of the file beside them."""

    def __init__(self, path: Path | None, *, writable: bool) -> None:
        """Open an index, or make an empty one.

        Args:
            path: its file; None: a temporary one, which SQLite deletes.
            writable: whether the file may be written; else places that are added are kept elsewhere.

        Raises:
            sqlite3.Error: where the file is no index, is damaged, or can't be read.
            OSError: where it can't be made.
        """
        is_new = path is None or (writable and not path.exists())
        if is_new and path is not None:
            os.close(open_binary(path, os.O_WRONLY | os.O_CREAT))
        address = "" if path is None else f"file:{quote(str(path.absolute()))}?mode={'rwc' if writable else 'ro'}"
        self._connection = sqlite3.connect(
            address, uri=path is not None, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )
        self.close: Callable[[], object] = weakref.finalize(self, self._connection.close)
        self._writable = writable or path is None
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._connection.execute("PRAGMA synchronous = OFF")  # a power cut may damage it, which is noticed
        if is_new:
            self._connection.execute("BEGIN")
            self._connection.execute(f"CREATE TABLE places {_TABLE}")
            self._connection.execute("CREATE TABLE state (content BLOB)")
            self._connection.execute("INSERT INTO state VALUES (?)", (sealed({"sums": [0] * 6}),))
            self._connection.execute("COMMIT")
        self._has_temporary = False
        self._unwritten: dict[int, list[Place]] = {}
        self._count, self._most = 0, float(_UNWRITTEN)  # of unwritten places
        self._content = self._stored_content()
        self.state = self._state_in(self._content)

    def _stored_content(self) -> bytes:
        (content,) = self._connection.execute("SELECT content FROM state").fetchone() or (b"",)
        return content if isinstance(content, bytes) else b""

    def _state_in(self, content: bytes) -> dict[str, Any]:
        try:
            return read_line(content)
        except DamageError as error:
            raise sqlite3.DatabaseError(f"the state {error}") from None

    def find(self, key: int) -> list[Place]:
        """Return the places that a key has, in the order of the file.

        Raises:
            sqlite3.Error: where the index is damaged.
        """
        places = self._select("main", key)
        if self._has_temporary:
            places += self._select("temp", key)
        if self._unwritten:
            places += self._unwritten.get(key, ())
        return places

    def _select(self, schema: str, key: int) -> list[Place]:
        query = f"SELECT offset, length, crc FROM {schema}.places WHERE key = ? ORDER BY offset"  # noqa: S608, ours
        return [Place(*row) for row in self._connection.execute(query, (key,))]

    def add(self, key: int, place: Place) -> None:
        """Add a place, which comes after all others of its key."""
        self._unwritten.setdefault(key, []).append(place)
        self._count += 1

    @property
    def is_full(self) -> bool:
        """Whether so many places are unwritten that it is time to write them."""
        return self._count >= self._most

    def write(self, state: Mapping[str, Any]) -> None:
        """Write the added places to the disk, with the state that they bring about; where that can't be, keep them."""
        try:
            if self._writable and not self._write(state):
                self._writable = False
            if not self._writable and self.is_full:
                self._write_temporary()
        except sqlite3.Error:  # the disk is full, say
            self._writable, self._most = False, float("inf")

    def seal(self) -> None:
        """Write nothing any more: another process may do so from now on."""
        self._writable = False

    def _write(self, state: Mapping[str, Any]) -> bool:
        """Write places and state; return False, with nothing written, where another process has written since."""
        rows = self._sorted()
        sums = list(self.state["sums"])
        for key, *place in rows:
            for column, value in enumerate((1, key & _LOW, key >> 32 & _LOW, *place)):
                sums[column] += value
        new_state = {**state, "sums": sums}
        content = sealed(new_state)
        with self._transaction():
            if self._stored_content() != self._content:
                return False
            self._connection.executemany("INSERT INTO main.places VALUES (?, ?, ?, ?)", rows)
            self._connection.execute("UPDATE state SET content = ?", (content,))
        self._content, self.state = content, new_state
        self._forget()
        return True

    def _write_temporary(self) -> None:
        rows = self._sorted()
        if not self._has_temporary:
            self._connection.execute(f"CREATE TEMP TABLE places {_TABLE}")
            self._has_temporary = True
        with self._transaction():
            self._connection.executemany("INSERT INTO temp.places VALUES (?, ?, ?, ?)", rows)
        self._forget()

    def _sorted(self) -> list[tuple[int, int, int, int]]:
        return sorted((key, *place) for key, places in self._unwritten.items() for place in places)

    def _forget(self) -> None:
        self._unwritten.clear()
        self._count = 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def is_whole(self) -> bool:
        """Return whether the table has what was ever written to it, and nothing else; it reads all of the table."""
        try:
            self._connection.execute("BEGIN")  # state and places of the same moment
            try:
                expected: list[int] = self._state_in(self._stored_content())["sums"]
                sums = [value or 0 for value in self._connection.execute(_SUMS).fetchone()]
            finally:
                self._connection.execute("COMMIT")
        except sqlite3.Error:
            return False
        return sums == expected
