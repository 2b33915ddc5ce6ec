"""Choose the few-shot examples: few and short sentences that show every type, and one with few entities or none."""

from collections.abc import Mapping, Sequence

from tinyner.annotate.templates import Shot, shot_of
from tinyner.bio import tags_to_spans
from tinyner.prompts import FIELD
from tinyner.rows import Sentence, squeezed, text_of

LEAST = 3
"""Examples: as many as show every type, but no fewer than these."""

_SHORT, _SHORTEST = 40, 4  # words of a good example


def choose(train: Sequence[Sentence], types: Mapping[str, Sequence[str]]) -> list[Shot]:
    """Return examples from labelled sentences, as a template shows them.

    A sentence with the most types that no example shows yet is taken, the shortest of several, until each type is
    there; sentences of ordinary length come before others. Then a sentence with the fewest entities, best none, is put
    first, unless one without is among them; and short sentences with many types follow, until there are enough.

    Args:
        train: sentences to choose from.
        types: each type with its other names.
    """
    pool = _distinct(train)
    labels = [{span[2] for span in tags_to_spans(sentence["tags"])} for sentence in pool]
    lengths = [len(sentence["words"]) for sentence in pool]
    odd = [not _SHORTEST <= length <= _SHORT for length in lengths]
    chosen: list[int] = []
    missing = set().union(*labels)
    while missing:
        best = min(
            (index for index in range(len(pool)) if labels[index] & missing),
            key=lambda index: (odd[index], -len(labels[index] & missing), lengths[index], index),
        )
        chosen.append(best)
        missing -= labels[best]
    rest = [index for index in range(len(pool)) if index not in chosen]
    if rest and all(labels[index] for index in chosen):
        fewest = min(rest, key=lambda index: (odd[index], len(labels[index]), lengths[index], index))
        chosen.insert(0, fewest)
        rest.remove(fewest)
    rest.sort(key=lambda index: (odd[index], -len(labels[index]), lengths[index], index))
    chosen += rest[: max(0, LEAST - len(chosen))]
    return [shot_of(pool[index], types) for index in chosen]


def _distinct(train: Sequence[Sentence]) -> list[Sentence]:
    by_text: dict[str, Sentence] = {}
    for sentence in train:
        by_text.setdefault(squeezed(sentence["words"]), sentence)
    return [sentence for sentence in by_text.values() if FIELD not in text_of(sentence)]


def row_of(shot: Shot) -> dict[str, object]:
    """Return the row of an example in prompts/NAME.jsonl."""
    row: dict[str, object] = {"text": shot.text, "entities": dict(shot.entities)}
    return row | {"reasoning": shot.reasoning} if shot.reasoning else row
