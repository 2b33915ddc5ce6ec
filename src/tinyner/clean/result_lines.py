"""The lines that announce an answer: ``Result:``, perhaps in Markdown, numbered, or with a few words more."""

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tinyner.clean.brackets import first_scan
from tinyner.clean.lenient_json import load
from tinyner.clean.mention_texts import is_nothing
from tinyner.clean.plain_signs import without_fences

_RESULT_LINE = re.compile(
    r"^[^\w\n{}\[\]\"']*+(?:\d+[.)][ \t]*+)?(?:\w++[ \t]++){0,2}results?\b"
    r"[^\w\n:{\[]*+(?:\w+\)[^\w\n:{\[]*+)?:[ \t*_]*+",
    re.I | re.M,
)
_OTHER_NAMES = re.compile(r"^[^\w\n]*+(?:final[ \t]++)?(?:answer|output|entities)[^\w\n]*?:", re.I | re.M)
_MAX_LINES = 20  # that are considered, from the last; an answer with more of them is a loop
_DICTIONARY = re.compile(r"\s*(`+[A-Za-z0-9]*\s*)?[{\[]")
_CORRECTION = re.compile(r"correct|final|revis|updat|improv|better|new|second", re.I)


class ResultLine(NamedTuple):
    """A line that announces an answer, and the text behind it: to the end, and to the next such line."""

    written: str
    rest: str
    part: str

    def has_dictionary(self) -> bool:
        """Return whether a dictionary or list stands right behind the line."""
        return bool(_DICTIONARY.match(self.rest))


class Draft(NamedTuple):
    """The dictionary behind an earlier Result line, and whether words stand between it and the next line."""

    value: Any
    is_corrected: bool


def result_lines(text: str) -> list[ResultLine]:
    """Return the last Result lines of a text.

    >>> [line.part for line in result_lines("Result: {}\\nFinal result: []")]
    ['{}\\n', '[]']
    """
    lines = list(_RESULT_LINE.finditer(text))[-_MAX_LINES:]
    ends = [*(line.start() for line in lines[1:]), len(text)]
    return [
        ResultLine(line[0].strip(), text[line.end() :], text[line.end() : end])
        for line, end in zip(lines, ends, strict=False)
    ]


def drafts_before(lines: Sequence[ResultLine], is_echo: Callable[[str], bool]) -> list[Draft]:
    """Return the dictionaries behind all Result lines but the last; a line called a correction makes them void.

    A dictionary that is an echo of the sentence is no draft.
    """
    drafts = []
    for line, following in itertools.pairwise(lines):
        scan = first_scan(line.part) if line.has_dictionary() else None
        if scan is not None and not is_echo(line.part[scan.start : scan.end]):
            value = load(line.part[scan.start : scan.end], set()) or []
            behind = without_fences(line.part[scan.end :])
            drafts.append(Draft(value, any(map(str.isalnum, behind))))
            if _CORRECTION.search(following.written):
                drafts.clear()
    return drafts


def before_nothing(text: str) -> str | None:
    """Return what stands before a last line such as ``Answer: none``; None where the last line is another.

    >>> before_nothing("There are no names.\\nAnswer: none")
    'There are no names.\\n'
    """
    *_, last = [None, *_OTHER_NAMES.finditer(text)]
    if last is None or not text[last.end() :].strip() or not is_nothing(text[last.end() :]):
        return None
    return text[: last.start()]
