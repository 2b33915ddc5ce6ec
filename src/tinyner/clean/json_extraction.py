"""Find the dictionary in a reply, and read it as JSON, repaired where it must be.

The rules, in order: where the server was told to answer in JSON, a reply that is one strict object is the
dictionary; what follows the last ``Result:`` line counts; without one, the last dictionary or list that
names a type does. A dictionary that breaks off (inside a string, behind a comma or colon, or
open where the server said that it stopped at the length limit) is truncated; one that lacks only closing
brackets is not.
"""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from json_repair import repair_json

# A line that announces the dictionary: ``Result:``, or in Markdown, numbered, with a word or two around it.
_ANNOUNCED = re.compile(
    r"^[^\w\n{}\[\]\"']*(?:\d+[.)]\s*)?(?:\w+\s+){0,2}results?\b"
    r"[^\w\n:{\[]*(?:\w+\)[^\w\n:{\[]*)?:[ \t*_]*",
    re.I | re.M,
)
_OTHER_NAMES = re.compile(r"^[^\w\n]*(?:final\s+)?(?:answer|output|entities)[^\w\n]*:", re.I | re.M)
_LINES = 20  # of these at most are looked at, from the last; a reply that has more is a loop
_DICTIONARY = re.compile(r"\s*(```[A-Za-z0-9]*\s*)?[{\[]")
_FENCE_OPEN = re.compile(r"\s*```[A-Za-z0-9]*\s*")
_NOTHING = re.compile(r"\W*(none|null|n/a|empty|no (named )?entit(y|ies)( (was|were) found| found)?)\W*", re.I)
_REFUSAL = re.compile(
    r"\b(i('m| am) (sorry|unable|not able)|i can('t|not)|i won't|as an ai|cannot (help|assist|comply))\b", re.I
)
_VALUE_AT_END = re.compile(r":\s*([\"'])(?:(?!\1).)*\1\s*\Z", re.S)
_KEY_MARK = "\ue000"  # of the private use area: parts a key from its number


