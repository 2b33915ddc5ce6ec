"""Read tasks of Label Studio's JSON export.

``{"data": {"text": ...}, "annotations": [{"result": [{"value": {"start": 0, "end": 10, "labels": ["PER"]}}]}]}``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinyner.corpus_files.character_spans import CharacterSpan, span_of
from tinyner.errors import UserError


@dataclass(frozen=True)
class Task:
    """The text of a task, and the spans of its annotation; None where it has none yet."""

    text: str
    spans: list[CharacterSpan] | None


def is_task(row: Mapping[str, Any]) -> bool:
    """Return whether a row is a task: its text is in ``data``."""
    return isinstance(row.get("data"), dict) and not {"text", "words", "tokens"} & set(row)


def read_task(row: Mapping[str, Any], where: str) -> Task | None:
    """Return a task; None for one that was skipped.

    Raises:
        UserError: if it has no text, annotations that differ, or a region that is no range of the text.
    """
    texts = [value for value in row["data"].values() if isinstance(value, str)]
    text = row["data"].get("text", texts[0] if len(texts) == 1 else None)
    if not isinstance(text, str):
        raise UserError(f"{where}: expected the task's text as data.text")
    annotations = row.get("annotations") or row.get("completions") or []
    if not isinstance(annotations, list) or not all(isinstance(part, dict) for part in annotations):
        raise UserError(f"{where}: expected annotations, a list of objects")
    kept = [annotation for annotation in annotations if not annotation.get("was_cancelled")]
    if not kept:
        return None if annotations else Task(text, None)
    results = [_spans(annotation.get("result"), where) for annotation in kept]
    if any(set(spans) != set(results[0]) for spans in results):
        raise UserError(f"{where}: has {len(results)} annotations that differ; keep one of them")
    return Task(text, results[0])


def _spans(result: Any, where: str) -> list[CharacterSpan]:
    if not isinstance(result, list) or not all(isinstance(region, dict) for region in result):
        raise UserError(f"{where}: expected result, a list of regions")
    spans = []
    for region in result:
        value = region.get("value")
        if not isinstance(value, dict) or "start" not in value:
            continue  # a choice, a rating, a relation: nothing of the text
        if "startOffset" in value:
            raise UserError(f"{where}: regions of HTML are not read; label the task as text")
        spans.append(span_of(value, where))
    return spans
