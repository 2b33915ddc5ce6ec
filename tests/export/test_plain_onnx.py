"""The example's Viterbi gives what the decoder of `tinyner predict` gives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.predict.plain import LABELS, SCHEME
from tinyner.decoding import best_labels
from tinyner.export.plain_onnx import Student


@given(
    st.integers(0, 12).flatmap(
        lambda words: arrays(np.float32, (words, len(LABELS)), elements=st.floats(-9, 9, width=32))
    )
)
def test_it_takes_a_legal_sequence_of_the_highest_sum(logits: np.ndarray) -> None:
    student = Student.__new__(Student)
    student.labels = LABELS
    path = student.best(list(logits))
    expected = best_labels(logits, np.array([0, len(logits)]), SCHEME)
    rows = np.arange(len(logits))
    np.testing.assert_allclose(logits[rows, path].sum(), logits[rows, expected].sum(), rtol=1e-5, atol=1e-4)
    tags = [LABELS[number] for number in path]
    for before, tag in zip(["O", *tags], tags, strict=False):
        assert not tag.startswith("I-") or before in (f"B-{tag[2:]}", tag)
