"""Batches side by side, each on one thread: no thread waits for another one, and the bytes are those of one thread."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from tinyner.decoding import Logits


def side_by_side(
    of_batch: Callable[[list[int]], tuple[NDArray[np.int64], Logits]],
    batches: Iterable[list[int]],
    shape: tuple[int, int],
    threads: int,
) -> Logits:
    """Return the logits of all words.

    Args:
        of_batch: gives places of words (R,) and their logits (R, labels) for sentences; leaves Python to others while
            it computes.
        batches: sentences by their indices, the shortest first.
        shape: of the result, (W, labels); where no batch has a word, it is 0.
        threads: that compute at the same time.
    """
    result = np.zeros(shape, dtype=np.float32)
    longest_first = list(batches)[::-1]  # so that no thread is left alone with a long one at the end
    with ThreadPoolExecutor(threads) as pool:
        for places, logits in pool.map(of_batch, longest_first):
            result[places] = logits
    return result
