"""How the tags of a file are written: which part of a tag is the position in an entity, which the type.

All tags of a file are read in one spelling. It is a spelling in which every tag can be read and every type is in the
scheme; so a type such as ``HEPATITIS-B`` or ``creative-work`` is never taken apart. Where two spellings would read the
same tags differently, neither is chosen.

======== ========================= ===================================
spelling tags                      notes
======== ========================= ===================================
``B-T``  ``B-PER``, ``I-PER``      or parted by one of ``_ : / .``
``T-B``  ``PER-B``, ``PER-I``      likewise
``T``    ``PER``                   no position: neighbours are one
``B``    ``B``, ``I``              where the scheme has a single type
``(T*``  ``(PER*``, ``*``, ``*)``  CoNLL-2012
======== ========================= ===================================

Letters are those of ``tinyner.bio.POSITIONS`` in either case. O and o are no entity; so is _ or - in a file without O.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tinyner.bio import POSITIONS
from tinyner.corpus_files.scheme_types import SchemeTypes

_LETTERS = "".join(POSITIONS)
_SEPARATORS = "-_:/."
OUTSIDE = ("O", "o")
_EMPTY = ("_", "-")
NO_ENTITY = frozenset((*OUTSIDE, *_EMPTY, "*"))
"""All tags that mean no entity in some spelling."""
_OPEN = re.compile(r"\((?P<label>[^()*\s]+)(?P<end>\*|\))")
NO_POSITION = ""


class SpellingError(ValueError):
    """Tags that can't be read; ``tag`` is one to blame."""

    def __init__(self, tag: str, message: str) -> None:
        """Take the tag, whose place the caller knows, and what is wrong with it."""
        super().__init__(message)
        self.tag = tag


Part = tuple[str, str]
"""Position and the name of a type: ``("B", "PER")``; ``("O", "")`` outside; the position is "" where a tag has none."""


@dataclass(frozen=True)
class Spelling:
    """A spelling, and each tag of a file read by it."""

    name: str
    parts: Mapping[str, Part]


@dataclass(frozen=True)
class _Candidate:
    name: str
    split: Callable[[str], Part | None]


def spelling_of(tags: Collection[str], types: SchemeTypes) -> Spelling:
    """Return the spelling of the tags of a file.

    >>> spelling_of(["PER-B", "PER-I", "O"], SchemeTypes({"PER": []})).parts["PER-B"]
    ('B', 'PER')

    Raises:
        SpellingError: where no spelling reads them all, a type is not in the scheme, or two spellings differ.
    """
    outside = _outside(tags)
    others = sorted(set(tags) - outside)
    if not others:
        if outside and not outside <= set(OUTSIDE):
            raise SpellingError(min(outside), f"all tags are {min(outside)}, so the sentences have no labels")
        return Spelling("B-T", dict.fromkeys(outside, ("O", "")))
    _refuse_numbers(others)
    readings: dict[str, dict[str, Part]] = {}
    for candidate in _candidates(types):
        read = _read(others, candidate)
        if read is not None:
            readings[candidate.name] = read
    fitting = {
        name: read
        for name, read in readings.items()
        if all(position == "O" or types.find(label) is not None for position, label in read.values())
    }
    distinct = {tuple(read.items()): name for name, read in reversed(fitting.items())}
    if len(distinct) > 1:
        tag = next(tag for tag in others if len({read[tag] for read in fitting.values()}) > 1)
        ways = " or ".join(f"as {_shown(read[tag])}" for read in fitting.values())
        raise SpellingError(tag, f"tag {tag!r} can be read {ways}; write all tags as B-TYPE, I-TYPE and O")
    if not distinct:
        raise _why_none_fits(others, readings, types)
    name = next(iter(distinct.values()))
    return Spelling(name, {**dict.fromkeys(outside, ("O", "")), **fitting[name]})


def parts_of(tags: Collection[str]) -> dict[str, Part]:
    """Return the parts of tags of any types, but for those that mean no entity, by the first spelling that reads all.

    >>> parts_of(["O", "B-PER", "I-creative-work"])
    {'B-PER': ('B', 'PER'), 'I-creative-work': ('I', 'creative-work')}

    Raises:
        SpellingError: where all tags are numbers.
    """
    others = sorted(set(tags) - _outside(tags))
    _refuse_numbers(others)
    readings = (_read(others, candidate) for candidate in _candidates(SchemeTypes({})))
    return next(read for read in readings if read is not None)  # a tag without a position is read by the last one


