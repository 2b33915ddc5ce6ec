"""What is trained on is what stands in the files: faults of the stage and damaged files are refused, by their ids."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.predicted import prediction
from tinyner.errors import UserError
from tinyner.files import load, write_rows
from tinyner.params import load_params
from tinyner.train import inputs
from tinyner.train.balance import check_predictions
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded
from tinyner.train.inputs import read_inputs


def refusal() -> str:
    changes: dict[str, object] = {"train.group": "D", "train.dev_size": 1, "train.seeds": [1], "train.device": "cpu"}
    with pytest.raises(UserError) as caught:
        read_inputs(load_params(ROOT / "params.yaml", changes))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "changes", "what"),
    [
        ("aligned/target", {"words": ["Blair"]}, "with another number of tags or weights than of words"),
        ("aligned/target", {"weights": [1.0]}, "with another number of tags or weights than of words"),
        ("aligned/target", {"tags": ["B-DRUG", "O"]}, "with a tag of a type that params.yaml lacks"),
        ("aligned/target", {"id": "b"}, "that stand in data/aligned/target.jsonl more than once"),
        ("prepared/original", {"words": ["Blair"]}, "with another number of tags or weights than of words"),
        ("prepared/valid", {"tags": ["O"]}, "with another number of tags or weights than of words"),
        ("prepared/test", {"tags": ["O"]}, "with another number of tags or weights than of words"),
    ],
)
def test_a_damaged_row_is_refused(name: str, changes: dict[str, Any], what: str, workspace: Path) -> None:
    path = workspace / f"data/{name}.jsonl"
    first, *others = load(path)
    write_rows(path, [{**first, **changes}, *others])
    stage = "align" if name.startswith("aligned") else "prepare"
    line = refusal()
    assert line.startswith("train: sentences ")
    assert what in line
    assert line.endswith(f"1 ({changes.get('id', first['id'])}); run `dvc repro {stage}`")


def test_a_sentence_that_gets_lost_on_the_way_is_refused(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "without", lambda rows, _: rows[:1])
    what = "train: sentences of data/aligned/target.jsonl that are trained on and must not be, or the other way round"
    assert refusal().startswith(f"{what}: 1 (b)")


@pytest.mark.parametrize("fault", ["gold", "words", "sentences"])
def test_a_fault_of_the_encoding_is_refused(fault: str, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*arguments: Any, **options: Any) -> Encoded:
        data = encode(*arguments, **options)
        if len(data) == 1:  # dev or test
            return data
        if fault == "gold":
            return replace(data, gold=np.roll(data.gold, 1))
        if fault == "words":
            return replace(data, word_bounds=np.array([0, 1, 4, 6]))
        return replace(data, bounds=data.bounds[:-1])

    monkeypatch.setattr(inputs, "encode", faulty)
    line = refusal()
    assert line.startswith("train: train sentences ")
    assert ("do not add up: 3 in, 2 out" in line) == (fault == "sentences")


def test_predictions_are_those_of_the_test_sentences() -> None:
    test: Any = [{"id": "s", "words": ["Blair", "left"]}, {"id": "t", "words": ["Benn"]}]
    check_predictions(test, [prediction("s", ["O", "O"]), prediction("t", ["O"])])
    for rows in ([("s", ["O"]), ("t", ["O"])], [("t", ["O", "O"]), ("s", ["O"])], [("s", ["O", "O"])]):
        with pytest.raises(UserError, match=r"^train: test sentences "):
            check_predictions(test, [prediction(name, tags) for name, tags in rows])
