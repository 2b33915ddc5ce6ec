"""A sentence as a file has it, before its tags are converted and its types are looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.rows import Span

_NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"


def has_white_space(word: str) -> bool:
    """Return whether a word has white space in it that no word may have.

    White space at which no line breaks may stand in a word, as it groups the thousands of numbers.

    >>> has_white_space("New York"), has_white_space("10\\N{NO-BREAK SPACE}000")
    (True, False)
    """
    return word.split() != [word] and any(sign.isspace() and sign not in _NO_BREAK for sign in word)


@dataclass(frozen=True)
class RawSentence:
    """A sentence of a file with its labels as written there: ``tags``, one a word, ``spans`` of words, or neither."""

    words: list[str]
    where: str  # file and line, for messages
    tags: list[str] | None = None
    spans: list[Span] | None = None
    sentence_id: str | None = None
    word_places: Sequence[str] = ()  # file and line of each word, where they differ

    def place_of(self, index: int) -> str:
        """Return where a word stands, for messages."""
        return self.word_places[index] if self.word_places else f"{self.where}: word {index}"
