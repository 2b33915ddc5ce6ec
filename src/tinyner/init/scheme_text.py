"""Types as text: ``"DRUG (medicine): a substance given to a patient; DOSE: how much of it"``.

Names in brackets are other names of the type. Without a colon, commas part types as well. A definition in which another
type may begin is refused: a YAML file says what is meant.
"""

import re

from tinyner.errors import UserError
from tinyner.init.scheme import (
    CLOSE,
    COLON,
    COMMA,
    OPEN,
    Scheme,
    TypeRow,
    check_no_definition,
    scheme_of,
    with_brackets,
)

_SEMICOLON = ";\uff1b\u061b"
_INLINE = re.compile(rf"(?P<names>[^{COLON}]+?)\s*(?:(?P<colon>[{COLON}])(?P<definition>.*))?", re.S)
_INNER_COLON = re.compile(rf":(?=\s|$)|[{COLON[1:]}]")
_ENDS_A_PART = re.compile(rf"[{COMMA}./|\u3002]")
_MOST_WORDS = 3  # of a name without a colon behind it
_WHERE = "--types"
_EXAMPLE = '--types "DRUG: a substance given to a patient; DOSE: how much of it"'


def of_text(text: str) -> Scheme:
    """Return the scheme that a text gives.

    Raises:
        UserError: if a part of it is no type, or names one twice.
    """
    separators = rf"[{_SEMICOLON}\n]"
    has_definitions = re.search(f"[{COLON}]", text) is not None
    if not has_definitions:
        separators += rf"|[{COMMA}](?![^{OPEN}]*[{CLOSE}])"  # a comma within brackets parts other names
    rows = [_row(part.strip(), among_defined=has_definitions) for part in re.split(separators, text) if part.strip()]
    if not rows:
        raise UserError(f"{_WHERE}: expected types, found none; for example {_EXAMPLE}")
    return scheme_of(rows)


def _row(part: str, *, among_defined: bool) -> TypeRow:
    match = _INLINE.fullmatch(part)
    names = None if match is None else with_brackets(match["names"])
    if match is None or names is None or "=" in names[0]:
        raise UserError(
            f"{_WHERE}: expected TYPE: definition, found {part[:40]!r}; for example {_EXAMPLE}, or name a .yaml file"
        )
    name, others = names
    definition = match["definition"] or ""
    if match["colon"] is None:
        check_no_definition(_WHERE, name)
    if match["colon"] is None and len(name.split()) > (1 if among_defined else _MOST_WORDS):
        raise UserError(
            f"{_WHERE}: {part[:40]!r}: is it a type, or does a definition go on here? Semicolons part types: "
            f"write {name}: behind a type, or no semicolon in a definition"
        )
    inner = _type_inside(name, definition)
    if inner is not None:
        raise UserError(
            f"{_WHERE}: {part[:40]!r}: does the type {inner} begin in there? Semicolons part types, "
            f"{name}: ...; {inner}: ...; a definition that has such a colon goes into a .yaml file"
        )
    return TypeRow(_WHERE, name, others, definition)


def _type_inside(label: str, definition: str) -> str | None:
    """Return the name of another type that seems to begin in a definition, None if none does.

    That is what stands before a colon and behind a comma, a stop, a slash or a bar; or a word in capitals, if the name
    of the type is in capitals too.

    >>> _type_inside("DRUG", "a medicine, DOSE: how much"), _type_inside("DRUG", "a medicine Dose DOSE: how much")
    ('DOSE', 'DOSE')
    >>> _type_inside("DOSE", "how much: of it, e.g.: two")
    """
    for colon in _INNER_COLON.finditer(definition):
        before = definition[: colon.start()]
        *earlier, part = _ENDS_A_PART.split(before)
        words = part.split()
        if earlier and 0 < len(words) <= _MOST_WORDS:
            return " ".join(words)
        if len(before.split()) > 1 and words and words[-1].isupper() and label.isupper():
            return words[-1]
    return None
