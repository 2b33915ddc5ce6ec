"""With the real student's tokenizer."""

from pathlib import Path

import numpy as np
import pytest

from tinyner.errors import UserError
from tinyner.prepare.student import fetch_student
from tinyner.train.encode import encode
from tinyner.train.subwords import Subwords, load_tokenizer

LABELS = ["O", "B-PER", "I-PER"]


@pytest.fixture(scope="module")
def tokenizer(student: Path) -> Subwords:
    return load_tokenizer(student, 128)


def test_a_word_has_its_label_at_its_first_subword(tokenizer: Subwords) -> None:
    encoded = encode([["Stottlemyre", "won", "."]], [["B-PER", "O", "O"]], tokenizer, LABELS, 128)
    ids, firsts, gold, word_weights = encoded.sentence(0)
    subwords = [str(tokenizer.backend.id_to_token(index)) for index in ids.tolist()]
    assert subwords[0] == "[CLS]"
    assert subwords[-1] == "[SEP]"
    assert "".join(subwords[1:-3]).replace("##", "") == "stottlemyre"
    assert len(subwords) > 6
    assert firsts.tolist() == [1, len(subwords) - 3, len(subwords) - 2]
    assert gold.tolist() == [1, 0, 0]
    assert word_weights.tolist() == [1, 1, 1]
    assert encoded.cut.tolist() == [0, 0, 0]


def test_what_is_cut_is_counted(tokenizer: Subwords) -> None:
    words = [["a"] * 10, ["a"] * 3]
    tags = [["O"] * 9 + ["B-PER"], ["O"] * 3]
    encoded = encode(words, tags, tokenizer, LABELS, 8)
    assert np.diff(encoded.bounds).tolist() == [8, 5]
    assert np.diff(encoded.word_bounds).tolist() == [10, 3]
    assert encoded.cut.tolist() == [1, 4, 0]
    assert encoded.firsts[:10].tolist() == [1, 2, 3, 4, 5, 6, -1, -1, -1, -1]
    assert encoded.sentence(0)[2].tolist() == [0] * 6


def test_a_word_without_a_subword_is_counted_and_shifts_no_label(tokenizer: Subwords) -> None:
    encoded = encode([["\u200b", "Blair", "\ufffd"]], [["O", "B-PER", "O"]], tokenizer, LABELS, 128)
    assert encoded.cut.tolist() == [0, 0, 2]
    assert encoded.firsts.tolist() == [-1, 1, -1]
    assert [part.tolist() for part in encoded.sentence(0)[1:]] == [[1], [1], [1]]


def test_a_weight_goes_with_its_word(tokenizer: Subwords) -> None:
    words, tags = [["Stottlemyre", "\u200b", "won"], ["Blair"]], [["B-PER", "O", "O"], ["B-PER"]]
    encoded = encode(words, tags, tokenizer, LABELS, 128, word_weights=[[0.5, 0.75, 1.0], [0.25]])
    assert encoded.word_weights.dtype == np.float32
    assert encoded.sentence(0)[3].tolist() == [0.5, 1.0]  # the word between has no subword
    assert encoded.sentence(1)[3].tolist() == [0.25]
    assert encode(words, None, tokenizer, LABELS, 128).word_weights.tolist() == [1, 1, 1, 1]


def test_a_length_that_the_student_has_no_positions_for(student: Path) -> None:
    with pytest.raises(UserError, match=r"train.max_length: 513, but this student has 512 positions"):
        load_tokenizer(student, 513)


def test_no_sentences_are_no_error(tokenizer: Subwords) -> None:
    assert len(encode([], [], tokenizer, LABELS, 8, word_weights=[])) == 0


def test_the_wheels_student_is_the_real_one(real_student: Path, tmp_path: Path) -> None:
    assert (real_student / "model.safetensors").stat().st_size == 90868376
    fetch_student(str(real_student), tmp_path / "copy")
    assert {path.name for path in (tmp_path / "copy").iterdir()} == {path.name for path in real_student.iterdir()}
