"""A params.yaml or a study's YAML under today's keys, with its comments and its order kept, as ruamel.yaml does it."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from tinyner.errors import UserError
from tinyner.init.yaml_document import DVCS_WIDTH, dumped, editor_of, last_leaf, move_tail
from tinyner.migration import Added, Removed, Step, last_part, migrated, todays_changes, todays_name
from tinyner.params import flat, keys_of, parse_params, read_yaml

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
        editor = editor_of(DVCS_WIDTH)
        document = editor.load(text)
        for step in steps:
            _do(step, document)
        text = dumped(editor, document)
        if read_yaml(text) != todays:  # where ruamel.yaml reads a value otherwise
            changes = "; ".join(map(str, steps))
            raise UserError(f"{path}: can't be rewritten without loss, nothing is written; change by hand: {changes}")
    try:
        parse_params(text, path)
    except UserError as error:
        raise UserError(f"{error}; mend this by hand, nothing is written") from None
    return Rewritten(text, list(map(str, steps)))


def _rewritten_study(text: str, content: dict[str, Any], path: Path) -> Rewritten:
    editor = editor_of(_NO_WIDTH)
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
    return Rewritten(dumped(editor, document) if lines else text, lines)


def _rename_inside(mapping: MutableMapping[str, Any], section: str) -> None:
    """Rename the keys of a study's changes, which are dotted names, or nested, or both."""
    for key in list(mapping):
        old, name = f"{section}{key}", todays_name(f"{section}{key}")
        value = mapping[key]
        if name != old:
            _rename(mapping, key, name.removeprefix(section))
        if isinstance(value, MutableMapping):
            _rename_inside(value, f"{name}.")


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
        move_tail(last_leaf(section, follows), last_leaf(section, key))


def _remove(section: Any, key: str) -> None:
    position = list(section).index(key)
    if position:
        move_tail(last_leaf(section, key), last_leaf(section, list(section)[position - 1]))
    section.pop(key)
