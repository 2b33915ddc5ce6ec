"""A sentence as a file has it, before its tags are converted and its types are looked up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from tinyner.bio import Span
from tinyner.corpus_files.spool import of_json, spooled, to_json
from tinyner.errors import UserError
from tinyner.rows import Sentence, text_of_words

NO_BREAK = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}"
"""White space at which no line breaks; a word may have it, as it groups the thousands of numbers."""


def has_white_space(word: str) -> bool:
    """Return whether a word has white space in it that no word may have.

    >>> has_white_space("New York"), has_white_space("10\\N{NO-BREAK SPACE}000")
    (True, False)
    """
    return word.split() != [word] and any(sign.isspace() and sign not in NO_BREAK for sign in word)


def are_plain(words: list[str]) -> bool:
    """Return whether none of the words is empty or has any white space in it; far quicker than one by one.

    >>> are_plain(["New", "York"]), are_plain(["New York"]), are_plain(["New", ""])
    (True, False, False)
    """
    return " ".join(words).split() == words


def check_characters(text: str, where: str) -> None:
    """Check that UTF-8 can encode a text, which JSON's escapes of half a surrogate pair prevent.

    Raises:
        UserError: where it can't.
    """
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UserError(f"{where}: half a surrogate pair (an escape such as \\ud83d alone) is no character")


@dataclass(frozen=True)
class RawSentence:
    """A sentence of a file with its labels as written there: ``tags``, one a word, ``spans`` of words, or neither."""

    words: list[str]
    where: str  # file and line, for messages
    tags: list[str] | None = None
    spans: list[Span] | None = None
    sentence_id: str | None = None
    word_places: Sequence[str] = ()  # file and line of each word, where they differ
    part: int = 0  # which sentence of its row's text it is
    cost_usd: object = None  # of its labels, as the file has it
    text: str | None = None  # as ``written_text`` has it

    @property
    def is_labelled(self) -> bool:
        """Whether it has tags or spans, perhaps none of an entity."""
        return self.tags is not None or self.spans is not None

    def text_of(self, start: int, end: int) -> str:
        """Return the text of a half-open range of words, for messages.

        >>> RawSentence(["林", "さ", "ん"], "a:1", text="林さん").text_of(0, 3)
        '林さん'
        >>> RawSentence(["to", "me", "."], "a:2").text_of(0, 2)
        'to me'
        """
        sentence: Sentence = {"id": "", "words": self.words}
        return text_of_words(sentence if self.text is None else {**sentence, "text": self.text}, start, end)

    def place_of(self, index: int) -> str:
        """Return where a word stands, for messages."""
        return self.word_places[index] if self.word_places else f"{self.where}: word {index}"


def spooled_sentences(sentences: Iterable[RawSentence]) -> Sequence[RawSentence]:
    """Return sentences as a sequence, on disk if they are many."""
    return spooled(sentences, _to_line, _of_line)


_NAMES = [field.name for field in fields(RawSentence)]
_values_of = attrgetter(*_NAMES)
_SPANS, _WORD_PLACES = _NAMES.index("spans"), _NAMES.index("word_places")


def _to_line(sentence: RawSentence) -> bytes:
    return to_json(_values_of(sentence))


def _of_line(line: bytes) -> RawSentence:
    values = of_json(line)
    if values[_SPANS]:
        values[_SPANS] = [tuple(span) for span in values[_SPANS]]
    values[_WORD_PLACES] = tuple(values[_WORD_PLACES])
    return RawSentence(*values)
