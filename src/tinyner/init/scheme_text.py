"""Types as text: ``"DRUG (medicine): a substance given to a patient; DOSE: how much of it"``.

Names in brackets are other names of the type. Without a colon, commas part types as well.
"""

import re

from tinyner.errors import UserError
from tinyner.init.scheme import CLOSE, COLON, COMMA, OPEN, Scheme, TypeRow, scheme_of, with_brackets

_SEMICOLON = ";\uff1b\u061b"
_INLINE = re.compile(rf"(?P<names>[^{COLON}]+?)\s*(?:(?P<colon>[{COLON}])(?P<definition>.*))?", re.S)
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
    if among_defined and match["colon"] is None and len(name.split()) > 1:
        raise UserError(
            f"{_WHERE}: {part[:40]!r}: is it a type, or does a definition go on here? Semicolons part types: "
            f"write {name}: behind a type, or no semicolon in a definition"
        )
    return TypeRow(_WHERE, name, others, match["definition"] or "")
