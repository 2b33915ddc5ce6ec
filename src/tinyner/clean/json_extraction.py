"""Find the dictionary of entities in a reply and load it as JSON, repaired where necessary.

Which dictionary counts, in this order: the whole reply, where the server was told to answer in JSON and the
reply is a strict JSON object; the dictionary after the last ``Result:`` line; the last dictionary or list
that names a type.

A dictionary is truncated if it ends within a string or after a comma or colon, or if it is open and the
server stopped at its length limit. A dictionary that lacks only closing brackets is not.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tinyner.clean.lenient_json import Pairs, closes_string, load, opens_string

# A line that announces the dictionary: ``Result:``, perhaps in Markdown, numbered, or with a few words more.
_RESULT_LINE = re.compile(
    r"^[^\w\n{}\[\]\"']*(?:\d+[.)]\s*)?(?:\w+\s+){0,2}results?\b"
    r"[^\w\n:{\[]*(?:\w+\)[^\w\n:{\[]*)?:[ \t*_]*",
    re.I | re.M,
)
_OTHER_NAMES = re.compile(r"^[^\w\n]*(?:final\s+)?(?:answer|output|entities)[^\w\n]*:", re.I | re.M)
_MAX_LINES = 20  # result lines that are considered, from the last; a reply with more of them is a loop
_DICTIONARY = re.compile(r"\s*(```[A-Za-z0-9]*\s*)?[{\[]")
_FENCE_OPEN = re.compile(r"\s*```[A-Za-z0-9]*\s*")
_NOTHING = re.compile(r"\W*(none|null|n/a|empty|no (named )?entit(y|ies)( (was|were) found| found)?)\W*", re.I)
_REFUSAL = re.compile(
    r"\b(i('m| am) (sorry|unable|not able)|i can('t|not)|i won't|as an ai|cannot (help|assist|comply))\b", re.I
)
_VALUE_AT_END = re.compile(r":\s*([\"'])(?:(?!\1).)*\1\s*\Z", re.S)


class Failed(Exception):  # noqa: N818, it is an outcome, not an error
    """A reply without a reliable dictionary; the message is the problem: empty, refused, ..."""


@dataclass
class _Scan:
    """The range of a dictionary or list in a text, and its state where the text ended."""

    start: int
    end: int
    open: list[str] = field(default_factory=list)  # brackets still open
    in_string: bool = False


def extract(
    reply: str, problems: set[str], names_a_type: Callable[[str], bool], *, bare: bool, cut: bool, keep_truncated: bool
) -> Pairs | list[Any]:
    """Return the dictionary or list of entities in a reply.

    Args:
        reply: the LLM's answer, verbatim.
        problems: what had to be repaired is added to it.
        names_a_type: whether a text contains the name of a type.
        bare: whether the server was told to answer with nothing but a JSON object.
        cut: whether the server stopped the reply at its length limit.
        keep_truncated: keep the complete mentions of a truncated dictionary.

    Raises:
        Failed: empty, refused, truncated or no_dictionary.
    """
    if not reply.strip():
        raise Failed("empty")
    try:
        if bare and (pairs := _strict_object(reply)) is not None:
            return pairs
        located = _locate(reply.strip(), problems, names_a_type, cut=cut)
        return Pairs() if located is None else _load(*located, problems, cut=cut, keep_truncated=keep_truncated)
    except RecursionError:  # thousands of nested brackets
        raise Failed("no_dictionary") from None


def _strict_object(reply: str) -> Pairs | None:
    """Return the JSON object that the whole reply is, None where it is anything else."""
    try:
        value = json.loads(reply, object_pairs_hook=Pairs)
    except ValueError:
        return None
    return value if isinstance(value, Pairs) else None


def _load(text: str, scan: _Scan, problems: set[str], *, cut: bool, keep_truncated: bool) -> Pairs | list[Any]:
    body, after = text[scan.start : scan.end], text[scan.end :]
    if any(character.isalnum() for character in after):
        problems.add("prose_after")
    if scan.open:
        if cut or _breaks_off(body, scan):
            body = _before_cut(body) if keep_truncated else ""
            if not body:
                raise Failed("truncated")
            problems.add("truncated")
        else:
            problems.add("unbalanced_brackets")
    elif cut and after.lstrip()[:1] == ",":
        raise Failed("truncated")  # a list that lost its opening bracket, cut between two dictionaries
    elif after.lstrip()[:1] in ("}", "]"):
        problems.add("unbalanced_brackets")
    value = load(body, problems)
    if value is None:
        raise Failed("no_dictionary")
    return value


def _locate(
    text: str, problems: set[str], names_a_type: Callable[[str], bool], *, cut: bool
) -> tuple[str, _Scan] | None:
    """Return a text and the dictionary's place in it; None where the reply says in words that there are no entities."""
    lines = list(_RESULT_LINE.finditer(text))
    for line in reversed(lines[-_MAX_LINES:]):
        rest = text[line.end() :]
        if _DICTIONARY.match(rest):
            if len(lines) > 1:
                problems.add("several_results")
            if line[0].strip() != "Result:":
                problems.add("result_line_renamed")
            fence = _FENCE_OPEN.match(rest)
            if fence:
                problems.add("code_fence")
                rest = rest[fence.end() :].replace("```", " ")
            scan = _first(rest, 0)
            assert scan is not None
            return rest, scan
        if _is_nothing(rest):
            problems.add("nothing_in_words")
            return None
        if cut and line is lines[-1]:
            raise Failed("truncated")
    return _locate_without_result_line(text, problems, names_a_type, cut=cut)


