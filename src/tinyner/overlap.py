"""Test sentences whose text stands in other sets too, whatever its words: a student may have learnt them by heart.

Stage prepare counts them and may drop them; stage evaluate scores the others by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence

from tinyner.rows import Sentence, squeezed
from tinyner.stand_ins import without

SETS = ("original", "target", "related", "valid")
"""The prepared sets that a student learns from, or that its epoch is chosen by."""


_DISTILLED = ("target", "related")


def learned_from(sets: Mapping[str, Sequence[Sentence]], held_out_texts: set[str]) -> dict[str, list[Sentence]]:
    """Return the prepared sets, the distilled ones without the sentences that no student is trained on.

    >>> rows = [{"id": "a", "words": ["EU"]}]
    >>> learned_from({"original": rows, "target": rows}, {"EU"})
    {'original': [{'id': 'a', 'words': ['EU']}], 'target': []}
    """
    return {name: without(rows, held_out_texts) if name in _DISTILLED else list(rows) for name, rows in sets.items()}


def seen_in(test: Sequence[Sentence], sets: Mapping[str, Iterable[Sentence]]) -> list[list[str]]:
    """Return, for each test sentence, the names of the sets that have a sentence of the same text.

    The text is compared without white space, since each file may split it into other words.

    >>> rows = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair", "left"]}]
    >>> seen_in(rows, {"original": rows[:1], "valid": []})
    [['original'], []]
    """
    texts_by_set = {name: {squeezed(row["words"]) for row in rows} for name, rows in sets.items()}
    return [[name for name, texts in texts_by_set.items() if squeezed(row["words"]) in texts] for row in test]
