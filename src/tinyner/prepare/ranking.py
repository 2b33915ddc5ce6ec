"""The order of sentences: a smaller sample is a prefix of a larger one."""

import hashlib
from collections.abc import Sequence

from tinyner.rows import Sentence


def ranked(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """Sort sentences by the sha256 of ``{seed}:{id}``, so that a smaller sample is a prefix of a larger one."""
    return sorted(sentences, key=lambda sentence: hashlib.sha256(f"{seed}:{sentence['id']}".encode()).hexdigest())
