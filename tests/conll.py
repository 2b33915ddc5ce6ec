"""The sentences of CoNLL-2003, read once by each worker."""

from functools import cache

from tinyner.prepare import corpus
from tinyner.rows import Sentence

TYPES = ("LOC", "MISC", "ORG", "PER")


@cache
def conll_2003(split: str) -> tuple[Sentence, ...]:
    """Return the sentences of a split; change none of them."""
    return _splits()[split]


@cache
def _splits() -> dict[str, tuple[Sentence, ...]]:
    return {split: tuple(sentences) for split, sentences in corpus.conll_2003(TYPES).items()}
