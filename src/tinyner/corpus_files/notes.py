"""What was read otherwise than as it stands, or gives reason for doubt: counted, printed, kept in the metrics."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SHOWN = 3  # places, or types
_OF_TYPE = re.compile(r"(?P<things>\w+) of type (?P<rest>.+? (?P<change>dropped|read as .+))")


@dataclass
class _Note:
    count: int
    places: list[str]  # the first ones


class Notes:
    """Counts by file and kind, in the order in which they came up.

    >>> notes = Notes()
    >>> notes.add("mine.jsonl", "spans trimmed of blanks at their edges", "mine.jsonl:2")
    >>> notes.add("mine.jsonl", "spans trimmed of blanks at their edges", "mine.jsonl:7")
    >>> list(notes.lines())
    ['mine.jsonl: spans trimmed of blanks at their edges: 2 (first: mine.jsonl:2, mine.jsonl:7)']
    """

    def __init__(self) -> None:
        """Begin without notes."""
        self._notes: dict[tuple[str, str], _Note] = {}

    def add(self, file: str, what: str, first: str, count: int = 1) -> None:
        """Count something in a file; ``what`` is a phrase, ``first`` its first place in the file."""
        note = self._notes.setdefault((file, what), _Note(0, []))
        note.count += count
        if len(note.places) < _SHOWN and first not in note.places:
            note.places.append(first)

    def count(self, what: str) -> int:
        """Return how often something was noted, in all files."""
        return sum(note.count for (_, kind), note in self._notes.items() if kind == what)

    def rows(self) -> list[dict[str, object]]:
        """Return a row for each file and kind, as metrics/prepare.json has them."""
        return [
            {"file": file, "note": what, "count": note.count, "first": note.places}
            for (file, what), note in self._notes.items()
        ]

    def lines(self) -> Iterator[str]:
        """Yield a line for each file and kind; kinds that differ only in the type share a line."""
        for file, phrase in self.phrases():
            yield f"{file}: {phrase}"

    def phrases(self) -> Iterator[tuple[str, str]]:
        """Yield the file and the rest of each line.

        >>> notes = Notes()
        >>> for name in ("A", "B", "C", "D"):
        ...     notes.add("a.csv", f"entities of type {name} read as {name.lower()}", "a.csv:2", 3)
        >>> list(notes.phrases())
        [('a.csv', 'entities of 4 types (A read as a: 3, B read as b: 3, C read as c: 3, ...): 12 (first: a.csv:2)')]
        """
        groups: dict[tuple[str, str], list[tuple[str, _Note]]] = {}
        for (file, what), note in self._notes.items():
            match = _OF_TYPE.fullmatch(what)
            kind = f"{match['things']} {match['change'].partition(' ')[0]}" if match else what
            groups.setdefault((file, kind), []).append((what, note))
        for (file, _), notes in groups.items():
            what = notes[0][0] if len(notes) == 1 else _of_types(notes)
            places = list(dict.fromkeys(place for _, note in notes for place in note.places))[:_SHOWN]
            yield file, f"{what}: {sum(note.count for _, note in notes)} (first: {', '.join(places)})"


def _of_types(notes: Sequence[tuple[str, _Note]]) -> str:
    """Return what was noted of several types, with the first ones."""
    matches = [match for what, _ in notes if (match := _OF_TYPE.fullmatch(what))]
    parts = [f"{match['rest']}: {note.count}" for match, (_, note) in zip(matches, notes, strict=True)]
    more = ", ..." if len(parts) > _SHOWN else ""
    return f"{matches[0]['things']} of {len(notes)} types ({', '.join(parts[:_SHOWN])}{more})"
