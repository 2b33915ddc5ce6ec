"""The sentence that a reply is about, and whether a text stands in it."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache

from tinyner.clean.echoes import ECHO, Echoes
from tinyner.comparison_key import comparison_key, fold_case, without_escapes
from tinyner.rows import places_of

# Rosa (a hire); Rosa - a hire; Rosa: 0.9
_NOTE_BEHIND = re.compile(
    r"(?:\s*[(\[\uff08][^()\[\]\uff08\uff09]*[)\]\uff09]|\s[-\u2013\u2014]\s(?:an?|the)\s.*|:\s*[\d.,]+\s*%?)\s*\Z",
    re.S,
)
_TAGS = re.compile(r"</?\w[^<>]*>")  # <b>Rosa</b>
_LINK = re.compile(r"\A\[(.+)\]\(.*\)\Z", re.S)
_QUOTES = "\"'`\u201c\u201d"
_AROUND = " <>*_`~-\u2013\u2014\u2022"  # Markdown's marks, dashes of lists
_ESCAPED_BLANK = re.compile(r"\\[nrt]")
_ECHO_LENGTH = 12  # characters that the beginning of an echo has at least, so that it is no other sentence's


@lru_cache(maxsize=10_000)
def squeezed(text: str) -> str:
    """Return the comparison key of a text in one case: by it, texts that differ in signs and case are the same.

    >>> squeezed("Sinead O\u2019Dowd") == squeezed("sinead o'dowd")
    True
    """
    return fold_case(comparison_key(text))


def _stands_between(text: str, whole: str, begins: Collection[int], ends: Collection[int]) -> bool:
    """Return whether a text, not an empty one, stands in a whole from one of some offsets to one of others.

    >>> _stands_between("ab", "cab ab", {4}, {6}), _stands_between("ab", "cab", {0}, {3})
    (True, False)
    """
    begin = whole.find(text) if text else -1
    while begin >= 0 and not (begin in begins and begin + len(text) in ends):
        begin = whole.find(text, begin + 1)
    return begin >= 0


def _is_of_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"


class AskedSentence:
    """A sentence as the model got it: its text, or its words with single spaces between them."""

    def __init__(self, words: Sequence[str], text: str | None = None) -> None:
        """Take the sentence's words, and its text, which is None for words with spaces between them.

        ``echoes`` tells what a reply repeats of it.
        """
        self.words = list(words)
        self.text = " ".join(words) if text is None else text
        self.echoes = Echoes(self.text)
        self._places = places_of(words, self.text)
        self._begins, self._ends = {begin for begin, _ in self._places}, {end for _, end in self._places}
        self._squeezed = ""
        self._edges = {0}  # offsets in the squeezed text at which a word begins or ends, or a sign stands
        for word in words:
            begin = len(self._squeezed)
            key = squeezed(word)
            is_run = key[:1] in ("'", "-") and self._squeezed.endswith(key[:1])  # in a key, a run is a single sign
            self._squeezed += key[1:] if is_run else key
            self._edges.add(len(self._squeezed))
            for offset in range(begin, len(self._squeezed)):
                if not _is_of_word(self._squeezed[offset]):
                    self._edges |= {offset, offset + 1}

    def holds(self, text: str) -> bool:
        """Return whether a text stands in the sentence as whole words, whatever its white space, case and spelling.

        >>> AskedSentence(["Annual", "report", "by", "Ann"]).holds("annu")
        False
        """
        text = self.restored(text)
        if len(text) > 10 * len(self.text) + 100:
            return False
        return _stands_between(squeezed(text), self._squeezed, self._edges, self._edges)

    def has_words(self, text: str) -> bool:
        """Return whether a text stands in the sentence as whole words, with the same case.

        >>> AskedSentence(["Christopher", "Null", "said", "no"]).has_words("Null")
        True
        """
        return _stands_between(" ".join(self.restored(text).split()), self.text, self._begins, self._ends)

    def is_echoed_by(self, text: str) -> bool:
        """Return whether a text is this sentence again, or its beginning with an ellipsis.

        >>> AskedSentence(["Nora", "left", "Turin", "."]).is_echoed_by("Nora left Turin.")
        True
        """
        if ECHO in text and not any(map(str.isalnum, _ESCAPED_BLANK.sub("", text))):
            return True
        written = text.strip().strip(f"{_QUOTES}*").strip()
        beginning = re.sub(r"(\.\.\.|\N{HORIZONTAL ELLIPSIS})$", "", written)
        if beginning != written and len(squeezed(beginning)) >= _ECHO_LENGTH:
            return squeezed(self.text).startswith(squeezed(beginning))
        return bool(self.text) and squeezed(written) == squeezed(self.text)

    def restored(self, text: str) -> str:
        """Return a text with the sentence in place of the sign for it."""
        return text.replace(ECHO, self.text)

    def words_at(self, start: int, end: int) -> str | None:
        """Return the text between two offsets in characters, None unless both stand at the edges of words.

        >>> AskedSentence(["Rosa", "joined", "Opel"]).words_at(0, 4)
        'Rosa'
        >>> AskedSentence(["林", "さ", "ん"], "林さん").words_at(1, 3)
        'さん'
        """
        is_of_words = start < end and start in self._begins and end in self._ends
        return self.text[start:end] if is_of_words else None

    def text_of_words(self, start: int, end: int) -> str:
        """Return the text of a half-open range of words, not an empty one."""
        return self.text[self._places[start][0] : self._places[end - 1][1]]

    def nearest(self, text: str) -> str:
        r"""Return a text without what a reply may put into it or around it, if the sentence has it so.

        That is escapes, tags, a link, a note behind it, Markdown's marks and list dashes around it.

        >>> AskedSentence(["user_name", "failed"]).nearest("user" + chr(92) + "_name")
        'user_name'
        """
        text = self.restored(text)
        if self.has_words(text):
            return text
        bare = without_escapes(text)
        for reading in (bare, _LINK.sub(r"\1", _TAGS.sub("", bare)), _NOTE_BEHIND.sub("", bare), bare.strip(_AROUND)):
            if self.holds(reading):
                return reading
        return text
