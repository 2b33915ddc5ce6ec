"""What max_length cuts, with the real student's tokenizer; and what a dev score is called."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinyner.decoding import Decoder
from tinyner.train.cell import Data
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded
from tinyner.train.results import cut_by_max_length, cut_line, write_metrics
from tinyner.train.subwords import load_tokenizer
from tinyner.train.trained import EpochRow, Trained

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.fixture(scope="module")
def data(student: Path) -> Data:
    tokenizer = load_tokenizer(student, 128)

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


@pytest.mark.parametrize(("decoder", "score"), [("viterbi", 0.75), ("argmax", 0.5)])
@pytest.mark.parametrize(("dev_is_stand_in", "key"), [(False, "dev_f1"), (True, "dev_teacher_agreement")])
def test_a_dev_score_is_f1_against_gold_alone_and_by_the_decoder(
    decoder: Decoder,
    score: float,
    dev_is_stand_in: bool,
    key: str,
    data: Data,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    epoch = EpochRow(1, 0, 1.0, 0.0, sentences=2, lr=0.1, loss=0.5, dev_f1=0.75, dev_f1_argmax=0.5, seconds=1.0)
    logits = np.zeros((1, 3), dtype=np.float32)
    trained = Trained(1, "fp32", [epoch], 0, logits, logits)
    write_metrics([trained], trained, data, decoder, trained_before=0, dev_is_stand_in=dev_is_stand_in)
    metrics = json.loads((tmp_path / "metrics/train.json").read_text())
    assert list(metrics) == [key, "run", "cut", "seeds"]
    assert metrics[key] == score
    assert metrics["seeds"] == [{"seed": 1, "kept_epoch": 1, key: score, "loss": 0.5}]
    assert ("agreement with the teacher" in capsys.readouterr().out) is dev_is_stand_in
