"""Spans of characters, counted in code points and half-open, and the words that they cover."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from tinyner.bio import Span
from tinyner.corpus_files.notes import Notes
from tinyner.errors import UserError

_STARTS = ("start", "startoffset", "startchar", "begin", "startindex", "charstart")
_ENDS = ("end", "endoffset", "endchar", "endindex", "charend")
_LABELS = ("label", "labels", "type", "entitytype", "entitygroup", "tag", "category", "entity")
_TEXTS = ("text", "word")
"""Keys of a span, in small letters and without underscores, the surest first."""


@dataclass(frozen=True)
class CharacterSpan:
    """A span as a file has it; ``text`` is what it says to be there, None where it says nothing."""

    start: int
    end: int
    label: str
    text: str | None = None

    def check(self, text: str, where: str) -> None:
        """Check that the span is a range of a text, and covers what it says it does, but for case and white space.

        Raises:
            UserError: where it does not, and what its numbers seem to count.
        """
        if not 0 <= self.start < self.end <= len(text):
            raise UserError(
                f"{where}: {self.label} {self.start}:{self.end} is no range of a text of {len(text)} characters; "
                "start is counted from 0, end is behind the last one"
            )
        if self.text is not None and _squeezed(text[self.start : self.end]) != _squeezed(self.text):
            raise UserError(
                f"{where}: {self.label} {self.start}:{self.end} is {text[self.start : self.end]!r} here, "
                f"and said to be {self.text!r}{self._hint(text)}"
            )

    def _hint(self, text: str) -> str:
        """Return what start and end seem to count where they don't count code points up to the end."""
        assert self.text is not None
        for encoding, unit, size in (("utf-16-le", "UTF-16 units", 2), ("utf-8", "bytes", 1)):
            data = text.encode(encoding, "surrogatepass")[self.start * size : self.end * size]
            if data.decode(encoding, "replace") == self.text:
                return f"; its numbers count {unit}, and code points are read"
        if text[self.start : self.end + 1] == self.text:
            return "; its end is the last character, and the one behind it is read"
        return "; start and end count code points from 0, end is behind the last one"


def span_of(value: Mapping[str, Any] | Sequence[Any], where: str) -> CharacterSpan:
    """Return the span that an object or a list [start, end, label] is.

    >>> span_of([0, 10, "PER"], ""), span_of({"start_offset": 0, "end_offset": 10, "label": "PER"}, "")
    (CharacterSpan(start=0, end=10, label='PER', text=None), CharacterSpan(start=0, end=10, label='PER', text=None))

    Raises:
        UserError: if it is none.
    """
    if isinstance(value, Mapping):
        folded = {key.replace("_", "").casefold(): part for key, part in value.items()}
        start, end, label, text = (
            next((folded[key] for key in keys if key in folded), None) for keys in (_STARTS, _ENDS, _LABELS, _TEXTS)
        )
    else:
        start, end, label, text = (*value, None) if len(value) == 3 else (None, None, None, None)
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    if not _is_number(start) or not _is_number(end) or not isinstance(label, str) or not label.strip():
        raise UserError(f"{where}: expected a span with start, end and a label as text, found {str(value)[:60]!r}")
    return CharacterSpan(start, end, label.strip(), text if isinstance(text, str) else None)


def cover(
    spans: Sequence[CharacterSpan],
    text: str,
    places: Sequence[tuple[int, int]],
    edges: Literal["refuse", "snap"],
    *,
    file: str,
    where: str,
    notes: Notes,
) -> list[Span]:
    """Return the words that spans cover, as spans of words with the same labels.

    Blanks at a span's edges are left out, which is noted. A span that begins or ends inside a word is refused, or
    (``snap``) covers all of the word, which is noted too; signs that can't be seen may be left out at its edges, as
    ``tinyner predict`` leaves them out.

    Args:
        spans: of the text.
        text: that they belong to.
        places: of its words.
        edges: the parameter ``prepare.span_edges``.
        file: for the notes.
        where: file and line, for messages.
        notes: take what was changed.

    Raises:
        UserError: if a span is no range of the text, covers no word, or ends inside one and ``edges`` is refuse.
    """
    covered = []
    for span in spans:
        span.check(text, where)
        start, end = _trimmed(span, text)
        if (start, end) != (span.start, span.end):
            notes.add(file, "spans trimmed of white space at their edges", where)
        words = [index for index, (first, last) in enumerate(places) if first < end and start < last]
        if not words:
            raise UserError(f"{where}: {span.label} {span.start}:{span.end} ({text[start:end]!r}) has no word in it")
        edge = places[words[0]][0], places[words[-1]][1]
        if not _is_unseen(text[edge[0] : start]) or not _is_unseen(text[end : edge[1]]):
            if edges == "refuse":
                raise UserError(
                    f"{where}: {span.label} {text[start:end]!r} ({span.start}:{span.end}) is part of "
                    f"{text[edge[0] : edge[1]]!r}, and a word has one tag; mend it, or label whole words: "
                    "prepare.span_edges: snap"
                )
            notes.add(file, "spans snapped to whole words", where)
        covered.append((words[0], words[-1] + 1, span.label))
    return covered


def _trimmed(span: CharacterSpan, text: str) -> tuple[int, int]:
    covered = text[span.start : span.end]
    start = span.start + len(covered) - len(covered.lstrip())
    return start, max(start, span.end - len(covered) + len(covered.rstrip()))


def _is_unseen(text: str) -> bool:
    """Return whether all signs are controls, soft hyphens, direction marks and the like; an empty text is unseen."""
    return all(unicodedata.category(sign) in ("Cc", "Cf") for sign in text)


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
