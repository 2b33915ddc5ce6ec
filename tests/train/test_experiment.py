"""What params.yaml makes of the files of the stages before: whose words weigh what."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.train.encode import Encoded
from tinyner.train.experiment import Experiment, experiment


@pytest.fixture
def workspace(tmp_path: Path, student: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two distilled sentences, of which the first was voted on, and one of people's."""
    monkeypatch.chdir(tmp_path)
    labelled: dict[str, Any] = {"words": ["Blair", "left"], "tags": ["B-PER", "O"], "spans": []}
    voted = {"id": "a", **labelled, "weights": [0.5, 0.6667]}
    write_rows(tmp_path / "data/aligned/target.jsonl", [voted, {"id": "b", **labelled}])
    write_rows(tmp_path / "data/prepared/original.jsonl", [{"id": "c", **labelled, "weights": [0.1, 0.1]}])
    for split in ("valid", "test"):
        write_rows(tmp_path / f"data/prepared/{split}.jsonl", [{"id": split, **labelled}])
    (tmp_path / "data/student").symlink_to(student)
    return tmp_path


def made(**changes: object) -> Experiment:
    base: dict[str, object] = {"train.group": "D", "train.dev_size": 1, "train.seeds": [1], "train.device": "cpu"}
    return experiment(load_params(ROOT / "params.yaml", {**base, **changes}))


def test_a_voted_word_weighs_its_share_and_every_other_word_1(workspace: Path) -> None:
    data = made(**{"train.vote_weights": True}).data
    assert data.train.weights.tolist() == pytest.approx([0.5, 0.6667, 1, 1, 1, 1])
    assert data.dev.weights.tolist() == data.test.weights.tolist() == [1, 1]


def test_where_votes_have_no_weight_all_words_are_alike(workspace: Path) -> None:
    weighted, plain = made(**{"train.vote_weights": True}), made(**{"train.vote_weights": False})
    assert plain.data.train.weights.tolist() == [1] * 6
    assert plain.cells[0].key() != weighted.cells[0].key()
    names = [field.name for field in fields(Encoded) if field.name != "weights"]
    assert all(np.array_equal(getattr(plain.data.train, one), getattr(weighted.data.train, one)) for one in names)
    # Without votes, whether they weigh changes no cell.
    group_a = [made(**{"train.group": "A", "train.vote_weights": weigh}).cells[0].key() for weigh in (True, False)]
    assert group_a[0] == group_a[1]
