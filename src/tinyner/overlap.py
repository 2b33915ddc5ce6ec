"""Test sentences whose text stands in other sets too, whatever its words: a student may have learnt them by heart.

Stage prepare counts them and may drop them; stage evaluate scores the others by themselves.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tinyner.rows import Sentence, squeezed
from tinyner.stand_ins import not_among

SETS = ("original", "target", "related", "valid")
"""The prepared sets that a student learns from, or that its epoch is chosen by."""


_DISTILLED = ("target", "related")


def learned_from(sets: Mapping[str, Iterable[Sentence]], held_out_texts: set[str]) -> dict[str, Iterator[Sentence]]:
    """Return the prepared sets, the distilled ones without the sentences that no student is trained on.

    >>> rows = [{"id": "a", "words": ["EU"]}]
    >>> {name: list(kept) for name, kept in learned_from({"original": rows, "target": rows}, {"EU"}).items()}
    {'original': [{'id': 'a', 'words': ['EU']}], 'target': []}
    """
    return {name: not_among(rows, held_out_texts if name in _DISTILLED else set()) for name, rows in sets.items()}


def seen_in(test: Sequence[Sentence], sets: Mapping[str, Iterable[Sentence]]) -> list[list[str]]:
    """Return, for each test sentence, the names of the sets that have a sentence of the same text.

    Of the other sets, which are read once, only texts of the test set are kept.

    The text is compared without white space, since each file may split it into other words.

    >>> rows = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair", "left"]}]
    >>> seen_in(rows, {"original": rows[:1], "valid": []})
    [['original'], []]
    """
    test_texts = [squeezed(row["words"]) for row in test]
    different = set(test_texts)
    texts_by_set = {
        name: {text for row in rows if (text := squeezed(row["words"])) in different} for name, rows in sets.items()
    }
    return [[name for name, texts in texts_by_set.items() if text in texts] for text in test_texts]
