"""Arrays of sentences, with the real student's tokenizer."""

from pathlib import Path

import numpy as np
import pytest

from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.subwords import load_tokenizer

LABELS = ["O", "B-PER", "I-PER"]


@pytest.fixture
def encoded(student: Path) -> Encoded:
    tokenizer = load_tokenizer(student, 128)
    return encode([["Blair", "left"], ["He"]], [["B-PER", "O"], ["O"]], tokenizer, LABELS, 128)


def test_arrays_come_back_from_disk(encoded: Encoded, tmp_path: Path) -> None:
    encoded.save(tmp_path / "arrays")
    mapped = Encoded.open(tmp_path / "arrays")
    assert isinstance(mapped.ids, np.memmap)
    for index in range(2):
        for saved, opened in zip(encoded.sentence(index), mapped.sentence(index), strict=True):
            assert np.asarray(opened).tolist() == np.asarray(saved).tolist()


def test_labels_become_the_tags_of_each_sentence(encoded: Encoded) -> None:
    assert tags_of(encoded, encoded.gold, LABELS) == [["B-PER", "O"], ["O"]]
