"""From words to subwords: the student's tokenizer, and sentences as it splits them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

from tinyner.errors import UserError
from tinyner.train.encoded import Encoded

# Byte-level tokenizers, which need to be told that each word follows a space.
_BYTE_LEVEL = {"gpt2", "roberta", "longformer", "bloom", "deberta", "bart", "phobert", "modernbert"}


def load_tokenizer(folder: str, max_length: int) -> PreTrainedTokenizerBase:
    """Load the student's fast tokenizer, for sentences given as words.

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
    word_weights: Sequence[Sequence[float]] | None = None,
) -> Encoded:
    """Split sentences into subwords, and count what ``max_length`` cuts.

    Args:
        words: of each sentence.
        tags: of each sentence, one a word; None where there are none.
        tokenizer: as ``load_tokenizer`` gives it.
        labels: the tags in the order of their ids.
        max_length: of a sentence in subwords, the special ones included.
        word_weights: what each word's loss counts; None: 1.
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
        firsts_here = firsts[word_bounds[row] : word_bounds[row + 1]]
        places = np.flatnonzero(word_ids >= 0)[::-1]  # backwards, so that a word's first one stays
        firsts_here[word_ids[places]] = places
        kept = np.flatnonzero(firsts_here >= 0)
        over = bool(batch.encodings[row].overflowing)
        behind = count - 1 - (int(kept[-1]) if len(kept) else -1) if over else 0
        cut += (over, behind, count - len(kept) - behind)
        ids.append(batch["input_ids"][row])
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
