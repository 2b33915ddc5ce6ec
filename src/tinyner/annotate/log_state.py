"""What is known of a file of the store from its rows so far: how far it was read, its money, its last row."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tinyner.annotate.log_lines import HEADER, lines
from tinyner.annotate.reply_index import Place
from tinyner.annotate.reply_rows import ReplyKey, key_hash, key_of, kind_of, source_hash
from tinyner.files import read_at
from tinyner.sealed_rows import FIELD


@dataclass
class LogState:
    """The sums over the rows of a file up to ``end``, where its next line begins. Money is in US dollars."""

    end: int = 0
    last: Place = field(default_factory=lambda: Place(0, 0, 0))  # of the last row
    rows: int = 0
    lost_usd: float = 0.0  # may have been paid for replies that never came
    asked_usd: dict[ReplyKey, float] = field(default_factory=dict)  # the most that unanswered requests may cost

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "LogState":
        """Return the state that ``stored_at`` gave.

        Raises:
            KeyError, TypeError, ValueError: where it is none.
        """
        asked_usd: dict[ReplyKey, float] = {(key[0], key[1], key[2]): usd for *key, usd in stored["asked_usd"]}
        return cls(stored["end"], Place(*stored["last"]), stored["rows"], stored["lost_usd"], asked_usd)

    def stored_at(self, mtime_ns: int) -> dict[str, Any]:
        """Return the state as JSON, with the time when the file was changed last, 0 where it has more than this."""
        asked_usd = [[*key, usd] for key, usd in self.asked_usd.items()]
        return {**vars(self), "asked_usd": asked_usd, "mtime_ns": mtime_ns}

    def add(self, row: Mapping[str, Any], place: Place) -> int | None:
        """Add a row, which stands at a place; return the hash under which it is looked up, None where it never is."""
        kind, key = kind_of(row), key_of(row)
        self.last, self.rows = place, self.rows + 1
        if kind == "asked_usd":
            self.asked_usd[key] = row["asked_usd"]
            return None
        self.asked_usd.pop(key, None)
        if kind == "reply":
            return key_hash(row["annotator"], key)
        self.lost_usd += row["lost_usd"]
        return source_hash(row["source"]) if row.get("source") else None


def is_of(stored: Mapping[str, Any], descriptor: int | None) -> bool:
    """Return whether a stored state is of an open file, which may have grown since; None: of a file that isn't there.

    Raises:
        KeyError, TypeError: where it is no state.
    """
    if descriptor is None or "end" not in stored:
        return stored.get("end") == 0
    status, last = os.fstat(descriptor), Place(*stored["last"])
    if status.st_size < stored["end"] or (status.st_size == stored["end"] and status.st_mtime_ns != stored["mtime_ns"]):
        return False
    return crc32(read_at(descriptor, last.length, last.offset)) == last.crc


def rows_up_to(last: Place, descriptor: int | None) -> int:
    """Return how many rows of an open file stand up to the last one with the length and checksum of ``last``.

    It is 0 where there is no such row: nobody knows then how many of the others are gone.
    """
    rows = count = 0
    for line in () if descriptor is None else lines(descriptor, 0):
        rows += FIELD in line.content and not line.is_cut and line.content != HEADER
        if Place.of(0, line.content)[1:] == last[1:]:
            count = rows
    return count
