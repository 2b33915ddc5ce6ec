"""The replies in data/recorded/, which is in git and never written: looked up by an index in the cache.

Its files have rows of several annotators, one reply a line, without checksums; a file of the user's store may be
copied there as well. ``SHA256SUMS`` lists files whose bytes are checked whenever they are read.
"""

import os
import re
import sqlite3
import weakref
from bisect import bisect_right
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from zlib import crc32

from tinyner.annotate.log_lines import is_header, line_number
from tinyner.annotate.reply_index import Index, Place
from tinyner.annotate.reply_rows import TEXT_FIELDS, ReplyKey, key_hash, key_of, kind_of
from tinyner.errors import UserError
from tinyner.files import cache, open_binary, read_at, sha256_file, sha256_text
from tinyner.rows import Reply
from tinyner.sealed_rows import FIELD, DamageError, read_line
from tinyner.unfinished import scratch

RECORDED = Path("data/recorded")
SUMS = RECORDED / "SHA256SUMS"
_BOM = b"\xef\xbb\xbf"
_SMALL = 1 << 20  # bytes: a smaller folder is read again each time
_KEPT = 8  # indices in the cache
_LINE_OF_SUMS = re.compile(r"([0-9a-f]{64}) [ *](.+)")


class Recorded:
    """The recorded replies of all annotators.

    The index holds them as if the files, by name, were joined to one: a place's offset counts from the first's begin.
    """

    def __init__(self) -> None:
        """Check the files against SHA256SUMS, and read those that no index in the cache is of.

        Raises:
            UserError: where a file is not as SHA256SUMS says, or has a row that is no reply.
        """
        self._paths = sorted(RECORDED.rglob("*.jsonl"))
        digests = _checked_digests(self._paths)
        self._starts = [0]
        for path in self._paths:
            self._starts.append(self._starts[-1] + path.stat().st_size)
        self._descriptors: dict[int, int] = {}  # by the file's number
        identity = sha256_text("".join(f"{digest} {path}\n" for path, digest in zip(self._paths, digests, strict=True)))
        folder = cache() / "recorded"
        self._index_path = folder / f"{identity[:32]}.index" if self._starts[-1] >= _SMALL else None
        self._index = self._opened_index()

    def _opened_index(self) -> Index:
        if self._index_path is not None and self._index_path.exists():
            try:
                index = Index(self._index_path, writable=False)
                os.utime(self._index_path)
                if index.is_whole():
                    return index
                index.close()
            except (sqlite3.Error, OSError):
                pass
        return self._filled_index()

    def _filled_index(self) -> Index:
        path = self._index_path
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with scratch(path.parent, ".index-") as place:
                    index = Index(place / path.name, writable=True)
                    self._fill(index)
                    index.close()
                    (place / path.name).replace(path)
                for old in sorted(path.parent.glob("*.index"), key=os.path.getmtime)[:-_KEPT]:
                    old.unlink(missing_ok=True)
                return Index(path, writable=False)
            except (sqlite3.Error, OSError):
                pass  # the cache can't be written: a temporary index will do
        index = Index(None, writable=True)
        self._fill(index)
        return index

    def _fill(self, index: Index) -> None:
        for number, path in enumerate(self._paths):
            for offset, line, row in _replies(path):
                index.add(key_hash(row["annotator"], key_of(row)), Place.of(self._starts[number] + offset, line))
                if index.is_full:
                    index.write({})
        index.write({})

    def get(self, annotator: str, key: ReplyKey) -> Reply | None:
        """Return the first recorded reply to a request, None where there is none."""
        for place in self._index.find(key_hash(annotator, key)) if self._paths else ():
            row = self._row_at(place)
            if row["annotator"] == annotator and key_of(row) == key:
                return cast(Reply, row)
        return None

    def _row_at(self, place: Place) -> dict[str, Any]:
        number = bisect_right(self._starts, place.offset) - 1
        if number not in self._descriptors:
            self._descriptors[number] = open_binary(self._paths[number], os.O_RDONLY)
            weakref.finalize(self, os.close, self._descriptors[number])
        line = read_at(self._descriptors[number], place.length, place.offset - self._starts[number])
        if crc32(line) != place.crc:
            raise UserError(f"{self._paths[number]}: was changed while it was read; run again")
        return read_line(line, needs_checksum=False)

    def replies_to(self, annotator: str, prompts: Collection[str]) -> Iterator[Reply]:
        """Yield an annotator's recorded replies to prompts, by their sha256; one for each key."""
        for start, path in zip(self._starts, self._paths, strict=False):
            for offset, _, row in _replies(path):
                if row["annotator"] == annotator and row["prompt_sha256"] in prompts:
                    first = self._index.find(key_hash(annotator, key_of(row)))[0]
                    if first.offset == start + offset:
                        yield cast(Reply, row)


