"""Sentences as flat arrays of subwords: a word's label and prediction are its first subword's."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinyner.decoding import Decoder, Logits, Scheme, best_labels


@dataclass(frozen=True)
class Encoded:
    """Sentences end to end, in the order given: N sentences of S subwords and W words in all.

    Sentence i has the subwords ``bounds[i]:bounds[i + 1]`` and the words ``word_bounds[i]:word_bounds[i + 1]``.
    A word without a subword (behind max_length, or a lone control character) is not trained on, and predicted O.
    """

    ids: NDArray[np.int32]  # (S,) the special ones included
    bounds: NDArray[np.int64]  # (N + 1,)
    firsts: NDArray[np.int32]  # (W,) place in its sentence of a word's first subword, -1 without one
    gold: NDArray[np.int16]  # (W,) label id; 0 where there are no tags
    word_weights: NDArray[np.float32]  # (W,) what a word's loss counts, 0 to 1
    word_bounds: NDArray[np.int64]  # (N + 1,)
    cut: NDArray[np.int64]  # (3,) sentences that max_length cut, words behind it, other words without a subword

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.bounds) - 1

    def sentence(
        self, index: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int16], NDArray[np.float32]]:
        """Return a sentence's subword ids, and of its words with a subword: the first one's place, label, weight."""
        words = slice(self.word_bounds[index], self.word_bounds[index + 1])
        firsts = self.firsts[words]
        kept = firsts >= 0
        ids = self.ids[self.bounds[index] : self.bounds[index + 1]]
        return ids, firsts[kept], self.gold[words][kept], self.word_weights[words][kept]

    def save(self, folder: Path) -> None:
        """Write the arrays, to be mapped by ``open``."""
        folder.mkdir(parents=True)
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def open(cls, folder: Path) -> "Encoded":
        """Map the arrays that ``save`` wrote: processes on one machine share them."""
        return cls(*(np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls)))


def label_ids(data: Encoded, logits: Logits, labels: Sequence[str], decoder: Decoder) -> NDArray[np.int16]:
    """Return the label id of each word (W,) by a decoder; a word without a subword is O."""
    scheme = Scheme.of(labels)
    certain = scheme.surely_outside(logits, data.firsts < 0)
    if decoder == "argmax":
        best: NDArray[np.int16] = certain.argmax(1).astype(np.int16)
        return best
    return best_labels(certain, data.word_bounds, scheme)


def tags_of(data: Encoded, label_ids: NDArray[np.int16], labels: Sequence[str]) -> list[list[str]]:
    """Return the tags of each sentence, from the label ids of all words (W,)."""
    flat = [labels[index] for index in label_ids.tolist()]
    bounds = data.word_bounds.tolist()
    return [flat[begin:end] for begin, end in itertools.pairwise(bounds)]


def by_length(data: Encoded, budget: int, padded: bool) -> Iterator[list[int]]:
    """Yield batches of sentences of like length, at most ``budget`` subwords or one sentence.

    ``padded`` says whether padding is counted.
    """
    lengths = np.diff(data.bounds)
    batch: list[int] = []
    size = 0
    for index in np.argsort(lengths, kind="stable").tolist():
        length = int(lengths[index])
        size = (len(batch) + 1) * length if padded else size + length
        if batch and size > budget:
            yield batch
            batch, size = [], length
        batch.append(index)
    if batch:
        yield batch
