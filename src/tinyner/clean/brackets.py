"""Where the dictionaries and lists of a text begin and end, brackets within strings aside."""

import json
import re
from dataclasses import dataclass, field

from tinyner.clean.lenient_json import closes_string, opens_string

_DECODER = json.JSONDecoder()
_OPENING = re.compile(r"[{\[]")
_FOLLOWING = re.compile(r"\s*(,\s*(?=[{\[])|(?=\{))")
_PROSE_ON_NEXT_LINE = re.compile(r"[^\S\n]*\n\s*[^\s\"'{\[,]")
_VALUE_AT_END = re.compile(r":\s*([\"'])(?:(?!\1).)*\1\s*\Z", re.S)


@dataclass
class Scan:
    """The range of a dictionary or list in a text, and its state where the text ended."""

    start: int
    end: int
    open: list[str] = field(default_factory=list)  # brackets still open
    in_string: bool = False


def all_scans(text: str, position: int = 0) -> list[Scan]:
    """Return every dictionary and list from ``position`` on, as ``first_scan`` does."""
    scans: list[Scan] = []
    while (scan := first_scan(text, scans[-1].end if scans else position)) is not None:
        scans.append(scan)
    return scans


def first_scan(text: str, position: int = 0) -> Scan | None:
    """Return the first dictionary or list from ``position`` on, with those that follow it separated by commas only."""
    opening = _OPENING.search(text, position)
    if opening is None:
        return None
    scan = _scan_at(text, opening.start())
    # {...}, {...}]: a list that lost its opening bracket; or a dictionary for each type, on lines of their own
    while not scan.open and (following := _FOLLOWING.match(text, scan.end)):
        scan = _scan_at(text, following.end())
    return Scan(opening.start(), scan.end, scan.open, scan.in_string)


def bodies_in(text: str) -> list[str]:
    """Return the dictionaries and lists of a text, each by itself.

    >>> bodies_in('{"PER": []}, {}')
    ['{"PER": []}', '{}']
    """
    bodies = []
    opening = _OPENING.search(text)
    while opening:
        scan = _scan_at(text, opening.start())
        bodies.append(text[scan.start : scan.end])
        opening = _OPENING.search(text, scan.end)
    return bodies


def _scan_at(text: str, start: int) -> Scan:
    """Return the dictionary or list whose first bracket stands at ``start``."""
    try:
        _, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return _scan_to_pair(text, start)
    return Scan(start, end)


def _scan_to_pair(text: str, start: int) -> Scan:
    """Return the range from the bracket at ``start`` to its pair, or to the end of the text."""
    open_brackets: list[str] = []
    quote = ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            if character == quote and closes_string(text, index):
                quote = ""
        elif opens_string(text, index):
            quote = character
        elif character in "{[":
            open_brackets.append(character)
        elif character in "}]":
            open_brackets.pop()
            if not open_brackets:
                return Scan(start, index + 1)
    last = max(text.rfind("}"), text.rfind("]"))
    if last > start and _PROSE_ON_NEXT_LINE.match(text, last + 1):
        return Scan(start, last + 1, open_brackets)  # prose is no part of the dictionary
    return Scan(start, len(text), open_brackets, bool(quote))


def breaks_off(body: str, scan: Scan) -> bool:
    """Return whether a dictionary that is open lacks more than its closing brackets."""
    end = body.rstrip()
    if scan.in_string or end[-1] not in "\"'}]":
        return True
    return end[-1] in "\"'" and scan.open[-1] == "{" and not _VALUE_AT_END.search(end)


def before_cut(body: str) -> str:
    """Return a dictionary that is open up to its last complete mention: the last complete object, or string of a list.

    >>> before_cut('{"PER": ["Rosa", "Pau')
    '{"PER": ["Rosa"'
    """
    objects = [match.end() for match in re.finditer(r"[\"']\s?\}", body)]
    if objects:  # each mention is an object
        return body[: objects[-1]]
    ends = [match.end() for match in re.finditer(r"[\"'](?=\s?[,\]])", body)]
    return body[: ends[-1]] if ends else ""