def _locate_without_result_line(
    text: str, problems: set[str], names_a_type: Callable[[str], bool], *, cut: bool
) -> tuple[str, _Scan] | None:
    """Return what ``_locate`` does: the last dictionary that names a type, in strict JSON if there is such."""
    others = list(_OTHER_NAMES.finditer(text))
    if others and _is_nothing(text[others[-1].end() :]):
        problems.add("nothing_in_words")
        return None
    problems.add("no_result_line")
    bare = _FENCE_OPEN.sub("", text, count=1) if text.startswith("```") else text
    if cut and bare[:1] not in ("{", "["):
        raise Failed("truncated")  # within its reasoning; brackets there are no answer
    if "```" in text:
        problems.add("code_fence")
        text = text.replace("```", " ")
    scans: list[_Scan] = []
    while (scan := _first(text, scans[-1].end if scans else 0)) is not None:
        scans.append(scan)
    bodies = [(text[scan.start : scan.end], scan) for scan in scans]
    typed = [(body, scan) for body, scan in bodies if names_a_type(body)]
    strict = [(body, scan) for body, scan in typed if _is_json(body)]
    likely = [(body, scan) for body, scan in bodies if ":" in body or not body.strip("{}[] \n")]
    candidates = strict or typed or likely or bodies
    if not candidates:
        refused = _REFUSAL.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
        raise Failed("refused" if refused else "no_dictionary")
    return text, candidates[-1][1]


def _is_nothing(text: str) -> bool:
    return len(text) < 100 and bool(_NOTHING.fullmatch(text.strip()))


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _first(text: str, position: int) -> _Scan | None:
    """Return the first dictionary or list from ``position`` on, with those that follow it separated by commas only."""
    opening = re.compile(r"[{\[]").search(text, position)
    if opening is None:
        return None
    start = opening.start()
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
        scan = _Scan(start, end)
    except ValueError:
        scan = _scan_brackets(text, start)
    # {...}, {...}]: a list that lost its opening bracket; or a dictionary for each type, on lines of their own
    following = re.compile(r"\s*(,\s*(?=[{\[])|(?=\{))").match(text, scan.end)
    if not scan.open and following:
        rest = _first(text, following.end())
        if rest is not None:
            return _Scan(start, rest.end, rest.open, rest.in_string)
    return scan


def _scan_brackets(text: str, start: int) -> _Scan:
    """Return the range from the bracket at ``start`` to its pair, brackets within strings aside."""
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
            if open_brackets:
                open_brackets.pop()
            if not open_brackets:
                return _Scan(start, index + 1)
    # Not closed. A line of words after the last bracket is prose and no part of the dictionary.
    last = max(text.rfind("}"), text.rfind("]"))
    if last > start and re.match(r"[^\S\n]*\n\s*[^\s\"'{\[,]", text[last + 1 :]):
        return _Scan(start, last + 1, open_brackets)
    return _Scan(start, len(text), open_brackets, bool(quote))


def _breaks_off(body: str, scan: _Scan) -> bool:
    """Return whether an open dictionary lacks more than its closing brackets."""
    end = body.rstrip()
    if scan.in_string or end[-1] not in "\"'}]":
        return True
    return end[-1] in "\"'" and scan.open[-1] == "{" and not _VALUE_AT_END.search(end)


def _before_cut(body: str) -> str:
    """Return an open dictionary up to its last complete mention: the last complete string of a list, or object."""
    objects = [match.end() for match in re.finditer(r"[\"']\s?\}", body)]
    if objects:  # each mention is an object
        return body[: objects[-1]]
    ends = [match.end() for match in re.finditer(r"[\"'](?=\s?[,\]])", body)]
    return body[: ends[-1]] if ends else ""
