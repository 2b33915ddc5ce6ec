"""The order of sentences: a smaller sample is a prefix of a larger one."""

import hashlib
from collections.abc import Sequence

from tinyner.errors import UserError
from tinyner.plurals import number
from tinyner.rows import Sentence


def ranked(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """Sort sentences by the sha256 of ``{seed}:{id}``, so that a smaller sample is a prefix of a larger one."""
    return sorted(sentences, key=lambda sentence: hashlib.sha256(f"{seed}:{sentence['id']}".encode()).hexdigest())


def first(sentences: list[Sentence], size: int | None, key: str) -> list[Sentence]:
    """Return the first ``size`` sentences of a source, all if that is None.

    Raises:
        UserError: if there are fewer, naming the key of ``prepare``.
    """
    if size is not None and size > len(sentences):
        raise UserError(f"prepare.{key}: {number(size, 'sentence')} wanted, the source has {len(sentences):,}")
    return sentences[:size]
