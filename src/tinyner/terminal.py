"""What is printed can't steer a terminal: sentences, types, names of files and replies are written by others.

An escape sequence in them could clear the screen, set its title, write to the clipboard, or hide what stands there.
Controls become U+FFFD, but for line ends, tabs, carriage returns and the colours of ``tinyner`` itself. So do marks
that reorder what follows. Passwords in addresses become ``[key]``.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_OURS = re.compile(rf"(?!\x1b\[[0-9;]*m|\r){_CONTROL.pattern}")
_REPLACEMENT = "\ufffd"

PASSWORD = re.compile(r"(?<=:/)(/?)[^/?#\s]+(?=@[^/?#\s@])")
"""User, password or token before the last @ of an address, which may have lost a slash as a path."""


def without_passwords(text: str) -> str:
    """Return a text with ``[key]`` in place of user and password in addresses.

    >>> without_passwords("fetching https://me:secret@example.org/a.csv")
    'fetching https://[key]@example.org/a.csv'
    >>> without_passwords("https://token@example.org/v1 https://me:p@ss@example.org https://example.org/a@b")
    'https://[key]@example.org/v1 https://[key]@example.org https://example.org/a@b'
    """
    return PASSWORD.sub(r"\1[key]", text) if ":/" in text else text


def harmless(text: str) -> str:
    r"""Return a text with U+FFFD in place of controls but line ends and tabs, and of halves of surrogate pairs.

    >>> harmless("a\x1b[2Jb\tc\u202e")
    'a\ufffd[2Jb\tc\ufffd'
    """
    return text if text.isprintable() else _CONTROL.sub(_REPLACEMENT, text)


class Guarded:
    """A stream to which text goes without controls, but for colours; bytes and all else go on as they are.

    What rich draws goes past it, by the attribute that rich asks for; ``harmless_console`` guards that.
    """

    def __init__(self, stream: TextIO) -> None:
        """Take the stream."""
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        """Write a text; return its length."""
        self.rich_proxied_file.write(
            without_passwords(text if text.isprintable() else _NOT_OURS.sub(_REPLACEMENT, text))
        )
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        """Return what the stream has under any other name."""
        return getattr(self.rich_proxied_file, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Guard standard output and standard error until the block ends; after an error to its traceback's end."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (
        stream if stream is None or isinstance(stream, Guarded) else cast("TextIO", Guarded(stream))
        for stream in before
    )
    yield
    sys.stdout, sys.stderr = before


def harmless_console(**options: Any) -> "Console":
    """Return a console of rich that draws texts without their controls and takes none for markup.

    ``options`` are rich's.
    """
    from rich.console import Console  # noqa: PLC0415, as it takes long to load
    from rich.segment import Segment  # noqa: PLC0415

    class _Harmless(Console):
        def render(self, *arguments: Any, **named: Any) -> Iterable[Segment]:
            for segment in super().render(*arguments, **named):
                text = segment.text if segment.control else without_passwords(harmless(segment.text))
                yield segment if text == segment.text else Segment(text, segment.style)

    return _Harmless(**{"markup": False, "emoji": False, **options})
