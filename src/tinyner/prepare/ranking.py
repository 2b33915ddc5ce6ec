"""The order of sentences: a smaller sample is a prefix of a larger one."""

import hashlib
from array import array
from collections.abc import Sequence

from tinyner.corpus_files.spool import picked
from tinyner.errors import UserError
from tinyner.plurals import number
from tinyner.rows import Sentence

_SIZE = hashlib.sha256().digest_size


def ranked(sentences: Sequence[Sentence], seed: int) -> Sequence[Sentence]:
    """Sort sentences by the sha256 of ``{seed}:{id}``, so that a smaller sample is a prefix of a larger one.

    Of sentences on disk, 40 bytes each are in memory meanwhile, and 8 bytes afterwards.
    """
    digests = bytearray()
    for sentence in sentences:
        digests += hashlib.sha256(f"{seed}:{sentence['id']}".encode()).digest()
    if isinstance(sentences, list | tuple):
        return [sentences[place] for place in sorted(range(len(sentences)), key=lambda place: _part(digests, place))]
    import numpy as np  # noqa: PLC0415, for large files alone

    order = np.argsort(np.frombuffer(digests, f"S{_SIZE}"), kind="stable")
    return picked(sentences, array("q", order.astype("int64").tobytes()))


def _part(digests: bytearray, place: int) -> bytes:
    return bytes(digests[place * _SIZE : (place + 1) * _SIZE])


def first(sentences: Sequence[Sentence], size: int | None, key: str) -> Sequence[Sentence]:
    """Return the first ``size`` sentences of a source, all if that is None.

    Raises:
        UserError: if there are fewer, naming the key of ``prepare``.
    """
    if size is not None and size > len(sentences):
        raise UserError(f"prepare.{key}: {number(size, 'sentence')} wanted, the source has {len(sentences):,}")
    return sentences[:size]
