"""Prompts: templates in which every field but ``{sentence}`` is filled in."""

from dataclasses import dataclass
from functools import cached_property

from tinyner.files import sha256_text
from tinyner.rows import Sentence, text_of

FIELD = "{sentence}"


@dataclass(frozen=True)
class Prompt:
    """A template whose only open field is the sentence; its sha256 names it in the reply store."""

    text: str

    @cached_property
    def sha256(self) -> str:
        """The sha256 of the UTF-8 bytes, the same as the file's where the template has no other fields."""
        return sha256_text(self.text)

    def fill(self, sentence: Sentence) -> str:
        """Return the prompt for one sentence."""
        return self.text.replace(FIELD, text_of(sentence))

    def contains(self, text: str) -> bool:
        """Return whether the template, mostly its few-shot examples, has ``text`` as whole words, in any case.

        >>> Prompt("Sentence: In Houston , Orlando Miller won .").contains("orlando miller")
        True
        """
        return f" {' '.join(text.split())} ".casefold() in self._words

    @cached_property
    def _words(self) -> str:
        """The template casefolded, with quotation marks and brackets as spaces: an example's dictionary as words."""
        spaced = self.text.translate(str.maketrans('"[]{},:;', " " * 8))
        return f" {' '.join(spaced.split())} ".casefold()
