"""From words to subwords: sentences as the student's tokenizer splits them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tinyner.train.encoded import Encoded
from tinyner.train.subwords import Subwords


def encode(
    words: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]] | None,
    tokenizer: Subwords,
    labels: Sequence[str],
    max_length: int,
    *,
    word_weights: Sequence[Sequence[float]] | None = None,
) -> Encoded:
    """Split sentences into subwords, and count what ``max_length`` cuts.

    Args:
        words: of each sentence.
        tags: of each sentence, one a word; None where there are none.
        tokenizer: of the student.
        labels: the tags in the order of their ids.
        max_length: of a sentence in subwords, the special ones included.
        word_weights: what each word's loss counts; None: 1.
    """
    label_ids = {label: index for index, label in enumerate(labels)}
    counts = [len(row) for row in words]
    ids: list[list[int]] = []
    firsts = np.full(sum(counts), -1, dtype=np.int32)
    cut = np.zeros(3, dtype=np.int64)
    word_bounds = _bounds(counts)
    encodings = tokenizer.encodings(words, max_length)
    for row, (encoding, count) in enumerate(zip(encodings, counts, strict=True)):
        word_ids = np.array([-1 if word is None else word for word in encoding.word_ids], dtype=np.int64)
        firsts_here = firsts[word_bounds[row] : word_bounds[row + 1]]
        places = np.flatnonzero(word_ids >= 0)[::-1]  # backwards, so that a word's first one stays
        firsts_here[word_ids[places]] = places
        kept = np.flatnonzero(firsts_here >= 0)
        over = bool(encoding.overflowing)
        behind = count - 1 - (int(kept[-1]) if len(kept) else -1) if over else 0
        cut += (over, behind, count - len(kept) - behind)
        ids.append(encoding.ids)
    gold = [label_ids[tag] for row in tags for tag in row] if tags is not None else np.zeros(len(firsts))
    if word_weights is None:
        word_weights = [[1.0] * count for count in counts]
    return Encoded(
        ids=np.array([subword for row in ids for subword in row], dtype=np.int32),
        bounds=_bounds([len(row) for row in ids]),
        firsts=firsts,
        gold=np.array(gold, dtype=np.int16),
        word_weights=np.array([weight for row in word_weights for weight in row], dtype=np.float32),
        word_bounds=word_bounds,
        cut=cut,
    )


def _bounds(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