def texts_to(prompts: Collection[str]) -> list[str]:
    """Return the recorded replies of all annotators to prompts, by their sha256: their texts.

    Raises:
        UserError: where a file has a row that is no reply.
    """
    paths = sorted(RECORDED.rglob("*.jsonl"))
    return [row["reply"] for path in paths for _, _, row in _replies(path) if row["prompt_sha256"] in prompts]


def _replies(path: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """Yield the replies of a recorded file, each with its offset and its line.

    Raises:
        UserError: where a line is no reply, nor a row of a store's file, naming file and line.
    """
    offset, is_of_store = 0, False
    with path.open("rb") as file:
        for raw in file:
            line = raw.removeprefix(_BOM) if offset == 0 else raw
            begin = offset + len(raw) - len(line)
            offset += len(raw)
            line = line.removesuffix(b"\n")
            if not line.strip():
                continue
            try:
                line.decode()
                row = read_line(line, needs_checksum=is_of_store)
                if is_header(row):
                    is_of_store = True
                elif _is_reply(row, line):
                    yield begin, line, row
            except UnicodeDecodeError as error:
                why = f"expected UTF-8 text, found the byte {line[error.start]:#04x}"
                raise UserError(f"{path}:{line_number(path, begin)}: {why}") from None
            except DamageError as error:
                raise UserError(
                    f"{path}:{line_number(path, begin)}: {error}; restore that line, or delete it"
                ) from None


def _is_reply(row: dict[str, Any], line: bytes) -> bool:
    """Return whether a row is a reply, False for the others of a store's file.

    Raises:
        DamageError: where it is neither.
    """
    with suppress(DamageError):
        if kind_of(row) == "reply" and isinstance(row.get("id"), str):
            return True
        if FIELD in line:
            return False
    raise DamageError(f"expected a reply with id, reply, {', '.join(TEXT_FIELDS)}")


def _checked_digests(paths: Collection[Path]) -> list[str]:
    """Return the sha256 of each file.

    Raises:
        UserError: where SHA256SUMS has another for it, names a file that is not there, or can't be read.
    """
    sums = {}
    if SUMS.exists():
        for number, line in enumerate(SUMS.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            match = _LINE_OF_SUMS.fullmatch(line)
            if match is None:
                raise UserError(f"{SUMS}:{number}: expected a line of sha256sum, found {line[:40]!r}")
            sums[RECORDED / match[2].removeprefix("./")] = match[1], number
    digests = []
    for path in paths:
        digests.append(sha256_file(path))
        expected, number = sums.pop(path, (digests[-1], 0))
        if expected != digests[-1]:
            raise UserError(
                f"{path}: its bytes are not those that {SUMS}:{number} names: restore it (git checkout {path}), or, "
                "if you changed it on purpose, delete that line"
            )
    for path, (_, number) in sums.items():
        if not path.exists():
            raise UserError(
                f"{SUMS}:{number}: names {path}, which is not here: restore it (git checkout {RECORDED}), or, if you "
                "removed it on purpose, delete that line"
            )
    return digests
