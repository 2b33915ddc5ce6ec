"""Write JSON lines: a row for each text."""

from collections.abc import Sequence
from typing import Any

from tinyner.files import line_of
from tinyner.predict.labelling import Counts, Entity, Labelled
from tinyner.predict.text import TEXT, free_key


class JsonLines:
    """A row for each text: its line, the fields that it came with, its text and its entities."""

    def begin(self) -> bytes:
        """Return nothing."""
        return b""

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return a line for each text."""
        return b"".join(line_of(row_of(labelled)) for labelled in texts)

    def end(self, counts: Counts) -> bytes:
        """Return nothing."""
        return b""


def row_of(labelled: Labelled) -> dict[str, Any]:
    """Return the row of a text.

    The line is ``line``, or ``input_line`` where the row came with ``line``; the file, where several are read, ``file``
    or ``input_file``. Entities are ``spans``, or ``predicted_spans`` where it came with ``spans``, each with start,
    end, label, text and score, where the model has one; start and end count characters of ``text``.
    """
    text = labelled.text
    file = {free_key(text.row, "file", "input_file"): text.file} if text.file else {}
    line = {free_key(text.row, "line", "input_line"): text.line}
    spans_key = free_key(text.row, "spans", "predicted_spans")
    spans = [span_of(text.text, entity) for entity in labelled.entities]
    return {**file, **line, **text.row, TEXT: text.text, spans_key: spans}


def span_of(text: str, entity: Entity) -> dict[str, Any]:
    """Return an entity of a text as a JSON object."""
    start, end = entity.start, entity.end
    span = {"start": start, "end": end, "label": entity.label, "text": text[start:end]}
    return span if entity.score is None else {**span, "score": entity.score}
