"""The types of params.yaml, found by the names that corpora give them."""

from collections.abc import Mapping, Sequence

import regex

_SIGNS = regex.compile(r"(?:[^\w\p{M}]|_)+")  # a combining mark is of a word
DROPPED = ""
"""In place of a type whose entities are not labelled (``prepare.drop_types``)."""


class SchemeTypes:
    """Types by their names: the type itself or another name of it, and the names that are dropped.

    Case makes no difference, nor do signs between the words of a name.

    >>> types = SchemeTypes({"PER": ["person"], "LOC": ["geographical entity"]}, ["DATE"])
    >>> [types.find(name) for name in ("Person", "geographical_entity", "date", "GPE")]
    ['PER', 'LOC', '', None]
    """

    def __init__(self, types: Mapping[str, Sequence[str]], dropped: Sequence[str] = ()) -> None:
        """Take each type with its other names, and the names that are dropped."""
        self.names = tuple(types)
        self._exact = {name: label for label, others in types.items() for name in (label, *others)}
        self._exact |= dict.fromkeys(dropped, DROPPED)
        self._folded: dict[str, set[str]] = {}
        for name, label in self._exact.items():
            self._folded.setdefault(folded_name(name), set()).add(label)

    def find(self, name: str) -> str | None:
        """Return the type of this name, DROPPED, or None where the scheme has no such name or two of them."""
        if name in self._exact:
            return self._exact[name]
        labels = self._folded.get(folded_name(name), set())
        return next(iter(labels)) if len(labels) == 1 else None

    def unknown(self, name: str) -> str:
        """Return a message that a type is not in the scheme."""
        return (
            f"type {name} is none of the types in params.yaml ({', '.join(self.names)}); add it to them, as a type or "
            "as another name of a type, or to prepare.drop_types"
        )


def folded_name(name: str) -> str:
    """Return a name without what makes no difference: case, and the signs between its words.

    >>> folded_name("Drug_name"), folded_name("\u0915\u0932\u093e")
    ('drug name', '\u0915\u0932\u093e')
    """
    return " ".join(_SIGNS.sub(" ", name).split()).casefold()
