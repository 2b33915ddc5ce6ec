"""A long input goes through in blocks: only as many texts are read as the next rows need."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tinyner.predict import labelling
from tinyner.predict.labelling import Counts, Entity, labelled, labelled_blocks
from tinyner.predict.tagger import Tagged
from tinyner.predict.text import Text


class Romes:
    """Finds Rome; gives no probabilities."""

    def label(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        return [Tagged(["B-LOC" if word == "Rome" else "O" for word in words], None) for words in sentences]


class Numbered:
    """Texts that count how many of them were asked for."""

    def __init__(self, text: str, count: int = 10_000) -> None:
        self.text, self.count, self.read = text, count, 0

    def __iter__(self) -> Iterator[Text]:
        for _ in range(self.count):
            self.read += 1
            yield Text({}, self.text, None, self.read)


def test_a_block_is_read_for_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "BLOCK", 100)
    texts = Numbered("Rome fell.")
    rows = labelled(texts, Romes())
    assert next(rows).entities == [Entity(0, 4, "LOC", None)]
    assert texts.read == 100
    assert sum(1 for _ in rows) == 9999


def test_a_block_of_long_texts_is_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "BLOCK_WORDS", 100)
    texts = Numbered("word " * 30)
    next(labelled(texts, Romes()))
    assert texts.read == 4


def test_blocks_grow_from_a_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "BLOCK", 64)
    blocks = labelled_blocks(Numbered("Rome", 200), Romes(), Counts(), first=8)
    assert list(map(len, blocks)) == [8, 8, 16, 32, 64, 64, 8]
    blocks = labelled_blocks(Numbered("Rome", 3), Romes(), Counts(), first=1, grows=False)
    assert list(map(len, blocks)) == [1, 1, 1]


def test_counts_go_on(tmp_path: Path) -> None:
    counts = Counts(7, 8, 0, {"PER": 3})
    assert len(list(labelled_blocks(Numbered("Rome. Rome fell.", 2), Romes(), counts))) == 1
    assert counts == Counts(9, 12, 0, {"PER": 3, "LOC": 4})
    assert counts.entities == 7


def test_without_probabilities_no_score_leaves_an_entity_out() -> None:
    (text,) = labelled(Numbered("Rome", 1), Romes(), min_score=0.9)
    assert text.entities == [Entity(0, 4, "LOC", None)]
