"""Edit YAML files with their comments kept, as ruamel.yaml does it.

ruamel.yaml keeps all that stands between two values, blank lines and comments, with the first of them. So whoever puts
another value there, or takes one out, has to move it.
"""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.tokens import CommentToken

from tinyner.errors import UserError
from tinyner.params import read_yaml

DVCS_WIDTH = 80
"""Columns, beyond which DVC breaks a text of params.yaml when -S writes it."""


_CURES = {
    "mapping values are not allowed here": "a text with a colon in it goes between quotes",
    "could not find expected ':'": "this line has no colon with a blank behind it",
    "found character '\\t'": "indent by blanks, not by a tab",
    "that cannot start any token": "a text that begins with this sign goes between quotes",
    "found undefined alias": "a text that begins with * goes between quotes",
    "could not determine a constructor": "a text that begins with ! goes between quotes",
    "found unexpected end of stream": "a quote that opens here is closed nowhere",
}
"""What to do, by what PyYAML says."""

_BEGUN = ("while scanning a simple key", "while scanning a quoted scalar")
"""What PyYAML was at where it is wrong at the line on which it began."""


def parsed(text: str, name: str) -> Any:
    """Return the content of a YAML document; ``name``, for messages.

    Raises:
        UserError: where it is not valid, with the line.
    """
    try:
        return read_yaml(text)
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if error.context in _BEGUN else error.problem_mark
        line = f":{mark.line + 1}" if mark else ""
        cures = [cure for problem, cure in _CURES.items() if problem in str(error.problem)]
        raise UserError(f"{name}{line}: not valid YAML: {'; '.join([str(error.problem), *cures[:1]])}") from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from None


def editor_of(width: int) -> YAML:
    """Return an editor that keeps quotes, and breaks a text beyond so many columns."""
    editor = YAML()
    editor.default_flow_style = False
    editor.preserve_quotes = True
    editor.width = width
    return editor


def dumped(editor: YAML, document: object) -> str:
    """Return the text of a document."""
    buffer = io.StringIO()
    editor.dump(document, buffer)
    return buffer.getvalue()


def put(document: Any, name: str, value: object) -> None:
    """Put a value under a dotted name, whose section is there; where it is the same already, nothing changes."""
    *sections, key = name.split(".")
    section = document
    for part in sections:
        section = section[part]
    if key not in section:
        last = last_leaf(section, list(section)[-1])
        section[key] = _commented(value)
        move_tail(last, last_leaf(section, key))
        return
    if json.dumps(section[key]) == json.dumps(value):  # so the order of keys counts, and 1 is not true
        return
    before = last_leaf(section, key)
    section[key] = _commented(value)
    token = _comment(section, key)
    if token is not None:
        token.start_mark = CommentMark(0)  # or it would stand where the old value's length put it
    after = last_leaf(section, key)
    if before[0] is not after[0] or before[1] != after[1]:
        move_tail(before, after)


def _commented(value: object) -> object:
    """Return a value as ruamel.yaml writes it in blocks."""
    if isinstance(value, Mapping):
        return CommentedMap({key: _commented(inner) for key, inner in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return CommentedSeq(map(_commented, value))
    return value


def last_leaf(section: Any, key: object) -> tuple[Any, Any]:
    """Return the mapping or list, and the key or index, of the last value that stands under a key."""
    value = section[key]
    while isinstance(value, CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        section, key = value, list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1
        value = section[key]
    return section, key


def move_tail(leaf: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    """Move blank lines and comments that follow a value to another one; what is on the value's own line stays.

    ruamel.yaml keeps all that stands between two values with the first of them.
    """
    token = _comment(*leaf)
    if token is None:
        return
    on_the_line, newline, tail = token.value.partition("\n")
    if not tail:
        return
    _set_comment(*leaf, on_the_line + newline if on_the_line else None, token.column)
    other_token = _comment(*other)
    kept = other_token.value.partition("\n")[0] if other_token is not None else ""
    _set_comment(*other, f"{kept}\n{tail}", other_token.column if other_token is not None else token.column)


def _comment(section: Any, key: object) -> Any:
    tokens = section.ca.items.get(key) or []
    place = 0 if isinstance(section, CommentedSeq) else 2
    return tokens[place] if len(tokens) > place else None


def _set_comment(section: Any, key: object, text: str | None, column: int) -> None:
    place = 0 if isinstance(section, CommentedSeq) else 2
    tokens = section.ca.items.setdefault(key, [None] * (2 if isinstance(section, CommentedSeq) else 4))
    tokens[place] = CommentToken(text, CommentMark(column)) if text is not None else None
