"""Rows of a large file on disk, where lists would fill the memory: read one behind the other, or by index.

Up to ``LIMIT`` rows are a list; more go to a nameless temporary file, which ends with the process, a line each. In
memory stays the place of each line, 8 bytes.
"""

import json
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from tinyner.errors import UserError

LIMIT = 5_000
"""Rows that are kept in memory; so few that 10,000 sentences cost as much each as 1,000,000."""

_Row = TypeVar("_Row")
_DECODE = json.JSONDecoder().raw_decode  # json.loads would look for the encoding and for white space around
_BATCH = 1 << 16  # bytes that are written at a time


def to_json(value: object) -> bytes:
    """Return a value as a line of JSON, without a newline."""
    return json.dumps(value).encode("ascii")


def of_json(line: bytes) -> Any:
    """Return the value of a line by ``to_json``; tuples are lists there."""
    return _DECODE(line.decode("ascii"))[0]


def spooled(
    rows: Iterable[_Row],
    to_line: Callable[[_Row], bytes],
    of_line: Callable[[bytes], _Row],
) -> Sequence[_Row]:
    """Return rows as a sequence: a list, or on disk if they are many.

    Args:
        rows: are read once.
        to_line: returns a row as bytes without a newline.
        of_line: returns the row again, an equal one.
    """
    first: list[_Row] = []
    iterator = iter(rows)
    for row in iterator:
        first.append(row)
        if len(first) > LIMIT:
            spool = Spool(of_line)
            spool.extend(map(to_line, first))
            first.clear()
            spool.extend(map(to_line, iterator))
            return spool
    return first


class Spool(Sequence[_Row], Generic[_Row]):
    """Rows in a temporary file."""

    def __init__(self, of_line: Callable[[bytes], _Row]) -> None:
        """Begin without rows; ``of_line`` returns the row of a line."""
        self._of_line = of_line
        self._file = tempfile.TemporaryFile()  # noqa: SIM115, it is closed with the object
        self._ends = array("Q", [0])  # of each line, behind its newline

    def extend(self, lines: Iterable[bytes]) -> None:
        """Write rows behind those that are there; a line has no newline in it.

        Raises:
            UserError: where the folder of temporary files can't be written.
        """
        end, batch, size = self._ends[-1], list[bytes](), 0
        self._file.seek(end)
        for line in lines:
            end += len(line) + 1
            self._ends.append(end)
            batch.append(line)
            size += len(line)
            if size > _BATCH:
                self._write(batch)
                size = 0
        self._write(batch)

    def _write(self, batch: list[bytes]) -> None:
        try:
            self._file.write(b"".join([line + b"\n" for line in batch]))
            self._file.flush()
        except OSError as error:
            raise UserError(
                f"{tempfile.gettempdir()}: a temporary file can't be written: {error.strerror}; set TMPDIR to a folder "
                "with more room"
            ) from None
        batch.clear()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[_Row]:
        """Yield the rows; several may be under way."""
        for begin in range(0, len(self), _ROWS):
            end = min(begin + _ROWS, len(self))
            block = self._bytes(begin, end)
            start = self._ends[begin]
            for index in range(begin, end):
                yield self._of_line(block[self._ends[index] - start : self._ends[index + 1] - start - 1])

    @overload
    def __getitem__(self, index: int) -> _Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[_Row]: ...

    def __getitem__(self, index: int | slice) -> _Row | Sequence[_Row]:
        """Return a row, or a view of some."""
        if isinstance(index, slice):
            return Picked(self, range(*index.indices(len(self))))
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self._of_line(self._bytes(place, place + 1)[:-1])

    def _bytes(self, begin: int, end: int) -> bytes:
        self._file.seek(self._ends[begin])
        return self._file.read(self._ends[end] - self._ends[begin])


_ROWS = 256  # that are read at a time


class Picked(Sequence[_Row], Generic[_Row]):
    """Some rows of a sequence, in an order of their own.

    >>> picked = Picked(["a", "b", "c"], [2, 0])
    >>> list(picked), picked[-1], list(picked[:1])
    (['c', 'a'], 'a', ['c'])
    """

    def __init__(self, rows: Sequence[_Row], places: Sequence[int]) -> None:
        """Take the rows, and the places of those that are in it."""
        self._rows, self._places = rows, places

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> _Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[_Row]: ...

    def __getitem__(self, index: int | slice) -> _Row | Sequence[_Row]:
        """Return a row, or a view of some."""
        if isinstance(index, slice):
            return Picked(self._rows, self._places[index])
        return self._rows[self._places[index]]


def picked(rows: Sequence[_Row], places: Sequence[int]) -> Sequence[_Row]:
    """Return some rows, in the order of the places: a list, if the rows are in memory."""
    return [rows[place] for place in places] if isinstance(rows, list) else Picked(rows, places)
