"""Test sentences that stand in other sets too, word for word: a student may have learnt them by heart.

Stage prepare counts them and may drop them; stage evaluate scores the others by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence

from tinyner.rows import Sentence

SETS = ("original", "target", "related", "valid")
"""The prepared sets that a student learns from, or that its epoch is chosen by."""


def seen_in(test: Sequence[Sentence], sets: Mapping[str, Iterable[Sentence]]) -> list[list[str]]:
    """Return, for each test sentence, the names of the sets that have a sentence of the same words.

    >>> rows = [{"id": "a", "words": ["EU"]}, {"id": "b", "words": ["Blair", "left"]}]
    >>> seen_in(rows, {"original": rows[:1], "valid": []})
    [['original'], []]
    """
    words_by_set = {name: {tuple(row["words"]) for row in rows} for name, rows in sets.items()}
    return [[name for name, words in words_by_set.items() if tuple(row["words"]) in words] for row in test]
