"""Batches on several threads: each once, and the bytes of one thread."""

import threading
from pathlib import Path

import numpy as np
import pytest

from tinyner.decoding import Logits
from tinyner.predict.side_by_side import side_by_side
from tinyner.predict.tagger import Runtime, Tagger


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_every_batch_is_computed_once_and_the_longest_first(threads: int) -> None:
    begun: list[list[int]] = []
    lock = threading.Lock()

    def of_batch(batch: list[int]) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], Logits]:
        with lock:
            begun.append(batch)
        return np.array(batch, dtype=np.int64), np.array([[index, -index] for index in batch], dtype=np.float32)

    batches = [[0, 1], [2], [], [4, 5, 6]]
    result = side_by_side(of_batch, (batch for batch in batches if batch), (8, 2), threads)
    assert sorted(begun) == [[0, 1], [2], [4, 5, 6]]
    assert begun[0] == [4, 5, 6]
    assert result.tolist() == [[index, -index] if index not in (3, 7) else [0, 0] for index in range(8)]


def test_what_a_batch_raises_is_raised() -> None:
    def of_batch(_: list[int]) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], Logits]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        side_by_side(of_batch, [[0]], (1, 1), 2)


@pytest.mark.slow
@pytest.mark.parametrize(("runtime", "int8"), [("torch", False), ("onnx", False), ("onnx", True)])
def test_probabilities_are_the_same_with_any_number_of_threads(
    runtime: Runtime, int8: bool, model: Path, sentences: list[list[str]]
) -> None:
    first, *others = [Tagger(model, int8, threads, runtime=runtime).label(sentences) for threads in (1, 2, 3)]
    assert any(tagged.probabilities for tagged in first)
    assert others == [first, first]
