"""Types as YAML (or JSON, which is YAML): one of

* a mapping from type to definition, to a list of other names, or to ``{names: [...], definition: ...}``;
* a list of names, of mappings with one such entry each, and of ``{name: ..., names: [...], definition: ...}``;
* ``types``, as one of the above, and ``annotate.definitions`` or ``definitions``, as params.yaml has them.

A name may have other names in brackets behind it. Whatever has another form is refused with its line.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tinyner.errors import UserError
from tinyner.init.scheme import (
    COLON,
    Scheme,
    TypeRow,
    check_no_definition,
    scheme_of,
    type_name,
    with_brackets,
    written,
)
from tinyner.params import Params

Steps = tuple[int, ...]
"""Where a value stands: the index of its item in a list, or of its key in a mapping, from the outermost in."""

_NAME, _NAMES, _DEFINITION = "name", "names", "definition"
_FORM = "a definition, a list of other names, or {names: [...], definition: ...}"
_MEANT = {
    **dict.fromkeys(("description", "desc", "meaning", "text", "explanation"), _DEFINITION),
    **dict.fromkeys(("aliases", "alias", "synonyms", "other_names", "others", "label", "labels"), _NAMES),
}
"""What keys of a type are called elsewhere."""

_LIKE_TYPES = {"type", "entities", "entity", "entity_types", "entity_type", "labels", "label", "classes", "categories"}
_LIKE_TYPES |= {"tags", "schema", "scheme", "ner", "entity types", "entitytypes", "entity-types"}
"""What ``types`` is called elsewhere, in lower case."""


@dataclass(frozen=True)
class Document:
    """A parsed YAML document: its content, its name in messages, and its nodes, if lines are to be known."""

    content: Any
    name: str
    root: yaml.Node | None = None

    def place(self, steps: Steps) -> str:
        """Return the document's name and the line of a value."""
        if self.root is None:
            return self.name
        node = self.root
        line = node.start_mark.line
        for index in steps:
            if not isinstance(node.value, list) or index >= len(node.value):  # of a mapping that is merged in (<<)
                break
            if isinstance(node, yaml.MappingNode):
                key, node = node.value[index]
                line = key.start_mark.line
            elif isinstance(node, yaml.SequenceNode):
                node = node.value[index]
                line = node.start_mark.line
        return f"{self.name}:{line + 1}"


def of_yaml(document: Document) -> Scheme:
    """Return the scheme of a document.

    Raises:
        UserError: if it has another form, naming the place.
    """
    content, steps = document.content, Steps()
    if isinstance(content, dict) and isinstance(content.get("params"), dict):  # a recipe
        content, steps = content["params"], (list(content).index("params"),)
    if isinstance(content, dict) and "types" in content:
        return _of_params(document, content, steps)
    return scheme_of(_rows(document, content, steps))


def _of_params(document: Document, content: dict[str, Any], steps: Steps) -> Scheme:
    keys = list(content)
    for index, key in enumerate(keys):
        if key not in ("definitions", *Params.model_fields):
            raise UserError(
                f"{document.place((*steps, index))}: {key} is not read beside types; known here: types, definitions, "
                "and what params.yaml has"
            )
    scheme = scheme_of(_rows(document, content["types"], (*steps, keys.index("types"))))
    definitions = dict(scheme.definitions)
    for section, place in _definitions(document, content, steps):
        if not isinstance(section, dict):
            raise UserError(f"{document.place(place)}: definitions: expected TYPE: definition, found {_shown(section)}")
        for index, (label, text) in enumerate(section.items()):
            where = document.place((*place, index))
            name = type_name(str(label))
            if name not in scheme.types:
                raise UserError(
                    f"{where}: definitions: expected TYPE: definition, of the types {', '.join(scheme.types)}, found "
                    f"{_shown(label)}"
                )
            if text is not None and not isinstance(text, str):
                raise UserError(f"{where}: {name}: expected a definition as text, found {_shown(text)}")
            definition = written(text or "")
            if definition and definitions.setdefault(name, definition) != definition:
                raise UserError(f"{where}: {name} has two definitions; keep one of them")
    return Scheme(scheme.types, definitions)


def _definitions(document: Document, content: dict[str, Any], steps: Steps) -> Iterator[tuple[Any, Steps]]:
    """Yield each mapping of definitions beside ``types``, and where it stands; one that is left empty is none."""
    for index, (key, value) in enumerate(content.items()):
        if key == "definitions" and value is not None:
            yield value, (*steps, index)
        if key == "annotate" and value is not None:
            if not isinstance(value, dict):
                raise UserError(
                    f"{document.place((*steps, index))}: annotate: expected {{definitions: ...}}, found {_shown(value)}"
                )
            if value.get("definitions") is not None:
                yield value["definitions"], (*steps, index, list(value).index("definitions"))


