"""bench/gpu_study.py trains what training here trains, whatever else runs beside it, and keeps what was cut off."""

import importlib
import json
import lzma
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tinyner.train.cell import Cell, Data
from tinyner.train.labelled import Labeller
from tinyner.train.loop import train_cell

from .conftest import Small

SETS = ("train", "dev", "test")


@pytest.fixture
def gpu_study(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    return importlib.import_module("gpu_study")


@pytest.fixture
def gpu_pack(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    return importlib.import_module("gpu_pack")


def packed(gpu_study: Any, folder: Path, student: Path, data: Data, experiments: dict[str, list[Cell]]) -> None:
    """Write experiments of the same data as gpu_pack does."""
    first = next(iter(experiments.values()))[0]
    for part in SETS:
        getattr(data, part).save(folder / "data" / first.data / part)
    (folder / "students").mkdir()
    (folder / "students" / first.student).symlink_to(student)
    rows = [
        gpu_study.Experiment("study", ".", name, {}, cells, "viterbi", data.sizes, False)
        for name, cells in experiments.items()
    ]
    (folder / gpu_study.EXPERIMENTS).write_bytes(pickle.dumps(rows))


def trained_there(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "bench/gpu_study.py"), str(folder), str(folder), "--at-once", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def check_student(row: dict[str, Any], cell: Cell, student: Path, data: Data, gpu_study: Any) -> None:
    """Hold what was trained there against training here."""
    keeper = gpu_study.InMemory()
    train_cell(cell, student, data, keeper, lambda row: None)
    expected = Labeller.fitted(cell.labels, "viterbi", data.dev, keeper.trained.dev)
    predictions = expected.predictions([""] * len(data.test), data.test, keeper.trained.test)
    assert [tags for tags, _, _ in row["rows"]] == [prediction["tags"] for prediction in predictions]
    assert [after for _, after, _ in row["rows"]] == [prediction["probabilities"] for prediction in predictions]
    losses = [epoch["loss"] for epoch in row["figures"]["epochs"]]
    assert losses == [epoch.loss for epoch in keeper.trained.epochs]


def test_a_student_is_that_of_training_here(
    small: Small, student: Path, gpu_study: Any, gpu_pack: Any, tmp_path: Path
) -> None:
    (cell,), data = small(seeds=[1])
    packed(gpu_study, tmp_path, student, data, {"one": [cell]})
    assert trained_there(tmp_path).stdout.startswith("1 of 1 students in")
    (row,) = gpu_pack.trained_in([tmp_path]).values()
    check_student(row, cell, student, data, gpu_study)


@pytest.mark.long
def test_students_are_those_of_training_here_and_shared_ones_are_trained_once(
    small: Small, student: Path, gpu_study: Any, gpu_pack: Any, tmp_path: Path
) -> None:
    cells, data = small(seeds=[1, 2])
    packed(gpu_study, tmp_path, student, data, {"one": cells, "same": cells[:1]})
    assert trained_there(tmp_path).stdout.startswith("2 of 2 students in")
    by_key = gpu_pack.trained_in([tmp_path])
    one, same = gpu_study.read_experiments(tmp_path)
    assert list(gpu_study.students_of(tmp_path)) == [one.key(cell) for cell in cells]
    assert sorted(by_key) == sorted(one.key(cell) for cell in cells)
    assert same.key(cells[0]) == one.key(cells[0])
    # None is trained again; one that a kill left half written is, and the others stay.
    path = tmp_path / gpu_study.TRAINED
    path.write_bytes(path.read_bytes()[:-20])
    assert len(gpu_pack.trained_in([tmp_path])) == 1
    assert trained_there(tmp_path).stdout.startswith("1 of 1 students, 1 before in")
    assert trained_there(tmp_path).stdout.startswith("0 of 0 students, 2 before in")
    again = gpu_pack.trained_in([tmp_path])
    assert {key: row["rows"] for key, row in again.items()} == {key: row["rows"] for key, row in by_key.items()}
    (tmp_path / gpu_study.TRAINED_BEFORE).write_text(json.dumps([one.key(cells[0])]))
    assert list(gpu_study.students_of(tmp_path)) == [one.key(cells[1])]
    assert one.key(replace(cells[0], lr=cells[0].lr * 2)) not in by_key  # another rate is another student
    for cell in cells:
        check_student(by_key[one.key(cell)], cell, student, data, gpu_study)


@pytest.mark.long
def test_no_student_begins_when_the_time_is_over(
    small: Small, student: Path, gpu_study: Any, gpu_pack: Any, tmp_path: Path
) -> None:
    cells, data = small(seeds=[1])
    packed(gpu_study, tmp_path, student, data, {"one": cells})
    assert trained_there(tmp_path, "--seconds", "0").stdout.startswith("0 of 1 students in")
    assert gpu_pack.trained_in([tmp_path]) == {}


def test_all_experiments_get_three_seeds_before_any_gets_more(small: Small, gpu_study: Any) -> None:
    cells, data = small(seeds=[1, 2, 3, 4, 5])
    two = [gpu_study.Experiment("s", ".", name, {}, cells, "viterbi", data.sizes, False) for name in "ab"]
    order = [f"{experiment.name}{cell.seed}" for experiment, cell in gpu_study.in_order(two)]
    assert order == ["a1", "a2", "a3", "b1", "b2", "b3", "a4", "a5", "b4", "b5"]


def test_of_a_file_that_was_cut_off_the_whole_lines_are_read(
    gpu_pack: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [json.dumps({"key": str(seed), "noise": [seed] * 50_000}) for seed in range(20)]
    whole = b"".join(lzma.compress(row.encode()) for row in rows)
    (tmp_path / "trained.jsonl.xz").write_bytes(whole[: len(whole) // 2])
    by_key = gpu_pack.trained_in([tmp_path])
    assert list(by_key) == [str(seed) for seed in range(len(by_key))]
    assert 8 <= len(by_key) <= 10
    assert "was cut off" in capsys.readouterr().out


def test_the_student_that_travels_has_the_rows_of_its_subwords_only(
    small: Small, student: Path, gpu_pack: Any, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file

    _, data = small()
    used = sorted({0, *np.concatenate([getattr(data, part).ids for part in SETS]).tolist()})
    gpu_pack.write_student(student, tmp_path / "travels", used)
    before, after = (load_file(folder / "model.safetensors") for folder in (student, tmp_path / "travels"))
    (name,) = (name for name in before if name.endswith("word_embeddings.weight"))
    np.testing.assert_array_equal(after[name][used], before[name][used])
    assert set(np.flatnonzero(after[name].any(axis=1)).tolist()) <= set(used)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[other], after[other]) for other in before if other != name)
