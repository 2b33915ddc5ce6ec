"""The entity types of a project: with other names and definitions, from ``--types`` or from the labels of gold files.

``--types`` is text, ``"DRUG: a substance given to a patient; DOSE (amount): how much of it"``, where names in brackets
are other names of the type; or a YAML file with one of

* a mapping from type to definition, to a list of other names, or to ``{names: [...], definition: ...}``;
* ``types`` and ``annotate.definitions``, as params.yaml and recipes have them;
* a list of types.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tinyner.annotate import templates
from tinyner.errors import UserError
from tinyner.init.readers import SchemeTypes, folded_name
from tinyner.params import read_yaml

# Signs of Chinese, Japanese and Arabic in the place of ASCII's.
_COLON, _SEMICOLON, _COMMA, _OPEN, _CLOSE = ":\uff1a", ";\uff1b\u061b", ",\uff0c\u3001\u060c", "(\uff08", ")\uff09"
_INLINE = re.compile(
    rf"(?P<name>[^{_COLON}{_OPEN}{_CLOSE}]+?)\s*(?:[{_OPEN}](?P<others>[^{_OPEN}{_CLOSE}]*)[{_CLOSE}])?\s*"
    rf"(?:[{_COLON}](?P<definition>.*))?",
    re.S,
)
_KEYS = {"names", "definition"}


@dataclass(frozen=True)
class Scheme:
    """Each type with its other names, as params.yaml has them, and the definitions that are written."""

    types: Mapping[str, Sequence[str]]
    definitions: Mapping[str, str]

    @property
    def undefined(self) -> list[str]:
        """The types without a definition."""
        return [name for name in self.types if not self.definitions.get(name)]

    @property
    def all_definitions(self) -> dict[str, str]:
        """A definition for each type, a draft where none is written."""
        return {
            name: self.definitions.get(name) or templates.draft(name, others) for name, others in self.types.items()
        }

    def defined(self, definitions: Mapping[str, str]) -> "Scheme":
        """Return the scheme with some more definitions."""
        return Scheme(self.types, {**self.definitions, **definitions})


class SchemeOfTheUser(SchemeTypes):
    """The types of ``--types``, whose message for another type says what to do there."""

    def unknown(self, name: str) -> str:
        """Return a message that a type is not in the scheme."""
        return (
            f"type {name} is none of --types ({', '.join(self.names)}); add it there, as a type or as another name of "
            f"one, or leave its entities out: -S 'prepare.drop_types=[{name}]'"
        )


def read_scheme(source: str) -> Scheme:
    """Return the scheme that ``--types`` gives, as text or as the path of a file.

    Raises:
        UserError: if it is neither, or names a type twice.
    """
    path = Path(source).expanduser()
    if path.suffix.lower() not in (".yaml", ".yml", ".json"):
        return _of_text(source)
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"--types: {source} can't be read: {error.strerror}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"--types: {source}: not valid YAML: {error}") from None
    return of_yaml(content, f"--types: {source}")


def of_yaml(content: object, where: str) -> Scheme:
    """Return the scheme of a parsed YAML file; ``where`` it stands, for messages.

    Raises:
        UserError: if it has another form, naming the type.
    """
    if isinstance(content, list):
        content = dict.fromkeys(map(str, content))
    if not isinstance(content, dict) or not content:
        raise UserError(f"{where}: expected types with their definitions, TYPE: what it is")
    definitions = content.get("definitions") or {}
    if isinstance(content.get("types"), dict | list):
        annotate = content.get("annotate")
        definitions = annotate.get("definitions") or {} if isinstance(annotate, dict) else definitions
        scheme = of_yaml(content["types"], f"{where}: types")
        if not isinstance(definitions, dict) or not set(definitions) <= set(scheme.types):
            raise UserError(f"{where}: definitions: expected TYPE: definition, of the types {_list(scheme)}")
        return scheme.defined({label: _one_line(str(text)) for label, text in definitions.items() if text})
    rows = [(str(label), *_row(value, f"{where}: {label}")) for label, value in content.items()]
    return _scheme(rows, where)


def _row(value: Any, where: str) -> tuple[list[str], str]:
    """Return the other names and the definition that stand behind a type."""
    if value is None or isinstance(value, str):
        return [], value or ""
    if isinstance(value, list) and all(isinstance(other, str) for other in value):
        return value, ""
    if isinstance(value, dict) and set(value) <= _KEYS and isinstance(value.get("names") or [], list):
        return list(map(str, value.get("names") or [])), str(value.get("definition") or "")
    raise UserError(f"{where}: expected a definition, a list of other names, or {{names: [...], definition: ...}}")


def _of_text(text: str) -> Scheme:
    separators = rf"[{_SEMICOLON}\n]"
    if not re.search(f"[{_COLON}]", text):
        separators += rf"|[{_COMMA}](?![^{_OPEN}]*[{_CLOSE}])"  # a comma within brackets parts other names
    rows = []
    for part in filter(None, (part.strip() for part in re.split(separators, text))):
        match = _INLINE.fullmatch(part)
        if match is None or "=" in match["name"]:
            raise UserError(
                f"--types: expected TYPE: definition, found {part[:40]!r}; for example "
                '--types "DRUG: a substance given to a patient; DOSE: how much of it", or name a .yaml file'
            )
        others = [other.strip() for other in re.split(f"[{_COMMA}]", match["others"] or "") if other.strip()]
        rows.append((match["name"], others, match["definition"] or ""))
    return _scheme(rows, "--types")


def _scheme(rows: Sequence[tuple[str, list[str], str]], where: str) -> Scheme:
    types: dict[str, list[str]] = {}
    definitions = {}
    for written, others, definition in rows:
        name = type_name(written)
        if not name or name in types:
            raise UserError(f"{where}: {written!r} {'stands twice' if name else 'is no name of a type'}")
        types[name] = list(dict.fromkeys([*([written] if written != name else []), *others]))
        if definition.strip():
            definitions[name] = _one_line(definition)
    if not types:
        raise UserError(f"{where}: expected types, found none")
    return Scheme(types, definitions)


def type_name(text: str) -> str:
    """Return the name of a type as params.yaml can have it: without white space, and with no dash at its ends.

    >>> type_name("Drug name"), type_name("PER")
    ('Drug_name', 'PER')
    """
    return re.sub(r"\s+", "_", text.strip()).strip("-")


def of_labels(counts: Mapping[str, int], where: str) -> Scheme:
    """Return the scheme of the names of types in gold files, without definitions, the most frequent types first.

    Names that differ in case or in the signs between their words are names of one type.

    >>> of_labels({"drug name": 1, "Drug name": 3, "DOSE": 9}, "").types
    {'DOSE': [], 'Drug_name': ['Drug name', 'drug name']}

    Raises:
        UserError: if there are none.
    """
    if not counts:
        raise UserError(f"{where}: has no entity, so no types can be taken from it; name them: --types")
    names: dict[str, Counter[str]] = {}
    for label, count in counts.items():
        names.setdefault(folded_name(label), Counter())[label] += count
    rows = []
    for by_name in sorted(names.values(), key=lambda by_name: -by_name.total()):
        written = [label for label, _ in by_name.most_common()]
        rows.append((written[0], written[1:], ""))
    return _scheme(rows, where)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _list(scheme: Scheme) -> str:
    return ", ".join(scheme.types)
