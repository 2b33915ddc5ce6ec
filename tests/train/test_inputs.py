"""What params.yaml makes of the files of the stages before: whose words weigh what."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tinyner.params import load_params
from tinyner.train.cell_key import key_of
from tinyner.train.encoded import Encoded
from tinyner.train.inputs import Inputs, read_inputs


def made(**changes: object) -> Inputs:
    base: dict[str, object] = {"train.group": "D", "train.dev_size": 1, "train.seeds": [1], "train.device": "cpu"}
    return read_inputs(load_params(ROOT / "params.yaml", {**base, **changes}))


def test_a_voted_word_weighs_its_share_and_every_other_word_1(workspace: Path) -> None:
    data = made(**{"train.vote_weights": True}).data
    assert data.train.word_weights.tolist() == pytest.approx([0.5, 0.6667, 1, 1, 1, 1])
    assert data.dev.word_weights.tolist() == data.test.word_weights.tolist() == [1, 1]


def test_where_votes_have_no_weight_all_words_are_alike(workspace: Path) -> None:
    weighted, plain = made(**{"train.vote_weights": True}), made(**{"train.vote_weights": False})
    assert plain.data.train.word_weights.tolist() == [1] * 6
    assert key_of(plain.cells[0]) != key_of(weighted.cells[0])
    names = [field.name for field in fields(Encoded) if field.name != "word_weights"]
    assert all(np.array_equal(getattr(plain.data.train, name), getattr(weighted.data.train, name)) for name in names)
    # Without votes, whether they weigh changes no cell.
    group_a = [key_of(made(**{"train.group": "A", "train.vote_weights": weigh}).cells[0]) for weigh in (True, False)]
    assert group_a[0] == group_a[1]
