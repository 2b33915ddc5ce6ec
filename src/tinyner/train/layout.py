"""The layout of a batch whose sentences stand end to end, without padding between them.

Everything but attention is a function of one subword, so a batch is one (T, hidden) matrix. Attention
needs each sentence apart: neighbours by length are gathered, up to ``GROUP`` at a time, into
(sentences, heads, longest, hidden / heads), by one index that also splits the heads, and put back by
its inverse. What attention costs so grows with the sentences' own lengths, not with the batch's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GROUP = 4  # sentences of like length that attend side by side, each padded to the longest of them

IGNORED = -100  # the label that torch's cross entropy leaves out

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Sentences that attend side by side: n of them, h heads, L keys and Q queries at most.

    Rows are those of a (rows + 1, heads or 2 * heads, hidden / heads) buffer whose last row is zero.
    """

    shape: tuple[int, int, int, int]  # n, heads, Q, L
    tokens: slice  # in the pack
    rows: slice  # among the queries
    keys: Tensor  # (2 n h L,) the rows of keys, then of values
    queries: Tensor  # (n h Q,)
    back: Tensor  # (queries h,) where each query's head is in the gathered one
    keys_back: Tensor  # (tokens 2 h,) likewise of keys and values
    hidden: Tensor | None  # (n h, 1, L): -inf at padding, None where there is none


@dataclass(frozen=True)
class Pack:
    """Sentences end to end, longest first. T and the number of labelled subwords may be rounded up."""

    order: Ints  # of the sentences given
    ids: Ints  # (T,)
    positions: Tensor  # (T,) from 0 in each sentence
    labelled: Tensor  # (R,) where the words' first subwords are
    words: int  # how many of R are real
    full: list[Group]  # every subword asks
    last: list[Group]  # the labelled ones ask: of the last layer nothing else is needed


def pack(ids: Sequence[NDArray[np.int32]], firsts: Sequence[NDArray[np.int32]], heads: int, multiple: int = 1) -> Pack:
    """Lay out sentences given as subword ids and as places of the subwords that have a label.

    ``multiple`` rounds the number of subwords and of labelled ones up, for libraries that prepare a
    kernel for each shape.
    """
    lengths = np.array([len(sentence) for sentence in ids])
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    asked = np.array([len(firsts[index]) for index in order])
    total, words = int(lengths.sum()), int(asked.sum())
    starts, asked_starts = np.cumsum(lengths) - lengths, np.cumsum(asked) - asked
    size, rows = _up(total, multiple), _up(words, multiple)
    flat = np.zeros(size, dtype=np.int64)
    flat[:total] = np.concatenate([ids[index] for index in order])
    positions = np.zeros(size, dtype=np.int64)
    positions[:total] = np.arange(total) - np.repeat(starts, lengths)
    labelled = np.zeros(rows, dtype=np.int64)
    labelled[:words] = np.concatenate([firsts[index] for index in order]) + np.repeat(starts, asked)
    full, last = [], []
    for first in range(0, len(order), GROUP):
        part = slice(first, first + GROUP)
        key = (starts[part], lengths[part], size)
        full.append(_group(key, key, heads))
        last.append(_group(key, (asked_starts[part], asked[part], rows), heads))
    return Pack(order, flat, torch.from_numpy(positions), torch.from_numpy(labelled), words, full, last)


def _up(number: int, multiple: int) -> int:
    return max(1, -(-number // multiple)) * multiple


def _group(keys: tuple[Ints, Ints, int], queries: tuple[Ints, Ints, int], heads: int) -> Group:
    head = np.arange(heads)[:, None]
    count = len(keys[0])
    place, inside = _places(*keys)
    asks, asks_inside = _places(*queries)
    longest, most = place.shape[1], asks.shape[1]
    key_rows = place[:, None] * 2 * heads + head  # (n, h, L)
    unit = count * heads * longest
    keys_back = _back(inside, heads, longest)[:, None] + np.array([[0], [unit]])  # (tokens, 2, h)
    hidden = None
    if not inside.all():
        gaps = np.where(inside, np.float32(0.0), np.float32(-np.inf))
        hidden = torch.from_numpy(np.repeat(gaps, heads, axis=0)[:, None])
    return Group(
        shape=(count, heads, most, longest),
        tokens=slice(int(keys[0][0]), int(keys[0][-1] + keys[1][-1])),
        rows=slice(int(queries[0][0]), int(queries[0][-1] + queries[1][-1])),
        keys=torch.from_numpy(np.stack([key_rows, key_rows + heads]).ravel()),
        queries=torch.from_numpy((asks[:, None] * heads + head).ravel()),
        back=torch.from_numpy(_back(asks_inside, heads, most).ravel()),
        keys_back=torch.from_numpy(keys_back.ravel()),
        hidden=hidden,
    )


def _places(starts: Ints, lengths: Ints, beyond: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the row of each subword (n, longest), ``beyond`` where there is none, and where there is one."""
    steps = np.arange(max(1, int(lengths.max())))
    inside = steps < lengths[:, None]
    return np.where(inside, starts[:, None] + steps, beyond), inside


def _back(inside: NDArray[np.bool_], heads: int, longest: int) -> Ints:
    """Return the place (subwords, heads) of each subword's heads in the gathered (n, heads, longest)."""
    sentence, step = np.nonzero(inside)
    return ((sentence[:, None] * heads + np.arange(heads)) * longest + step[:, None]).astype(np.int64)
