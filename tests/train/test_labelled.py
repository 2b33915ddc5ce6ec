"""Tags of dev and test are by the decoder that ``train.decode`` names."""

from dataclasses import replace

import numpy as np
import pytest

from tinyner.bio import stray_words
from tinyner.calibration import fit_temperature
from tinyner.decoding import Decoder, Scheme
from tinyner.train.encoded import Encoded
from tinyner.train.labelled import Labeller, model_card
from tinyner.train.loop import _dev_f1

LABELS = ["O", "B-PER", "I-PER"]
# Of each word: "Tony" is rather O than B-PER, "Blair" surely I-PER, which can't follow O; "left" is O.
LOGITS = np.array([[1.0, 0.9, 0.0], [0.0, 0.0, 5.0], [5.0, 0.0, 0.0]], dtype=np.float32)
GOLD = ["B-PER", "I-PER", "O"]
DATA = Encoded(
    ids=np.array([101, 5, 6, 7, 102], dtype=np.int32),
    bounds=np.array([0, 5]),
    firsts=np.array([1, 2, 3], dtype=np.int32),
    gold=np.array([LABELS.index(tag) for tag in GOLD], dtype=np.int16),
    word_weights=np.ones(3, dtype=np.float32),
    word_bounds=np.array([0, 3]),
    cut=np.zeros(3, dtype=np.int64),
)


@pytest.mark.parametrize(("decoder", "tags", "f1"), [("viterbi", GOLD, 1.0), ("argmax", ["O", "I-PER", "O"], 0.0)])
def test_predictions_and_the_card_are_by_the_decoder(decoder: Decoder, tags: list[str], f1: float) -> None:
    labeller = Labeller.fitted(LABELS, decoder, DATA, LOGITS)
    (row,) = labeller.predictions(["a"], DATA, LOGITS)
    assert row["tags"] == tags
    assert stray_words(tags) == (decoder == "argmax")
    card = model_card(labeller, DATA, LOGITS, dev_is_stand_in=False)
    assert (card["decode"], card["dev"]["entities"]) == (decoder, 1)
    best = max((recall for _, _, recall in card["dev"]["threshold_precision_recall"]), default=0.0)
    assert best == f1


def test_the_temperature_is_that_under_which_gold_of_dev_is_most_likely() -> None:
    dev = replace(DATA, gold=np.array([1, 0, 0], dtype=np.int16))  # of which the student has a word wrong
    labeller = Labeller.fitted(LABELS, "viterbi", dev, LOGITS)
    card = model_card(labeller, dev, LOGITS, dev_is_stand_in=True)
    assert card["temperature"] == fit_temperature(LOGITS, dev.word_bounds, Scheme.of(LABELS), dev.gold)
    assert card["dev"]["by_teacher"]
    less_sure = Labeller.fitted(LABELS, "viterbi", dev, (LOGITS / 3).astype(np.float32))
    assert less_sure.temperature == pytest.approx(card["temperature"] / 3, rel=0.01)
    assert 1 < card["temperature"] < 10


def test_dev_has_the_score_of_both() -> None:
    assert _dev_f1(DATA, LOGITS, LABELS) == (1.0, 0.0)
