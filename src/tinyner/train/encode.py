"""Sentences as arrays of subwords: the label and the prediction of a word are its first subword's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase

from tinyner.errors import UserError

IGNORED = -100  # the label that torch's cross entropy leaves out
# Byte-level tokenizers, which need to be told that each word follows a space.
_BYTE_LEVEL = {"gpt2", "roberta", "longformer", "bloom", "deberta", "bart", "phobert", "modernbert"}


@dataclass
class Encoded:
    """Sentences as subword ids, in the order given.

    ``ids[i]`` (int64, subwords of sentence i with the special ones), ``labels[i]`` (int64, the same
    shape: a label id at each word's first subword, else -100), ``firsts[i]`` (int64, words: position
    of each word's first subword, or -1 where it has none).
    """

    ids: list[NDArray[np.int64]] = field(default_factory=list)
    labels: list[NDArray[np.int64]] = field(default_factory=list)
    firsts: list[NDArray[np.int64]] = field(default_factory=list)
    cut_sentences: int = 0  # longer than max_length
    cut_words: int = 0  # behind max_length: not trained on, predicted O
    voiceless_words: int = 0  # no subword at all, e.g. a lone control character: likewise


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
    tags: Sequence[Sequence[str]],
    tokenizer: PreTrainedTokenizerBase,
    labels: Sequence[str],
    max_length: int,
) -> Encoded:
    """Subwords of sentences with their tags; what ``max_length`` cuts is counted."""
    encoded = Encoded()
    if not words:
        return encoded
    label_ids = {label: index for index, label in enumerate(labels)}
    batch = tokenizer(
        [list(row) for row in words], is_split_into_words=True, truncation=True, max_length=max_length, verbose=False
    )
    for row, row_tags in enumerate(tags):
        word_ids = batch.word_ids(row)
        ids = np.array(batch["input_ids"][row], dtype=np.int64)
        firsts = np.full(len(row_tags), -1, dtype=np.int64)
        for position in range(len(word_ids) - 1, -1, -1):  # backwards, so that the first one stays
            if word_ids[position] is not None:
                firsts[word_ids[position]] = position
        row_labels = np.full(len(ids), IGNORED, dtype=np.int64)
        kept = firsts >= 0
        row_labels[firsts[kept]] = [label_ids[tag] for tag, keep in zip(row_tags, kept, strict=True) if keep]
        cut = bool(batch.encodings[row].overflowing)
        last = int(np.flatnonzero(kept)[-1]) if kept.any() else -1
        behind = len(row_tags) - 1 - last if cut else 0
        encoded.cut_sentences += cut
        encoded.cut_words += behind
        encoded.voiceless_words += int((~kept).sum()) - behind
        encoded.ids.append(ids)
        encoded.labels.append(row_labels)
        encoded.firsts.append(firsts)
    return encoded
