"""The entity types of a project, with other names and definitions; from what the user says, or from gold labels."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tinyner.annotate import templates
from tinyner.errors import UserError
from tinyner.init.readers import SchemeTypes, folded_name

# Signs of Chinese, Japanese and Arabic in the place of ASCII's.
COLON, COMMA, OPEN, CLOSE = ":\uff1a", ",\uff0c\u3001\u060c", "(\uff08", ")\uff09"
_PARTED = re.compile(r"\s(?:[-=]*>|[-=\u2013\u2014\u2192]+)\s")
_NAMES = re.compile(rf"(?P<name>[^{OPEN}{CLOSE}]+?)\s*(?:[{OPEN}](?P<others>[^{OPEN}{CLOSE}]*)[{CLOSE}])?\s*", re.S)


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


@dataclass(frozen=True)
class TypeRow:
    """A type as somebody wrote it; ``where``, for messages."""

    where: str
    written: str
    others: Sequence[str] = ()
    definition: str = ""


def scheme_of(rows: Iterable[TypeRow]) -> Scheme:
    """Return the scheme of some types.

    Raises:
        UserError: if a name is none, or names two types.
    """
    types: dict[str, list[str]] = {}
    definitions = {}
    owners: dict[str, str] = {}
    for row in rows:
        name = type_name(row.written)
        if not name:
            raise UserError(f"{row.where}: {row.written!r} is no name of a type")
        if name in types:
            raise UserError(f"{row.where}: {row.written!r} stands twice")
        types[name] = list(dict.fromkeys([*([row.written] if row.written != name else []), *row.others]))
        for other in (name, *types[name]):
            owner = owners.setdefault(other.casefold(), name)
            if owner != name:
                raise UserError(f"{row.where}: {other!r} names both {owner} and {name}")
        if definition := written(row.definition):
            definitions[name] = definition
    return Scheme(types, definitions)


def check_no_definition(where: str, name: str) -> None:
    """Check that a name without a definition has none behind a dash or an arrow.

    Raises:
        UserError: if it has.
    """
    match = _PARTED.search(name)
    if match is not None:
        label, definition = name[: match.start()].strip(), name[match.end() :].strip()
        raise UserError(
            f"{where}: {name[:40]!r}: a colon stands between a type and its definition; write {label}: {definition}"
        )


def type_name(text: str) -> str:
    """Return the name of a type as params.yaml can have it: without white space, and with no dash at its ends.

    >>> type_name("Drug name"), type_name("PER")
    ('Drug_name', 'PER')
    """
    return re.sub(r"\s+", "_", text.strip()).strip("-")


def with_brackets(text: str) -> tuple[str, list[str]] | None:
    """Return the name of a type, and the other names that stand in brackets behind it; None where it has no such form.

    >>> with_brackets("DRUG (medicine, drug)"), with_brackets("(medicine)")
    (('DRUG', ['medicine', 'drug']), None)
    """
    match = _NAMES.fullmatch(text.strip())
    if match is None:
        return None
    others = [other.strip() for other in re.split(f"[{COMMA}]", match["others"] or "")]
    return match["name"], [other for other in others if other]


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
        rows.append(TypeRow(where, written[0], written[1:]))
    return scheme_of(rows)


def written(definition: str) -> str:
    """Return a definition on one line, "" for a draft of one.

    >>> written("a\\n  place"), written("TODO: say what a LOC is")
    ('a place', '')
    """
    return "" if templates.is_draft(definition) else " ".join(definition.split())
