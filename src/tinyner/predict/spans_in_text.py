"""A text cut at its entities, for the formats that draw them."""

from collections.abc import Iterator

from tinyner.predict.labelling import Entity, Labelled
from tinyner.terminal import harmless


def parts_of(labelled: Labelled) -> Iterator[tuple[str, Entity | None]]:
    """Yield the parts of a text in their order, those that are entities with them; controls are U+FFFD.

    Controls would steer a terminal, and HTML can't hold them. Line ends and tabs stay.
    """
    text = labelled.text.text
    place = 0
    for entity in labelled.entities:
        if place < entity.start:
            yield harmless(text[place : entity.start]), None
        yield harmless(text[entity.start : entity.end]), entity
        place = entity.end
    if place < len(text):
        yield harmless(text[place:]), None


def shown_score(score: float | None) -> str:
    """Return a score with two digits, rounded down, so that only what is certain is 1; nothing without one.

    >>> shown_score(0.9981), shown_score(1.0), shown_score(None)
    ('.99', '1', '')
    """
    if score is None:
        return ""
    return "1" if score == 1 else f".{round(score * 10_000) // 100:02d}"
