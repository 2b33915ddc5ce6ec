"""The lines of a store's file, and the errors that name one.

A file begins with a row that names its format. Every append is a newline, a row and a newline, so a line that is
followed at once by another, or by nothing, may be one that a killed writer left unfinished.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyner.annotate.reply_rows import kind_of
from tinyner.errors import UserError, listed
from tinyner.files import open_binary, read_at
from tinyner.sealed_rows import DamageError, is_cut, read_line, sealed

FORMAT = 2
"""The newest format that is read, and the one that is written; files of format 1 have no first row and no checksums."""
HEADER = sealed({"tinyner_replies": FORMAT})

_COST = re.compile(rb'"cost_usd": ([0-9.e+-]+)')
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Line:
    """A line that is not blank: where it begins, its bytes without the newline.

    ``is_last`` says that the file ends with it, without a newline; ``is_ended``, that the newline which was appended
    with it is there.
    """

    offset: int
    content: bytes
    is_ended: bool
    is_last: bool = False

    @property
    def end(self) -> int:
        """Where the next line begins."""
        return self.offset + len(self.content) + self.is_ended

    @property
    def is_cut(self) -> bool:
        """Whether a writer was killed before it had written all of it."""
        return not self.is_ended and is_cut(self.content)


def lines(descriptor: int, start: int, stop: int | None = None) -> Iterator[Line]:
    """Yield the lines of an open file that begin between two offsets, blank ones left out."""
    offset = start
    last: tuple[int, bytes] | None = None
    for content, has_newline in _raw_lines(descriptor, start):
        is_blank = not content.strip()
        if last is not None:
            yield Line(*last, is_ended=is_blank)
            last = None
        if stop is not None and offset >= stop:
            return
        if not is_blank and has_newline:
            last = offset, content
        elif not is_blank:
            yield Line(offset, content, is_ended=False, is_last=True)
        offset += len(content) + has_newline
    if last is not None:
        yield Line(*last, is_ended=True)


def _raw_lines(descriptor: int, start: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the lines from an offset on, each with whether there is a newline after it."""
    rest = b""
    while block := read_at(descriptor, _BLOCK, start):
        start += len(block)
        *contents, rest = (rest + block).split(b"\n")
        for content in contents:
            yield content, True
    if rest:
        yield rest, False


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Open a file for reading."""
    descriptor = open_binary(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def format_of(path: Path) -> int:
    """Return the format of a file, 0 where it has no row yet.

    Raises:
        UserError: where the format is newer than this program.
    """
    with opened(path) as descriptor:
        for line in lines(descriptor, 0):
            if is_header_cut(line):
                continue
            try:
                row = read_line(line.content)
            except DamageError:
                return 1
            number = row.get("tinyner_replies", 1)
            if not isinstance(number, int) or number > FORMAT:
                raise UserError(
                    f"{path}: its replies are of format {number}, this tinyner reads up to format {FORMAT}; update it"
                )
            return number
    return 0


def is_header_cut(line: Line) -> bool:
    """Return whether a line is the beginning of the first row, whose writer was killed."""
    return not line.is_ended and HEADER.startswith(line.content) and line.content != HEADER


def is_header(row: dict[str, Any]) -> bool:
    """Return whether a row is the one that names the format."""
    return "tinyner_replies" in row


def row_of(path: Path, line: Line, annotator: str, *, needs_checksum: bool) -> dict[str, Any] | None:
    """Return the row of a line of an annotator's file, None where a killed writer left it unfinished.

    Raises:
        UserError: where it is damaged otherwise.
    """
    if is_header_cut(line):
        return None
    try:
        row = read_line(line.content.strip(), needs_checksum=needs_checksum)
        if not is_header(row):
            kind_of(row, annotator)
    except DamageError as error:
        if line.is_cut:
            return None
        raise damaged(path, line, str(error)) from None
    return row


def damaged(path: Path, line: Line, why: str) -> UserError:
    """Return the error that names a damaged line: why, and what to do."""
    number, content = line_number(path, line.offset), line.content
    if b'"tinyner_replies"' in content:
        cure = "delete that line: every other row is checked, and the file gets a new first line"
    elif b'"asked_usd"' in content or b'"lost_usd"' in content:
        cure = "delete that line: what it says was paid for no reply is then not counted any more"
    else:
        cost = _COST.search(content)
        price = f" for about ${float(cost[1]):.4f}" if cost and _is_number(cost[1]) else ""
        cure = f"delete that line: its sentence is asked again{price}"
    trust = (
        "; if you trust it, delete the file's first row: all rows then get checksums"
        if "has no checksum" in why
        else ""
    )
    return UserError(f"{path}:{number}: {why}; restore the file from a backup, or {cure}{trust}")


def say_cut(path: Path, offsets: Sequence[int]) -> None:
    """Print which lines a killed writer left unfinished, if any."""
    if offsets:
        numbers = [str(line_number(path, offset)) for offset in offsets]
        which = f"line {numbers[0]} was" if len(numbers) == 1 else f"lines {listed(numbers)} were"
        print(f"{path}: {which} cut off when a writer was killed; a reply there is asked again", flush=True)


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def line_number(path: Path, offset: int) -> int:
    """Return the number, from 1, of the line at an offset."""
    number = 1
    with path.open("rb") as file:
        while offset > 0 and (block := file.read(min(offset, _BLOCK))):
            number += block.count(b"\n")
            offset -= len(block)
    return number
