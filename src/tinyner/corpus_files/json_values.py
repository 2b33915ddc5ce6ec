"""The rows of a JSON file: an object or list a line, values over several lines, or one list of them all."""

import json
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from tinyner.errors import UserError
from tinyner.files import object_of

_BLANKS = " \t\r\n"


def looks_like_json(lines: Sequence[str]) -> bool:
    """Return whether a file begins as JSON does: with an object, or a list of objects, lists or strings.

    >>> looks_like_json(['{"text": "a"}']), looks_like_json(["[", "]"]), looks_like_json(["[1] O", ""])
    (True, True, False)
    """
    first = next((line.strip() for line in lines if line.strip()), "")
    return first.startswith(("{", "[{", '["', "[[")) or first in ("[", "[]")


def rows(lines: Sequence[str], name: str) -> Iterator[tuple[str, Any]]:
    """Yield each row with its place; a list of rows is taken apart, but a list that begins with a text is a row.

    Raises:
        UserError: if a value is no valid JSON, or names a key twice, naming file and line.
    """
    decoder = json.JSONDecoder(object_pairs_hook=object_of)
    done = 0
    for done, line_text in enumerate(lines):
        value = _object(line_text, decoder)
        if value is None:
            break
        if value:
            yield f"{name}:{done + 1}", value[0]
    else:
        return
    yield from _several_lines(lines, done, decoder, name)


def _object(line: str, decoder: json.JSONDecoder) -> list[Any] | None:
    """Return the object that a line is, as a list; an empty one for a blank line, None for anything else."""
    text = line.strip(_BLANKS)
    if not text:
        return []
    if not text.startswith("{"):
        return None
    try:
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return [value] if end == len(text) else None


def _several_lines(lines: Sequence[str], done: int, decoder: json.JSONDecoder, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the rows of the lines behind the first ``done`` ones, which may have values over several lines."""
    text = "\n".join(lines[done:])
    position, line, counted = _skip(text, 0), done + 1, 0
    while position < len(text):
        line, counted = line + text.count("\n", counted, position), position
        where = f"{name}:{line}"
        if text[position] == "[" and text[_skip(text, position + 1) : _skip(text, position + 1) + 1] != '"':
            position = yield from _items(text, position, decoder, name, line)
        else:
            value, position = _value(text, position, decoder, where)
            yield where, value
        position = _skip(text, position)


def _items(
    text: str, position: int, decoder: json.JSONDecoder, name: str, line: int
) -> Generator[tuple[str, Any], None, int]:
    """Yield the items of a list that begins at ``position``, each with its place; return the place behind it."""
    counted = position
    position = _skip(text, position + 1)
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        where = f"{name}:{line}"
        value, position = _value(text, position, decoder, where)
        yield where, value
        position = _skip(text, position)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        elif text[position : position + 1] != "]":
            raise UserError(
                f"{where}: expected a comma or ] behind this item of the list, found {_excerpt(text, position)}"
            )
    return position + 1


def _value(text: str, position: int, decoder: json.JSONDecoder, where: str) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else error
        raise UserError(f"{where}: expected a JSON object, found {_excerpt(text, position)} ({reason})") from None


def _excerpt(text: str, position: int) -> str:
    return repr(text[position : position + 40].partition("\n")[0]) if position < len(text) else "the end of the file"


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position
