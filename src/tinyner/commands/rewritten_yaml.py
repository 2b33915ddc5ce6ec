"""A params.yaml or a study's YAML under today's keys, with its comments and its order kept, as ruamel.yaml does it."""

import io
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, YAMLError
from ruamel.yaml.tokens import CommentToken

from tinyner.errors import UserError
from tinyner.migration import Added, Removed, Step, last_part, migrated, todays_changes, todays_name
from tinyner.params import flat, keys_of, parse_params, read_yaml

_DVCS_WIDTH = 80  # columns, beyond which DVC breaks a text of params.yaml when -S writes it
_NO_WIDTH = 4096  # a study's lines stay as long as they are


@dataclass(frozen=True)
class Rewritten:
    """The new text of a file, and a line for each key that changed; no line where nothing had to."""

    text: str
    lines: list[str]


def rewrite(text: str, path: Path) -> Rewritten:
    """Bring the text of a params.yaml, or of a study, which has ``experiments``, under today's keys.

    Raises:
        UserError: where the result would still be refused, naming what remains wrong.
    """
    try:
        content = read_yaml(text)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        content = None  # said by the reader of params.yaml
    try:
        if isinstance(content, dict) and "experiments" in content:
            return _rewritten_study(text, content, path)
        return _rewritten_params(text, content, path)
    except YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {error}; nothing is written") from None


def _rewritten_params(text: str, content: object, path: Path) -> Rewritten:
    todays, steps = migrated(content) if isinstance(content, dict) else ({}, [])
    if steps:
        editor = _editor(_DVCS_WIDTH)
        document = editor.load(text)
        for step in steps:
            _do(step, document)
        text = _dumped(editor, document)
        if read_yaml(text) != todays:  # where ruamel.yaml reads a value otherwise
            changes = "; ".join(map(str, steps))
            raise UserError(f"{path}: can't be rewritten without loss, nothing is written; change by hand: {changes}")
    try:
        parse_params(text, path)
    except UserError as error:
        raise UserError(f"{error}; mend this by hand, nothing is written") from None
    return Rewritten(text, list(map(str, steps)))


def _rewritten_study(text: str, content: dict[str, Any], path: Path) -> Rewritten:
    editor = _editor(_NO_WIDTH)
    document = editor.load(text)
    experiments = content["experiments"] if isinstance(content["experiments"], dict) else {}
    changes_by_place: dict[tuple[str, ...], object] = {("base",): content.get("base")}
    changes_by_place |= {("experiments", name): changes for name, changes in experiments.items()}
    lines = []
    for place, changes in changes_by_place.items():
        if not isinstance(changes, dict):  # no study: whoever runs it says so
            continue
        where = ".".join(map(str, place))
        try:
            _, old_names = todays_changes(flat(changes))
        except UserError as error:
            raise UserError(f"{path}: {where}: {error}; nothing is written") from None
        lines += [f"{where}: {old} -> {name}" for old, name in old_names.items()]
        mapping = document
        for part in place:
            mapping = mapping[part]
        _rename_inside(mapping, "")
    return Rewritten(_dumped(editor, document) if lines else text, lines)


def _rename_inside(mapping: MutableMapping[str, Any], section: str) -> None:
    """Rename the keys of a study's changes, which are dotted names, or nested, or both."""
    for key in list(mapping):
        old, name = f"{section}{key}", todays_name(f"{section}{key}")
        value = mapping[key]
        if name != old:
            _rename(mapping, key, name.removeprefix(section))
        if isinstance(value, MutableMapping):
            _rename_inside(value, f"{name}.")


def _editor(width: int) -> YAML:
    editor = YAML()
    editor.default_flow_style = False
    editor.preserve_quotes = True
    editor.width = width
    return editor


def _dumped(editor: YAML, document: object) -> str:
    buffer = io.StringIO()
    editor.dump(document, buffer)
    return buffer.getvalue()


def _do(step: Step, document: Any) -> None:
    section = document
    for part in step.section:
        section = section[part]
    key = last_part(step.key)
    if isinstance(step.row, Removed):
        _remove(section, key)
    elif isinstance(step.row, Added):
        value = CommentedMap(step.row.value) if isinstance(step.row.value, dict) else step.row.value
        _insert(section, key, value, keys_of(step.section))
    else:
        _rename(section, key, last_part(step.name))


def _rename(section: Any, key: str, name: str) -> None:
    position, comment = list(section).index(key), section.ca.items.get(key)
    section.insert(position, name, section.pop(key))
    if comment is not None:
        section.ca.items[name] = comment


def _insert(section: Any, key: str, value: object, order: list[str]) -> None:
    """Insert a key behind those that stand before it in today's params.yaml, which are its section's ``order``."""
    before = set(order[: order.index(key)])
    position = max((place for place, name in enumerate(section, 1) if name in before), default=0)
    follows = list(section)[position - 1] if position else None
    section.insert(position, key, value)
    if follows is not None:
        _move_tail(_last_leaf(section, follows), _last_leaf(section, key))


def _remove(section: Any, key: str) -> None:
    position = list(section).index(key)
    if position:
        _move_tail(_last_leaf(section, key), _last_leaf(section, list(section)[position - 1]))
    section.pop(key)


def _last_leaf(section: Any, key: object) -> tuple[Any, Any]:
    """Return the mapping or list, and the key or index, of the last value that stands under a key."""
    value = section[key]
    while isinstance(value, CommentedMap | CommentedSeq) and value and not value.fa.flow_style():
        section, key = value, list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1
        value = section[key]
    return section, key


def _move_tail(leaf: tuple[Any, Any], other: tuple[Any, Any]) -> None:
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
