"""Load JSON as LLMs write it: single quotes, bare keys, lost commas and brackets, Python's tuples, equal keys."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import regex
from json_repair import repair_json

_KEY_MARK = "\ue000"  # of the private use area; separates a key from its number
_NUMBER_MARK = "\ue001"  # stands before a number that is written as a string
MAX_DEPTH = 20
"""How deep an answer may nest brackets or indents, if it is no strict JSON: parsers take long for deeper ones."""

_KEYS = re.compile(
    r'"((?:[^"\\]|\\.)*+)"(?=\s*:)'  # a quoted key
    r'|"(?:[^"\\]|\\.)*+"'  # another string, which is left as it is
    r'|(?<=[{,])\s*+([^\W\d][^"{}\[\],:]*+)(?=:)'  # a bare key
)
_BARE_NUMBER = re.compile(
    r"(?<=[\[,:\s])-?(?:\d{1,3}(?:,\d{3})+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?=\s*+(?:[,\]}]|\Z))"
)
_TORN = re.compile(
    r"[\"'\u201c\u201d]\s*[:,\]}]\s*[\"'\[{\u201c]|[\[{]\s*[\"']|^\s*[\]}:]|,\s*[\"'\u201c]\w+\Z|[\ue000\ue001]"
)
# {"PER" => ["Rosa"]}, {PER=[Rosa]}
_ASSIGNED = regex.compile(r"((?<=[{,])\s*[\"']?[\w\p{M}]+[\"']?)\s*=>?\s*(?=[\[\"'{])")
_OTHER_QUOTES = re.compile(
    r"[{\[,]\s*[\u00ab\u2018\u300c\u2039][^\"\n]{1,60}?[\u00bb\u2019\u300d\u203a]\s*:"
)  # around a key
_OPENING = re.compile(r"(?<=[{\[,:\s])[\u00ab\u2018\u300c\u2039]")
_CLOSING = re.compile(r"[\u00bb\u2019\u300d\u203a](?=\s*[,:\]}])")
_LOOP = re.compile(r"(.{1,30}?)\1{40}", re.S)  # the same again and again: a model's loop, which repairs take long for
_STRING_PREFIX = re.compile(r"(?<=[\[{(,:\s])[ubr](?=[\"'])", re.I)  # u'Rosa'
_PLACEHOLDER = re.compile(r"[\[{,]\s*(?:\.\.\.|\u2026)\s*[\]}]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that no duplicated key is lost."""


class Number(str):
    """A number as it was written, with all its digits: ``2.20``."""

    __slots__ = ()


def strings_in(value: Any) -> list[str]:
    """Return the string or number that a value is, or those that a list holds; other values have none.

    >>> strings_in("Rosa"), strings_in(["Rosa", None, ["Opel"]]), strings_in(Pairs([("text", "Rosa")]))
    (['Rosa'], ['Rosa'], [])
    """
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def load(text: str, problems: set[str]) -> Pairs | list[Any] | None:
    """Return the object or list that a text is, repaired where it is no strict JSON; None where that fails.

    Args:
        text: from the first bracket of the object or list to its end.
        problems: ``json_repaired`` is added where it was.
    """
    try:
        value = strict(text)
    except ValueError:
        problems.add("json_repaired")
        if _LOOP.search(text) or depth(text) > MAX_DEPTH:
            return None
        text = _ASSIGNED.sub(r"\1: ", text)
        text = _STRING_PREFIX.sub("", text)
        if _OTHER_QUOTES.search(text):
            text = _CLOSING.sub('"', _OPENING.sub('"', text))
        if _PLACEHOLDER.search(text):
            return None
        text = re.sub(r"\A\{\s*(?=\{)", "[", text)  # {{...}: the outer bracket is a list's
        if text.startswith("{"):
            text, joins = re.subn(r"\}\s*,?\s*\{", "}, {", text)
            text = f"[{text}" if joins else text
        try:
            repaired = repair_json(_numbered(_requoted(text)), skip_json_loads=True, ensure_ascii=False)
            value = _with_numbers(strict(str(repaired), _unnumbered))
        except ValueError:  # the repair gave up
            value = None
        if text.strip("{}[]() \t\n,") and not any(_all_strings(value)):
            return None  # {...}
        if any(map(_TORN.search, _all_strings(value))):  # signs of JSON in a string: strings were put together wrongly
            return None
    return value if isinstance(value, list) else None  # Pairs are lists


def depth(text: str) -> int:
    """Return how deep the brackets of a text are nested at most, strings not told apart."""
    steps = ((sign in "{[") - (sign in "}]") for sign in text if sign in "{[]}")
    return max(itertools.accumulate(steps), default=0)


def _all_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _all_strings(item)


def strict(text: str, pairs: Callable[[list[tuple[str, Any]]], Pairs] = Pairs) -> Any:
    """Return the value of a strict JSON text, with its numbers as written.

    Raises:
        ValueError: if it is no JSON.
    """
    return json.loads(text, object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=Number)


def json_in(string: str, problems: set[str]) -> Pairs | list[Any] | None:
    """Return the object or list that a string of a reply holds, None where it is any other text.

    Args:
        string: of the reply.
        problems: ``json_in_a_string`` is added where it holds one, and ``json_repaired`` where that had to be repaired.
    """
    bare = string.strip()
    if bare[:1] not in ("{", "[") or bare[-1:] not in ("}", "]"):
        return None
    try:
        value = strict(bare)
    except ValueError:
        value = load(bare, problems) if re.match(r"[{\[]\s*[{\[\"']", bare) else None
    if not isinstance(value, list):
        return None
    problems.add("json_in_a_string")
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
    between = _BARE_NUMBER.sub(lambda number: f'"{_NUMBER_MARK}{number[0]}"', between)
    if after:
        stripped = between.lstrip(" \t\n,")
        if stripped.startswith(")"):
            between = between[: len(between) - len(stripped)] + "]" + stripped[1:]
    stripped = between.rstrip()
    return f"{stripped[:-1]}[" if before and stripped.endswith("(") else between


def _as_json(string: str) -> str:
    """Write a quoted string as JSON does; of an escape that JSON does not have (``\\_``), only the character stays."""
    try:
        json.loads(string)
    except ValueError:
        return json.dumps(_ESCAPE.sub(_unescaped, string[1:-1]), ensure_ascii=False)
    return string


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(escape, escape)


def _with_numbers(value: Any) -> Any:
    """Return a value in which marked strings are numbers again."""
    if isinstance(value, Pairs):
        return Pairs((key, _with_numbers(inner)) for key, inner in value)
    if isinstance(value, list):
        return [_with_numbers(inner) for inner in value]
    if isinstance(value, str) and value.startswith(_NUMBER_MARK):
        return Number(value[1:])
    return value
