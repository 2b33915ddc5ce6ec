"""The texts of a source with their words: a text a line, or a JSON object a line."""

import bisect
import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.errors import UserError
from tinyner.files import object_of
from tinyner.predict.source import Source
from tinyner.predict.windows import WINDOW_WORDS
from tinyner.words import WHITE, places_in_sentence, sentence_places

Place = tuple[int, int]
"""A word in its text: half-open, in characters."""


@dataclass(frozen=True)
class Text:
    """One text of a source."""

    row: dict[str, Any]  # the JSON object that it came in; empty for a line of plain text
    text: str
    words: list[Place] | None  # as they were given; None: the text is to be split
    line: int  # of the source, from 1

    def sentences(self) -> list[list[Place]]:
        """Return the words of each sentence.

        Words that were given are one sentence, or several where they are too many for a window.
        """
        if self.words is None:
            return [list(places_in_sentence(self.text, *place)) for place in sentence_places(self.text)]
        if len(self.words) <= WINDOW_WORDS:
            return [self.words]
        starts = [start for start, _ in sentence_places(self.text)]
        by_sentence = itertools.groupby(self.words, key=lambda place: bisect.bisect(starts, place[0]))
        return [list(places) for _, places in by_sentence]


@dataclass
class Skipped:
    """The lines that were skipped because they could not be read."""

    count: int = 0
    first: str = ""  # where the first one is, and what is wrong with it


def read_texts(source: Source, skipped: Skipped | None = None) -> Iterator[Text]:
    """Yield the texts of a source, one line in memory at a time; blank lines are no texts.

    Args:
        source: what is read.
        skipped: where to count lines that can't be read; None: the first of them is an error.

    Raises:
        UserError: naming source and line, where a line can't be read and none is to be skipped.
    """
    for number, line in source.lines():
        try:
            text = _text(line, number, f"{source.name}:{number}", source.is_json)
        except UserError as error:
            if skipped is None:
                raise
            skipped.count += 1
            skipped.first = skipped.first or str(error)
            continue
        if text is not None:
            yield text


def _text(line: bytes, number: int, where: str, is_json: bool) -> Text | None:
    """Return the text of a line, None for a blank one."""
    try:
        content = line.decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{where}: expected UTF-8 text, found the byte {line[error.start]:#04x}") from None
    if not content.strip():
        return None
    if not is_json:
        return Text({}, content, None, number)
    try:
        row = json.loads(content, object_pairs_hook=object_of, parse_float=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if type(error) is ValueError else ""
        raise UserError(f"{where}: expected a JSON object, found {content.strip()[:40]!r}{reason}") from None
    text, words = (row.get("text"), row.get("words")) if isinstance(row, dict) else (None, None)
    if words is None and isinstance(text, str):
        return Text(row, text, None, number)
    if (
        not isinstance(words, list)
        or not all(isinstance(word, str) for word in words)
        or not isinstance(text, str | None)
    ):
        raise UserError(
            f"{where}: expected text (a string) or words (a list of strings), found {content.strip()[:40]!r}"
        )
    if text is not None:
        return Text(row, text, _aligned(words, text, where), number)
    ends = itertools.accumulate(len(word) + 1 for word in words)
    places = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]
    return Text(row, " ".join(words), places, number)


def _number(digits: str) -> float:
    """Return a number; raise a ValueError for one that JSON can't hold, NaN or Infinity, as 1e999 is."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is no number of JSON")
    return number


def _aligned(words: Sequence[str], text: str, where: str) -> list[Place]:
    """Return the places of words in the text that they were split from.

    Raises:
        UserError: where the text has other words.
    """
    places: list[Place] = []
    place = 0
    for index, word in enumerate(words):
        while word and text[place : place + 1] and text[place] in WHITE:
            place += 1
        if not text.startswith(word, place):
            raise UserError(
                f"{where}: word {index} is {word!r}, but the text goes on with {text[place : place + 20]!r}; "
                "give words of that text, or only one of the two"
            )
        places.append((place, place + len(word)))
        place += len(word)
    if text[place:].strip(WHITE):
        raise UserError(f"{where}: the text has more than the words: {text[place:].strip(WHITE)[:20]!r}")
    return places