class Failed(Exception):  # noqa: N818, it is an outcome, not an error
    """A reply without a dictionary that can be trusted; the message is why."""


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that no duplicated key is lost."""


@dataclass
class _Scan:
    """A dictionary or list found in a text: its range, and how it stood where the text ended."""

    start: int
    end: int
    open: list[str] = field(default_factory=list)  # brackets still open
    in_string: bool = False


def read(
    reply: str, problems: set[str], names_a_type: Callable[[str], bool], *, bare: bool, cut: bool, keep_truncated: bool
) -> Pairs | list[Any]:
    """The value of the dictionary in a reply; what had to be mended is added to ``problems``.

    Args:
        reply: the LLM's answer, verbatim.
        problems: taken note of here.
        names_a_type: whether a text has the name of a type in it.
        bare: whether the server was told to answer with a JSON object and nothing else.
        cut: whether the server said that the reply ran into its length limit.
        keep_truncated: read the whole mentions of a dictionary that breaks off.

    Raises:
        Failed: empty, refused, truncated or no_dictionary.
    """
    if not reply.strip():
        raise Failed("empty")
    try:
        if bare and (whole := _whole(reply)) is not None:
            return whole
        located = _locate(reply.strip(), problems, names_a_type, cut=cut)
        return Pairs() if located is None else _read(*located, problems, cut=cut, keep_truncated=keep_truncated)
    except RecursionError:  # thousands of brackets in each other
        raise Failed("no_dictionary") from None


def _whole(reply: str) -> Pairs | None:
    """The object that the reply is, white space around it aside; None where it is anything else."""
    try:
        value = json.loads(reply, object_pairs_hook=Pairs)
    except ValueError:
        return None
    return value if isinstance(value, Pairs) else None


def _read(text: str, found: _Scan, problems: set[str], *, cut: bool, keep_truncated: bool) -> Pairs | list[Any]:
    body, behind = text[found.start : found.end], text[found.end :]
    if any(character.isalnum() for character in behind):
        problems.add("prose_after")
    if found.open:
        if cut or _breaks_off(body, found):
            body = _before_cut(body) if keep_truncated else ""
            if not body:
                raise Failed("truncated")
            problems.add("truncated")
        else:
            problems.add("unbalanced_brackets")
    elif cut and behind.lstrip()[:1] == ",":
        raise Failed("truncated")  # a list that lost its opening bracket, cut between two dictionaries
    elif behind.lstrip()[:1] in ("}", "]"):
        problems.add("unbalanced_brackets")
    return _load(body, problems)


def _locate(
    text: str, problems: set[str], names_a_type: Callable[[str], bool], *, cut: bool
) -> tuple[str, _Scan] | None:
    """The dictionary's place in what is left of the text; None where the reply says in words that there is nothing."""
    lines = list(_ANNOUNCED.finditer(text))
    for line in reversed(lines[-_LINES:]):
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
    others = list(_OTHER_NAMES.finditer(text))
    if others and _is_nothing(text[others[-1].end() :]):
        problems.add("nothing_in_words")
        return None
    problems.add("no_result_line")
    bare = _FENCE_OPEN.sub("", text, count=1) if text.startswith("```") else text
    if cut and bare[:1] not in ("{", "["):
        raise Failed("truncated")  # cut in its reasoning, whose brackets are no answer
    if "```" in text:
        problems.add("code_fence")
        text = text.replace("```", " ")
    scans: list[_Scan] = []
    while (scan := _first(text, scans[-1].end if scans else 0)) is not None:
        scans.append(scan)
    # The last dictionary, not the last bracket in the prose: one that names a type, in strict JSON for preference.
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
    """The first dictionary or list at or behind ``position``, with those that follow it after mere commas."""
    opening = re.compile(r"[{\[]").search(text, position)
    if opening is None:
        return None
    start = opening.start()
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
        scan = _Scan(start, end)
    except ValueError:
        scan = _structural(text, start)
    # {...}, {...}]: a list that lost its opening bracket; or a dictionary a type, a line each
    following = re.compile(r"\s*(,\s*(?=[{\[])|(?=\{))").match(text, scan.end)
    if not scan.open and following:
        rest = _first(text, following.end())
        if rest is not None:
            return _Scan(start, rest.end, rest.open, rest.in_string)
    return scan


def _structural(text: str, start: int) -> _Scan:
    """The range by its brackets alone. Quotation marks count where JSON has them: at a string's ends.

    So an apostrophe in a single-quoted string, or a quotation mark in a double-quoted one, ends nothing.
    """
    open_brackets: list[str] = []
    quote = ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            if character == quote and _closes(text, index):
                quote = ""
        elif _opens(text, index):
            quote = character
        elif character in "{[":
            open_brackets.append(character)
        elif character in "}]":
            if open_brackets:
                open_brackets.pop()
            if not open_brackets:
                return _Scan(start, index + 1)
    # Open to the end. Words on a line of their own behind the last bracket are prose, not a cut dictionary.
    last = max(text.rfind("}"), text.rfind("]"))
    if last > start and re.match(r"[^\S\n]*\n\s*[^\s\"'{\[,]", text[last + 1 :]):
        return _Scan(start, last + 1, open_brackets)
    return _Scan(start, len(text), open_brackets, bool(quote))


def _opens(text: str, index: int) -> bool:
    """Whether a string begins at ``index``: a quotation mark behind a bracket, comma, colon or another string."""
    return text[index] in "\"'" and text[max(0, index - 100) : index].rstrip()[-1:] in tuple("{[(,:\"'")


def _closes(text: str, index: int) -> bool:
    """Whether the quotation mark at ``index`` ends its string, by what follows: a bracket, comma, note, string."""
    following = text[index + 1 : index + 100].lstrip()[:1]
    return text[index - 1] != "\\" and following in ("", *",:]})(/#;", text[index])


