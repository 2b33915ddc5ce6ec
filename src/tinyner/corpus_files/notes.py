"""What was read otherwise than as it stands, or gives reason for doubt: counted, printed, kept in the metrics."""

from collections.abc import Iterator
from dataclasses import dataclass

_SHOWN = 3  # places


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
        """Yield a line for each file and kind."""
        for (file, what), note in self._notes.items():
            yield f"{file}: {what}: {note.count} (first: {', '.join(note.places)})"
