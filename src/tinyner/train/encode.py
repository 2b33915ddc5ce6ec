"""Sentences as flat arrays of subwords: a word's label and prediction are its first subword's."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

from tinyner.errors import UserError

# Byte-level tokenizers, which need to be told that each word follows a space.
_BYTE_LEVEL = {"gpt2", "roberta", "longformer", "bloom", "deberta", "bart", "phobert", "modernbert"}


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
    weights: NDArray[np.float32]  # (W,) what a word's loss counts, 0 to 1
    word_bounds: NDArray[np.int64]  # (N + 1,)
    cut: NDArray[np.int64]  # (3,) sentences that max_length cut, words behind it, other words without a subword

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self.bounds) - 1

    def sentence(
        self, index: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int16], NDArray[np.float32]]:
        """Subword ids of a sentence, and of its words that have one: first subwords' places, labels, weights."""
        words = slice(self.word_bounds[index], self.word_bounds[index + 1])
        firsts = self.firsts[words]
        kept = firsts >= 0
        ids = self.ids[self.bounds[index] : self.bounds[index + 1]]
        return ids, firsts[kept], self.gold[words][kept], self.weights[words][kept]

    def save(self, folder: Path) -> None:
        """Write the arrays, to be mapped by ``open``."""
        folder.mkdir(parents=True)
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def open(cls, folder: Path) -> "Encoded":
        """Map the arrays that ``save`` wrote: processes on one machine share them."""
        return cls(*(np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls)))


def load_tokenizer(folder: str, max_length: int) -> PreTrainedTokenizerBase:
    """The student's fast tokenizer, for sentences given as words.

    Raises:
        UserError: where it has no fast tokenizer or padding, or fewer positions than ``max_length``.
    """
    config = AutoConfig.from_pretrained(folder)
    extra = {"add_prefix_space": True} if config.model_type in _BYTE_LEVEL else {}
    tokenizer = AutoTokenizer.from_pretrained(folder, **extra)
    assert isinstance(tokenizer, PreTrainedTokenizerBase)
    if not tokenizer.is_fast or tokenizer.pad_token_id is None:
        raise UserError(f"prepare.student: a {config.model_type} without a fast tokenizer or padding can't be trained")
    # RoBERTa and its kin count positions from behind the padding's own.
    offset = tokenizer.pad_token_id + 1 if "roberta" in config.model_type else 0
    limit = getattr(config, "max_position_embeddings", None)
    if isinstance(limit, int) and 0 < limit - offset < max_length:
        raise UserError(f"train.max_length: {max_length}, but this student has {limit - offset} positions")
    return tokenizer


def encode(
    words: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]] | None,
    tokenizer: PreTrainedTokenizerBase,
    labels: Sequence[str],
    max_length: int,
    *,
    weights: Sequence[Sequence[float]] | None = None,
) -> Encoded:
    """Subwords of sentences, with their tags where there are any; what ``max_length`` cuts is counted.

    ``weights`` are what each word's loss counts, 1 where there are none.
    """
    label_ids = {label: index for index, label in enumerate(labels)}
    counts = [len(row) for row in words]
    ids: list[Any] = []
    firsts = np.full(sum(counts), -1, dtype=np.int32)
    cut = np.zeros(3, dtype=np.int64)
    word_bounds = _bounds(counts)
    batch = None
    if words:
        batch = tokenizer(
            [list(row) for row in words],
            is_split_into_words=True,
            truncation=True,
            max_length=max_length,
            verbose=False,
        )
    for row, count in enumerate(counts):
        assert batch is not None
        word_ids = np.array([-1 if word is None else word for word in batch.word_ids(row)], dtype=np.int64)
        own = firsts[word_bounds[row] : word_bounds[row + 1]]
        places = np.flatnonzero(word_ids >= 0)[::-1]  # backwards, so that a word's first one stays
        own[word_ids[places]] = places
        kept = np.flatnonzero(own >= 0)
        over = bool(batch.encodings[row].overflowing)
        behind = count - 1 - (int(kept[-1]) if len(kept) else -1) if over else 0
        cut += (over, behind, count - len(kept) - behind)
        ids.append(batch["input_ids"][row])
    gold = [label_ids[tag] for row in tags for tag in row] if tags is not None else np.zeros(len(firsts))
    counted = [one for row in weights for one in row] if weights is not None else np.ones(len(firsts))
    return Encoded(
        ids=np.array([one for row in ids for one in row], dtype=np.int32),
        bounds=_bounds([len(row) for row in ids]),
        firsts=firsts,
        gold=np.array(gold, dtype=np.int16),
        weights=np.array(counted, dtype=np.float32),
        word_bounds=word_bounds,
        cut=cut,
    )


def tags_of(data: Encoded, label_ids: NDArray[np.int16], labels: Sequence[str]) -> list[list[str]]:
    """Return the tags of each sentence, from the label ids of all words (W,)."""
    flat = [labels[index] for index in label_ids.tolist()]
    bounds = data.word_bounds.tolist()
    return [flat[begin:end] for begin, end in itertools.pairwise(bounds)]


def _bounds(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