def _requoted(body: str) -> str:
    """Strings as JSON writes them, with whatever marks are inside; Python's tuples of them as lists."""
    parts: list[str] = []
    start, quote = 0, ""
    for index, character in enumerate(body):
        if quote:
            if character == quote and _closes(body, index):
                parts.append(_as_json(body[start : index + 1]))
                start, quote = index + 1, ""
        elif _opens(body, index):
            parts.append(_listed(body[start:index], after=bool(parts), before=True))
            start, quote = index, character
    return "".join([*parts, body[start:] if quote else _listed(body[start:], after=bool(parts), before=False)])


def _listed(between: str, *, after: bool, before: bool) -> str:
    """What stands between strings, a tuple's brackets as a list's: one behind a string, one in front of one."""
    if after:
        bare = between.lstrip(" \t\n,")
        if bare.startswith(")"):
            between = between[: len(between) - len(bare)] + "]" + bare[1:]
    bare = between.rstrip()
    return f"{bare[:-1]}[" if before and bare.endswith("(") else between


def _as_json(string: str) -> str:
    try:
        json.loads(string)
    except ValueError:
        return json.dumps(string[1:-1].replace(f"\\{string[0]}", string[0]), ensure_ascii=False)
    return string


def _breaks_off(body: str, found: _Scan) -> bool:
    """Whether an open dictionary lacks more than its closing brackets."""
    end = body.rstrip()
    if found.in_string or end[-1] not in "\"'}]":
        return True
    return end[-1] in "\"'" and found.open[-1] == "{" and not _VALUE_AT_END.search(end)


def _before_cut(body: str) -> str:
    """An open dictionary up to its last whole string of a list: half a mention is never one."""
    objects = [match.end() for match in re.finditer(r"[\"']\s?\}", body)]
    if objects:  # an object a mention: up to the last whole one
        return body[: objects[-1]]
    ends = [match.end() for match in re.finditer(r"[\"'](?=\s?[,\]])", body)]
    return body[: ends[-1]] if ends else ""


def _load(body: str, problems: set[str]) -> Pairs | list[Any]:
    try:
        value = json.loads(body, object_pairs_hook=Pairs)
    except ValueError:
        problems.add("json_repaired")
        body = re.sub(r"\A\{\s*(?=\{)", "[", body)  # {{...}: the outer bracket is a list's
        if body.startswith("{"):
            body, joins = re.subn(r"\}\s*,?\s*\{", "}, {", body)
            body = f"[{body}" if joins else body
        try:
            repaired = repair_json(_numbered(_requoted(body)), skip_json_loads=True, ensure_ascii=False)
            value = json.loads(str(repaired), object_pairs_hook=_unnumbered)
        except ValueError:  # of the repair too, where brackets lie too deep
            value = None
    if not isinstance(value, list) or _KEY_MARK in json.dumps(value, ensure_ascii=False):  # Pairs are lists
        raise Failed("no_dictionary")
    return value


_KEYS = re.compile(
    r'"((?:[^"\\]|\\.)*)"(?=\s*:)'  # a quoted key
    r'|"(?:[^"\\]|\\.)*"'  # another string, which is passed over
    r'|(?<=[{,])\s*([^\W\d][^"{}\[\],:]*?)\s*(?=:)'  # a bare key
)


def _numbered(body: str) -> str:
    """Each key with a number of its own, since the repair keeps but the last of equal keys."""
    numbers = itertools.count()

    def number(found: re.Match[str]) -> str:
        key = found[1] if found[1] is not None else found[2]
        return found[0] if key is None else f'"{key}{_KEY_MARK}{next(numbers)}"'

    return _KEYS.sub(number, body)


def _unnumbered(pairs: list[tuple[str, Any]]) -> Pairs:
    return Pairs((key.partition(_KEY_MARK)[0], value) for key, value in pairs)
