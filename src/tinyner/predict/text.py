"""A text with its words, and the row of a file that it comes from."""

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from tinyner.errors import UserError
from tinyner.predict.windows import WINDOW_WORDS
from tinyner.words import WHITE, places_in_sentence, sentence_places

Place = tuple[int, int]
"""A word in its text: half-open, in characters."""

TEXT, WORDS, TOKENS = "text", "words", "tokens"
"""Keys of a row under which its text or its words stand."""


@dataclass(frozen=True)
class Text:
    """A text of a source."""

    row: Mapping[str, Any]  # what it came with, under keys as in JSON; empty for a line of plain text
    text: str
    words: list[Place] | None  # as they were given; None: the text is to be split
    line: int  # of the source, from 1
    file: str = ""  # its name, where several are read

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


TextOrError = Text | UserError
"""What a reader yields: a text, or why a line is none."""


def free_key(row: Mapping[str, Any], first: str, second: str) -> str:
    """Return a key that the row has not: the first, else the second, else the second with a number.

    >>> [free_key(row, "line", "input_line") for row in ({"id": 7}, {"line": 7}, {"line": 7, "input_line": 1})]
    ['line', 'input_line', 'input_line_2']
    """
    keys = itertools.chain((first, second), (f"{second}_{number}" for number in itertools.count(2)))
    return next(key for key in keys if key not in row)


def are_texts(value: object) -> TypeGuard[list[str]]:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def text_of_row(row: object, number: int, where: str, column: str | None, content_text: str) -> Text:
    """Return the text of a row.

    The output has the text as ``text``. So a row's text under another key moves there, and what the row has as
    ``text`` beside it moves to ``input_text``.

    Args:
        row: an object as JSON has it.
        number: of its line.
        where: file and line, for messages.
        column: the key of its text or its words; None: ``text`` or ``words``, or ``tokens`` where it has neither.
        content_text: the row as it is written, for messages.

    Raises:
        UserError: where it has neither, or its words are not those of its text.
    """
    content: Mapping[str, Any] = row if isinstance(row, dict) else {}
    if column is None:
        text, words = content.get(TEXT), content.get(WORDS)
        if text is None and words is None and are_texts(content.get(TOKENS)):
            words = content[TOKENS]
    else:
        value = content.get(column)
        text, words = (value, None) if isinstance(value, str) else (None, value)
    if words is None and isinstance(text, str):
        return Text(_with_text_free(content, column), text, None, number)
    if not are_texts(words) or not isinstance(text, str | None):
        expected = "text (a string) or words (a list of strings)"
        if column is not None:
            expected = f"{column}, a string or a list of strings"
        raise UserError(f"{where}: expected {expected}, found {content_text[:40]!r}")
    if text is not None:
        return Text(content, text, _aligned(words, text, where), number)
    return text_of_words(words, number, content if column is None else _with_text_free(content, column, keep=True))


def text_of_words(words: Sequence[str], number: int, row: Mapping[str, Any]) -> Text:
    """Return the text of words that came without one: blanks stand between them."""
    ends = itertools.accumulate(len(word) + 1 for word in words)
    places = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]
    return Text(row, " ".join(words), places, number)


def _with_text_free(row: Mapping[str, Any], column: str | None, *, keep: bool = False) -> Mapping[str, Any]:
    """Return a row whose key ``text`` is free for the text of a column, which stands nowhere else unless ``keep``."""
    if column in (None, TEXT):
        return row
    other = free_key(row, "input_text", "input_text")
    return {other if key == TEXT else key: value for key, value in row.items() if keep or key != column}


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


def decoded(line: bytes, where: str) -> str:
    """Return a line as text.

    Raises:
        UserError: where it is not UTF-8.
    """
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(line[error.start], where) from None


def check_decoded(text: str, where: str) -> None:
    """Check a text that was decoded with ``surrogateescape``: bytes that are no UTF-8 are escaped in it.

    Raises:
        UserError: where it has any.
    """
    if not text.isascii():
        escaped = next((sign for sign in text if "\udc80" <= sign <= "\udcff"), None)
        if escaped is not None:
            raise not_utf8(ord(escaped) - 0xDC00, where)


def not_utf8(byte: int, where: str) -> UserError:
    """Return the message for a byte that is not UTF-8."""
    return UserError(f"{where}: expected UTF-8 text, found the byte {byte:#04x}")
