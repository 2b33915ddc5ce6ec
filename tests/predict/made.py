"""Labelled texts that are made by hand, for what writes them."""

from collections.abc import Mapping
from typing import Any

from tinyner.predict.labelling import Counts, Entity, Labelled
from tinyner.predict.text import Text


def made(
    text: str,
    *entities: tuple[str, str] | tuple[str, str, float],
    line: int = 1,
    file: str = "",
    row: Mapping[str, Any] | None = None,
) -> Labelled:
    """Return a text; an entity is what it says, its type and perhaps its score, in the order of the text."""
    made_text = Text(row or {}, text, None, line, file)
    spans: list[Entity] = []
    place = 0
    for part, label, *score in entities:
        start = text.index(part, place)
        place = start + len(part)
        spans.append(Entity(start, place, label, score[0] if score else None))
    return Labelled(made_text, made_text.sentences(), spans)


def counts_of(*texts: Labelled) -> Counts:
    """Return the counts of texts."""
    counts = Counts(len(texts), sum(len(labelled.sentences) for labelled in texts))
    for labelled in texts:
        for entity in labelled.entities:
            counts.labels[entity.label] = counts.labels.get(entity.label, 0) + 1
    return counts
