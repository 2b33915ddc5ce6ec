"""What max_length cuts, with the real student's tokenizer."""

from pathlib import Path

import pytest

from tinyner.train.cell import Data
from tinyner.train.encode import encode, load_tokenizer
from tinyner.train.encoded import Encoded
from tinyner.train.results import cut_by_max_length, cut_line

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.fixture(scope="module")
def data(student: Path) -> Data:
    tokenizer = load_tokenizer(str(student), 128)

    def encoded(*tags: str) -> Encoded:
        rows = [row.split() for row in tags]
        return encode([["a"] * len(row) for row in rows], rows, tokenizer, LABELS, 8)  # six words and two special ones

    return Data(
        encoded("B-PER O O O B-LOC B-PER I-PER O B-LOC", "B-PER B-PER O", "O O O O O O B-LOC I-LOC B-LOC"),
        encoded("B-PER O"),
        encoded("O O O O O O O"),
        (2, 1),
    )


def test_entities_that_lose_a_word_are_counted(data: Data) -> None:
    train, dev, test = cut_by_max_length(data)
    assert train == {
        "set": "train",
        "sentences": 2,
        "words": 6,
        "without_subword": 0,
        "entities": 4,  # of the first sentence the last PER, whose second word is cut, and the last LOC
        "of_entities": 8,
    }
    assert (dev["sentences"], dev["entities"], dev["of_entities"]) == (0, 0, 1)
    assert (test["sentences"], test["words"], test["entities"], test["of_entities"]) == (1, 1, 0, 0)


def test_the_line_has_the_share_of_the_entities(data: Data) -> None:
    train, _, test = cut_by_max_length(data)
    assert cut_line(train) == (
        "train: max_length cuts 6 words off 2 sentence(s), and with them 4 of 8 entities (50.00 %)"
    )
    assert cut_line(test).endswith("1 words off 1 sentence(s), and with them 0 of 0 entities (0.00 %)")
