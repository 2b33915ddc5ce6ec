"""What every format of output has: bytes of its beginning, of a block of texts, and of its end."""

from collections.abc import Sequence
from typing import Protocol

from tinyner.predict.labelling import Counts, Labelled


class Writer(Protocol):
    """A format. What it returns depends on what it is given alone, so that a killed run can be taken up anywhere."""

    def begin(self) -> bytes:
        """Return what comes before the first text."""

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return texts as they are written; ``counts`` has those before and these."""

    def end(self, counts: Counts) -> bytes:
        """Return what comes behind the last text."""


def utf8(text: str) -> bytes:
    """Return UTF-8; half a surrogate pair, which it can't hold, as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def place_of(labelled: Labelled) -> str:
    """Return file and line of a text, the line alone where a single file is read."""
    text = labelled.text
    return f"{text.file}:{text.line}" if text.file else str(text.line)