def _rows(document: Document, content: object, steps: Steps) -> list[TypeRow]:
    rows = []
    if isinstance(content, dict) and {_NAME, _DEFINITION} <= set(content):
        rows = [_item(document, content, steps, has_name=True)]
    elif isinstance(content, dict):
        _check_key_of_types(document, content, steps)
        rows = [_row(document, label, value, (*steps, index)) for index, (label, value) in enumerate(content.items())]
    elif isinstance(content, list):
        named = [isinstance(item, dict) and _NAME in item for item in content]
        have_names = _have_names(content, sum(named))
        rows = [
            _item(document, item, (*steps, index), has_name=have_names and named[index])
            for index, item in enumerate(content)
        ]
    if not rows:
        raise UserError(
            f"{document.place(steps)}: expected types with their definitions, TYPE: what it is (with a blank behind "
            f"the colon), or a list of types, found {_shown(content)}"
        )
    return rows


def _check_key_of_types(document: Document, content: Mapping[Any, Any], steps: Steps) -> None:
    """Check that the types do not stand under a key that would be taken for a type, as ``entities: [DRUG, DOSE]``.

    Raises:
        UserError: if they do.
    """
    for index, (key, value) in enumerate(content.items()):
        holds_types = isinstance(value, list) or (isinstance(value, dict) and not set(value) & {_NAMES, _DEFINITION})
        if str(key).casefold() in _LIKE_TYPES and value and holds_types:
            raise UserError(
                f"{document.place((*steps, index))}: {key} would be a type of this name; the key above types is types: "
                f"write types in place of {key}"
            )


def _have_names(items: Sequence[object], named: int) -> bool:
    """Return whether ``name`` is a key of the items that have it, ``named`` ones, and not a type called so."""
    return named in (len(items), *range(2, len(items))) or any(
        isinstance(item, dict) and _NAME in item and len(item) > 1 for item in items
    )


def _item(document: Document, item: object, steps: Steps, *, has_name: bool) -> TypeRow:
    """Return a type of a list; ``has_name``: the item has it under ``name``."""
    where = document.place(steps)
    if isinstance(item, str):
        if any(colon in item for colon in COLON):
            raise UserError(f"{where}: expected a type, found {_shown(item)}; write TYPE: what it is, without quotes")
        check_no_definition(where, item)
        return _row(document, item, None, steps)
    if isinstance(item, dict) and has_name:
        value = {key: value for key, value in item.items() if key != _NAME}
        return _row(document, item[_NAME], value, steps, keys=list(item))
    if isinstance(item, dict) and len(item) == 1:
        ((label, value),) = item.items()
        if label == _NAME and isinstance(value, str) and len(value.split()) == 1:
            raise UserError(
                f"{where}: is {value} the name of a type, or what a name is? Write - {value}, or - name: {{definition: "
                f"{value}}}"
            )
        return _row(document, label, value, (*steps, 0))
    raise UserError(
        f"{where}: expected a type, TYPE: what it is, or {{name: ..., definition: ...}}, found {_shown(item)}"
    )


def _row(document: Document, label: object, value: object, steps: Steps, keys: Sequence[object] = ()) -> TypeRow:
    """Return a type; ``keys``: of the mapping at ``steps``, if it has more than those of ``value``."""
    where = document.place(steps)
    if not isinstance(label, str):
        raise UserError(f"{where}: expected the name of a type, found {_shown(label)}; text goes between quotes")
    names = with_brackets(label)
    if names is None:
        raise UserError(f"{where}: {label!r} is no name of a type")
    name, others = names
    definition: object = None
    if isinstance(value, str):
        definition = value
    elif isinstance(value, list):
        others = [*others, *_texts(value, where, label)]
    elif isinstance(value, dict):
        strange = [key for key in value if key not in (_NAMES, _DEFINITION)]
        if strange:
            place = document.place((*steps, list(keys or value).index(strange[0])))
            meant = _meant(strange[0])
            cure = f"did you mean {meant}?" if meant else f"expected {_FORM}"
            raise UserError(f"{place}: {label}: {strange[0]} is not read; {cure}")
        definition = value.get(_DEFINITION)
        others = [*others, *_texts(value.get(_NAMES) or [], where, label)]
    elif value is not None:
        raise UserError(f"{where}: {label}: expected {_FORM}, found {_shown(value)}")
    if definition is not None and not isinstance(definition, str):
        raise UserError(f"{where}: {label}: expected a definition as text, found {_shown(definition)}")
    return TypeRow(where, name, others, definition or "")


def _meant(key: object) -> str | None:
    """Return the key of a type that was meant, None where it can't be guessed.

    >>> _meant("Description"), _meant("definitions"), _meant("about")
    ('definition', 'definition', None)
    """
    name = str(key).casefold()
    return _MEANT.get(name) or next(iter(difflib.get_close_matches(name, (_NAMES, _DEFINITION), 1)), None)


def _texts(value: object, where: str, label: str) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise UserError(f"{where}: {label}: expected other names as a list of texts, found {_shown(value)}")
    return value


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(" ".join(value.split()) if isinstance(value, str) else value)[:60]
