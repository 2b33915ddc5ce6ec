"""What was asked: a template with all its fields but ``{sentence}`` filled in."""

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
        """Of the UTF-8 bytes: a template without other fields has that of its file."""
        return sha256_text(self.text)

    def fill(self, sentence: Sentence) -> str:
        """The prompt for one sentence."""
        return self.text.replace(FIELD, text_of(sentence))

    def mentions(self, text: str) -> bool:
        """Whether the template itself, its few-shot examples above all, has ``text`` as whole words, in any case.

        >>> Prompt("Sentence: In Houston , Orlando Miller won .").mentions("orlando miller")
        True
        """
        return f" {' '.join(text.split())} ".casefold() in self._words

    @cached_property
    def _words(self) -> str:
        """Quotation marks and brackets as spaces, so that an example's dictionary reads as words too."""
        spaced = self.text.translate(str.maketrans('"[]{},:;', " " * 8))
        return f" {' '.join(spaced.split())} ".casefold()
