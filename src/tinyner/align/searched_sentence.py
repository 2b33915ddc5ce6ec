"""A sentence in the forms in which mentions are searched for, each made once, when a mention first needs it."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tinyner.align.edges import Place
from tinyner.comparison_key import CODED, comparison_key, fold_case, without_accents, without_dots
from tinyner.rows import places_of

Form = Literal["key", "dotless", "folded", "folded dotless", "plain"]
"""How much is levelled: signs; dots behind letters; case; both; case and accents."""

LEVELS: dict[Form, Callable[[str], str]] = {
    "key": lambda key: key,
    "dotless": without_dots,
    "folded": lambda key: _composed(fold_case(key)),
    "folded dotless": lambda key: _composed(fold_case(without_dots(key))),
    "plain": lambda key: _composed(fold_case(without_accents(key))),
}
"""What makes a form from a key."""


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc\uff66-\uff9f][\u3099\u309a]?")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Unit:
    """The key of a word, or of words that have one only together (``&``, ``uuml``, ``;``), and their range."""

    key: str
    start: int
    end: int


class SearchableText:
    """The words of a sentence without white space, and where each begins and ends in it."""

    def __init__(self, units: Sequence[Unit]) -> None:
        """Join units; those without a text have no place."""
        self.units = [unit for unit in units if unit.key]
        self.offsets = [0]
        for unit in self.units:
            self.offsets.append(self.offsets[-1] + len(unit.key))
        self.text = "".join(unit.key for unit in self.units)
        self._unit_at = {offset: index for index, offset in enumerate(self.offsets)}

    def places_of(self, text: str) -> list[Place]:
        """Return the places of a text that begins and ends with a word, from the left; they may overlap."""
        places = []
        for start in self.occurrences(text):
            first, last = self._unit_at.get(start), self._unit_at.get(start + len(text))
            if first is not None and last is not None:
                places.append((self.units[first].start, self.units[last - 1].end))
        return places

    def occurrences(self, text: str) -> list[int]:
        """Return the offsets of a text, from the left; none of an empty text."""
        offsets = []
        offset = self.text.find(text) if text else -1
        while offset >= 0:
            offsets.append(offset)
            offset = self.text.find(text, offset + 1)
        return offsets

    def around(self, start: int, end: int) -> tuple[Place, str, str]:
        """Return the words that a range of characters lies in, and the rest of the first and of the last of them."""
        first, last = bisect_right(self.offsets, start) - 1, bisect_right(self.offsets, end - 1) - 1
        before, behind = self.text[self.offsets[first] : start], self.text[end : self.offsets[last + 1]]
        return (self.units[first].start, self.units[last].end), before, behind


class SearchedSentence:
    """The words of a sentence."""

    def __init__(self, words: Sequence[str], text: str | None = None) -> None:
        """Keep the words, and the text, which is None for words with spaces; a form is made when first asked for."""
        self.words = list(words)
        self._text = text
        self._forms: dict[Form, SearchableText] = {}

    def places_of_words(self, tokens: list[str]) -> list[Place]:
        """Return the places where consecutive words equal the tokens."""
        words, first, size = self.words, tokens[0], len(tokens)
        return [
            (start, start + size)
            for start in range(len(words) - size + 1)
            if words[start] == first and words[start : start + size] == tokens
        ]

    @cached_property
    def as_written(self) -> SearchableText:
        """The words as they are, without white space between them."""
        return SearchableText([Unit(word, index, index + 1) for index, word in enumerate(self.words)])

    def form(self, form: Form) -> SearchableText:
        """Return the sentence in a form."""
        if form not in self._forms:
            level = LEVELS[form]
            self._forms[form] = SearchableText([Unit(level(unit.key), unit.start, unit.end) for unit in self._units])
        return self._forms[form]

    def places_in(self, form: Form, text: str) -> list[Place]:
        """Return the places whose form is that of a text."""
        return self.form(form).places_of(LEVELS[form](comparison_key(text)))

    def may_hold(self, text: str) -> bool:
        """Return False if no form holds a text, even as a part of words: a quick test before all searches."""
        return letters_of(text) in self._letters

    def text_of(self, place: Place) -> str:
        """Return the words of a place, without white space between them."""
        return "".join(self.words[slice(*place)])

    def not_within_katakana(self, places: Sequence[Place]) -> Sequence[Place]:
        """Return the places that do not begin or end within a run of Katakana, or all, if every one does so.

        Its characters are words, but a run of it mostly is one name, which a part of it is not.

        >>> SearchedSentence([*"インドネシアとインド"]).not_within_katakana([(0, 3), (7, 10)])
        [(7, 10)]
        """
        whole = [place for place in places if not any(map(self._is_within_katakana, place))]
        return whole or places

    def _is_within_katakana(self, border: int) -> bool:
        """Return whether the words on both sides of a border are characters of Katakana."""
        return 0 < border < len(self.words) and all(map(_KATAKANA.fullmatch, self.words[border - 1 : border + 1]))

    def is_written(self, text: str, place: Place) -> bool:
        """Return whether the words of a place stand so in the sentence's own text; False if it has none."""
        if self._text is None:
            return False
        start, end = place
        return " ".join(text.split()) == self._text[self._places[start][0] : self._places[end - 1][1]]

    @cached_property
    def _places(self) -> list[Place]:
        return places_of(self.words, self._text or "")

    @cached_property
    def is_in_one_case(self) -> bool:
        """Whether the whole sentence is in capitals, or none of it."""
        text = "".join(self.words)
        return text.isupper() or text.islower()

    @cached_property
    def _letters(self) -> str:
        return _SIGNS.sub("", self.form("plain").text)

    @cached_property
    def _units(self) -> list[Unit]:
        """The key of each word; words are joined where the key of the whole is not made of the keys of the words."""
        keys = [comparison_key(word) for word in self.words]
        units = [Unit(key, index, index + 1) for index, key in enumerate(keys)]
        written = "".join(self.words)
        if "".join(keys) == comparison_key(written):
            return units
        joined: list[Unit] = []
        for unit in self._with_whole_escapes(units, written):
            together = self._unit(joined[-1].start, unit.end) if joined else unit
            before = joined[-1].key if joined else ""
            if together.key == before + unit.key:
                joined.append(unit)
            elif together.key == f"{before}^{unit.key}":  # a raised digit, behind a digit
                joined.append(Unit(f"^{unit.key}", unit.start, unit.end))
            else:
                joined[-1] = together
        return joined

    def _with_whole_escapes(self, units: Sequence[Unit], written: str) -> list[Unit]:
        """Join the words that an HTML entity or a backslash escape stretches over."""
        goes_on = [False] * len(units)  # whether the word's escape goes on in the next word
        for escape in CODED.finditer(written):
            (start, end), _, _ = self.as_written.around(*escape.span())
            goes_on[start : end - 1] = [True] * (end - 1 - start)
        whole: list[Unit] = []
        for index, unit in enumerate(units):
            if index and goes_on[index - 1]:
                whole[-1] = self._unit(whole[-1].start, unit.end)
            else:
                whole.append(unit)
        return whole

    def _unit(self, start: int, end: int) -> Unit:
        return Unit(comparison_key("".join(self.words[start:end])), start, end)


def letters_of(text: str) -> str:
    """Return the letters and digits of a text as all forms have them, without case and accents.

    >>> letters_of("St. Gallén's")
    'stgallens'
    """
    return _SIGNS.sub("", LEVELS["plain"](comparison_key(text)))
