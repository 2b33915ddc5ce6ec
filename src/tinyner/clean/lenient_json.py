"""Load JSON as LLMs write it: single quotes, bare keys, lost commas and brackets, Python's tuples, equal keys."""

import itertools
import json
import re
from typing import Any

from json_repair import repair_json

_KEY_MARK = "\ue000"  # of the private use area; separates a key from its number
_KEYS = re.compile(
    r'"((?:[^"\\]|\\.)*)"(?=\s*:)'  # a quoted key
    r'|"(?:[^"\\]|\\.)*"'  # another string, which is left as it is
    r'|(?<=[{,])\s*([^\W\d][^"{}\[\],:]*?)\s*(?=:)'  # a bare key
)


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that no duplicated key is lost."""


def load(text: str, problems: set[str]) -> Pairs | list[Any] | None:
    """Return the object or list that a text is, repaired where it is no strict JSON; None where that fails.

    Args:
        text: from the first bracket of the object or list to its end.
        problems: ``json_repaired`` is added where it was.
    """
    try:
        value = json.loads(text, object_pairs_hook=Pairs)
    except ValueError:
        problems.add("json_repaired")
        text = re.sub(r"\A\{\s*(?=\{)", "[", text)  # {{...}: the outer bracket is a list's
        if text.startswith("{"):
            text, joins = re.subn(r"\}\s*,?\s*\{", "}, {", text)
            text = f"[{text}" if joins else text
        try:
            repaired = repair_json(_numbered(_requoted(text)), skip_json_loads=True, ensure_ascii=False)
            value = json.loads(str(repaired), object_pairs_hook=_unnumbered)
        except ValueError:  # raised by the repair too, where brackets are nested too deep
            value = None
    if not isinstance(value, list) or _KEY_MARK in json.dumps(value, ensure_ascii=False):  # Pairs are lists
        return None
    return value


def opens_string(text: str, index: int) -> bool:
    """Return whether a string begins at ``index``: a quotation mark after a bracket, comma, colon or string."""
    return text[index] in "\"'" and text[max(0, index - 100) : index].rstrip()[-1:] in tuple("{[(,:\"'")


def closes_string(text: str, index: int) -> bool:
    """Return whether the quotation mark at ``index`` ends its string, by what follows.

    That is a bracket, comma, colon, comment or string. So an apostrophe in a single-quoted string, or a
    quotation mark in a double-quoted one, does not end it.
    """
    following = text[index + 1 : index + 100].lstrip()[:1]
    return text[index - 1] != "\\" and following in ("", *",:]})(/#;", text[index])


def _numbered(text: str) -> str:
    """Append a number to each key, since the repair keeps only the last of equal keys."""
    numbers = itertools.count()

    def number(match: re.Match[str]) -> str:
        key = match[1] if match[1] is not None else match[2]
        return match[0] if key is None else f'"{key}{_KEY_MARK}{next(numbers)}"'

    return _KEYS.sub(number, text)


def _unnumbered(pairs: list[tuple[str, Any]]) -> Pairs:
    return Pairs((key.partition(_KEY_MARK)[0], value) for key, value in pairs)


def _requoted(text: str) -> str:
    """Write strings as JSON does, whatever quotation marks they contain, and Python's tuples as lists."""
    parts: list[str] = []
    start, quote = 0, ""
    for index, character in enumerate(text):
        if quote:
            if character == quote and closes_string(text, index):
                parts.append(_as_json(text[start : index + 1]))
                start, quote = index + 1, ""
        elif opens_string(text, index):
            parts.append(_brackets_as_lists(text[start:index], after=bool(parts), before=True))
            start, quote = index, character
    rest = text[start:]
    return "".join([*parts, rest if quote else _brackets_as_lists(rest, after=bool(parts), before=False)])


def _brackets_as_lists(between: str, *, after: bool, before: bool) -> str:
    """Write the brackets of tuples between two strings as those of lists: ``)`` after a string, ``(`` before one."""
    if after:
        stripped = between.lstrip(" \t\n,")
        if stripped.startswith(")"):
            between = between[: len(between) - len(stripped)] + "]" + stripped[1:]
    stripped = between.rstrip()
    return f"{stripped[:-1]}[" if before and stripped.endswith("(") else between


def _as_json(string: str) -> str:
    try:
        json.loads(string)
    except ValueError:
        return json.dumps(string[1:-1].replace(f"\\{string[0]}", string[0]), ensure_ascii=False)
    return string
