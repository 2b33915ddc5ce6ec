"""Read texts from a file, and find the words in them."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.words import word_places


@dataclass(frozen=True)
class Text:
    """One text of a file."""

    row: dict[str, Any]  # the JSON object that it came in; empty for a line of plain text
    text: str
    places: list[tuple[int, int]]  # of its words: half-open, in characters

    def words(self) -> list[str]:
        """Return the words."""
        return [self.text[begin:end] for begin, end in self.places]


def read_texts(path: Path) -> Iterator[Text]:
    """Read a file of JSON lines with ``text`` or ``words`` if its name ends in .jsonl, else of a text a line.

    Blank lines are skipped. One line is in memory at a time.

    Raises:
        UserError: naming file and line, where the file can't be read or a line has another form.
    """
    for number, line in _numbered_lines(path):
        if line.strip():
            yield _json_text(path, number, line) if path.suffix == ".jsonl" else Text({}, line, word_places(line))


def _json_text(path: Path, number: int, line: str) -> Text:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UserError(f"{path}:{number}: expected a JSON object, found {line.strip()[:40]!r}") from None
    words = row.get("words") if isinstance(row, dict) else None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        ends = itertools.accumulate(len(word) + 1 for word in words)
        places = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]
        return Text(row, " ".join(words), places)
    if isinstance(row, dict) and isinstance(row.get("text"), str):
        return Text(row, row["text"], word_places(row["text"]))
    raise UserError(
        f"{path}:{number}: expected text (a string) or words (a list of strings), found {line.strip()[:40]!r}"
    )


def _numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    with file:
        for number, line in enumerate(file, 1):
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise UserError(
                    f"{path}:{number}: expected UTF-8 text, found the byte {line[error.start]:#04x}"
                ) from None