def is_tagged(values: Collection[str], types: SchemeTypes) -> bool:
    """Return whether values are the tags of a file, at least one of an entity, all types in the scheme."""
    try:
        spelling = spelling_of(values, types)
    except SpellingError:
        return False
    return any(spelling.parts[value][0] != "O" for value in values)


def looks_tagged(values: Collection[str]) -> bool:
    """Return whether values look like tags with positions of any types, at least one of an entity.

    >>> looks_tagged(["O", "B-NP"]), looks_tagged(["O", "DT"])
    (True, False)
    """
    shaped = re.compile(rf"[{_LETTERS}][-_]\S+|\S+[-_][{_LETTERS}]", re.I)
    entities = [value for value in values if value not in OUTSIDE]
    return bool(entities) and all(shaped.fullmatch(value) for value in entities)


def _candidates(types: SchemeTypes) -> list[_Candidate]:
    candidates = []
    for separator in _SEPARATORS:
        sign = re.escape(separator)
        before = re.compile(rf"(?P<position>[{_LETTERS}]){sign}(?P<label>.+)", re.I | re.S)
        behind = re.compile(rf"(?P<label>.+){sign}(?P<position>[{_LETTERS}])", re.I | re.S)
        candidates += [
            _Candidate(f"B{separator}T", _splitter(before)),
            _Candidate(f"T{separator}B", _splitter(behind)),
        ]
    candidates.append(_Candidate("(T*", _bracket))
    candidates.append(_Candidate("T", lambda tag: (NO_POSITION, tag)))
    if len(types.names) == 1:
        only = types.names[0]
        candidates.append(_Candidate("B", lambda tag: (tag.upper(), only) if tag.upper() in POSITIONS else None))
    return candidates


def _splitter(pattern: re.Pattern[str]) -> Callable[[str], Part | None]:
    def split(tag: str) -> Part | None:
        match = pattern.fullmatch(tag)
        return (match["position"].upper(), match["label"]) if match else None

    return split


def _read(tags: Sequence[str], candidate: _Candidate) -> dict[str, Part] | None:
    """Return the parts of all tags; None where one of them can't be read."""
    read = {}
    for tag in tags:
        part = candidate.split(tag)
        if part is None:
            return None
        read[tag] = part
    return read


def _bracket(tag: str) -> Part | None:
    """Read CoNLL-2012's brackets: ``(PER*`` begins, ``(PER)`` is alone, ``*`` goes on or is outside, ``*)`` ends."""
    if tag in ("*", "*)"):
        return "O", tag
    match = _OPEN.fullmatch(tag)
    return ("B" if match["end"] == "*" else "S", match["label"]) if match else None


def _outside(tags: Collection[str]) -> set[str]:
    """Return the tags that mean no entity: O and o, or, in a file that has neither, a single empty sign."""
    outside = set(OUTSIDE) & set(tags)
    empty = set(_EMPTY) & set(tags)
    return outside or (empty if len(empty) == 1 else set())


def _shown(part: Part) -> str:
    position, label = part
    return f"{position}- of {label}" if position else f"type {label}"


def _refuse_numbers(tags: Collection[str]) -> None:
    numbers = [tag for tag in tags if re.fullmatch(r"-?\d+", tag)]
    if numbers and len(numbers) == len(tags):
        raise SpellingError(
            numbers[0], f"tags are numbers, such as {numbers[0]}; set prepare.tag_names to their names, or write names"
        )


def _why_none_fits(
    tags: Sequence[str], readings: Mapping[str, Mapping[str, Part]], types: SchemeTypes
) -> SpellingError:
    """Return what is wrong in the spelling that the tags suggest: a type of the first that reads all, or a tag."""
    for name, read in readings.items():
        unknown = [tag for tag in tags if types.find(read[tag][1]) is None]
        if name != "T" or (len(unknown) < len(tags) and not any(map(_standard, tags))):
            return SpellingError(unknown[0], types.unknown(read[unknown[0]][1]))
    tag = next(tag for tag in tags if _standard(tag) is None)
    hint = ""
    if re.fullmatch(rf"[{_LETTERS}]-?", tag, re.I):
        hint = ", which names no type"
    elif tag == "0":
        hint = ", a zero; no entity is the letter O"
    elif not tag:
        hint = ", which is empty"
    return SpellingError(tag, f"expected an IOB1, IOB2 or BIOES tag (O, B-PER, I-PER, ...), found {tag!r}{hint}")


_standard = _splitter(re.compile(rf"(?P<position>[{_LETTERS}])-(?P<label>.+)", re.I | re.S))
