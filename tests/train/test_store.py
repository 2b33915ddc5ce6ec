"""Cells on disk."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.conftest import ROOT
from tinyner.errors import UserError
from tinyner.train.store import Store
from tinyner.train.trained import Checkpoint, EpochRow, Trained


def trained_at(path: str) -> Trained:
    epoch = EpochRow(1, 0, 0.5, 0.5, 8, 1e-3, 0.25, 0.75, 0.5, 2.0)
    dev, test = ([[0.5, 1.5]], [[1, 2], [3, 4]])
    return Trained(1, path, [epoch], 0, np.array(dev, dtype=np.float32), np.array(test, dtype=np.float32))


def finished(store: Store, key: str, age: int = 0) -> None:
    with store.writing(key) as folder:
        folder.finish(trained_at(key), {"w": torch.ones(250_000)})
        os.utime(folder.path / "weights.safetensors", (10**9 - age, 10**9 - age))


def test_a_finished_cell_is_found_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert not store.folder("ab12").done()
    finished(store, "ab12")
    assert store.folder("ab12").done(weights=True)
    trained = store.folder("ab12").trained()
    assert trained.figures() == trained_at("ab12").figures()
    assert (trained.dev.tolist(), trained.test.tolist()) == ([[0.5, 1.5]], [[1, 2], [3, 4]])
    assert (trained.dev_f1("viterbi"), trained.dev_f1("argmax")) == (0.75, 0.5)
    weights = store.folder("ab12").weights()
    assert weights is not None
    assert torch.equal(weights["w"], torch.ones(250_000))


def test_a_cell_travels_as_files(tmp_path: Path) -> None:
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    finished(there, "ab12")
    here.folder("ab12").unpack(there.folder("ab12").pack())
    assert here.folder("ab12").done(weights=True)
    assert here.folder("ab12").trained().path == "ab12"


def test_a_checkpoint_holds_what_it_was_given_and_goes_when_the_cell_is_done(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.folder("ab12").checkpoint() is None
    assert store.folder("ab12").epochs_done() == 0
    row = EpochRow(1, 0, 0.5, 0.5, 8, 1e-3, 0.25, None, None, 2.0)
    with store.writing("ab12") as folder:
        folder.write_checkpoint(Checkpoint([row], {"a.b": torch.ones(2)}, {"0.step": torch.tensor(3.0)}, None, {}))
    assert store.folder("ab12").epochs_done() == 1
    read = store.folder("ab12").checkpoint()
    assert read is not None
    assert (read.epochs, read.best_epoch, read.best) == ([row], None, {})
    assert (read.weights["a.b"].tolist(), read.moments["0.step"].item()) == ([1, 1], 3)
    finished(store, "ab12")
    assert store.folder("ab12").checkpoint() is None


def test_checkpoints_are_some_seconds_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINYNER_CHECKPOINT_SECONDS")
    now = 100.0
    monkeypatch.setattr("tinyner.train.store.time.monotonic", lambda: now)
    rows = [EpochRow(1, epoch, 0.5, 0.5, 8, 1e-3, 0.25, None, None, 2.0) for epoch in range(4)]
    kept = []
    with Store(tmp_path).writing("ab12") as folder:
        for count in range(1, 5):
            now += 10.0
            folder.write_checkpoint(Checkpoint(rows[:count], {"a": torch.ones(2)}, {}, None, {}))
            kept.append(folder.epochs_done())
    assert kept == [0, 2, 2, 4]
    monkeypatch.setenv("TINYNER_CHECKPOINT_SECONDS", "often")
    with pytest.raises(UserError, match="TINYNER_CHECKPOINT_SECONDS: expected a number, found 'often'"):
        Store(tmp_path).folder("ab12")


def test_the_longest_unused_weights_go_first_and_figures_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    for age, key in enumerate(("aa11", "bb22", "cc33")):
        finished(store, key, age)
    store.folder("cc33").weights()  # used just now
    monkeypatch.setenv("TINYNER_CELLS_GB", "0.0021")
    store.prune()
    assert [store.folder(key).done(weights=True) for key in ("aa11", "bb22", "cc33")] == [True, False, True]
    assert all(store.folder(key).done() for key in ("aa11", "bb22", "cc33"))
    with store.writing("aa11"):  # another process is at it
        monkeypatch.setenv("TINYNER_CELLS_GB", "0")
        store.prune()
    assert [store.folder(key).done(weights=True) for key in ("aa11", "bb22", "cc33")] == [True, False, True]
    store.prune()
    assert [store.folder(key).done(weights=True) for key in ("aa11", "bb22", "cc33")] == [False, False, True]
    monkeypatch.setenv("TINYNER_CELLS_GB", "much")
    with pytest.raises(UserError, match="TINYNER_CELLS_GB: expected a number, found 'much'"):
        store.prune()


def test_what_a_killed_write_left_is_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.writing("ab12") as folder:
        (folder.path / ".weights.safetensors.123.tmp").write_bytes(b"half")
    with store.writing("ab12") as folder:
        assert [path.name for path in folder.path.iterdir()] == [".lock"]


def test_a_checkpoint_that_a_kill_left_beside_a_finished_cell_is_dropped(tmp_path: Path) -> None:
    """Nobody trains the cell any more, so no write would sweep it, and it is three times as large as the weights."""
    store = Store(tmp_path)
    finished(store, "ab12")
    folder = store.folder("ab12")
    (folder.path / "checkpoint.safetensors").write_bytes(b"of the last epoch")
    assert folder.trained().seed == 1
    assert not (folder.path / "checkpoint.safetensors").exists()


FULL = """
import resource, sys, torch
from tinyner import errors
from tests.train.test_store import finished
from tinyner.train.store import Store
from pathlib import Path

def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    finished(Store(Path(sys.argv[1])), "ab12")

errors.run(main)
"""


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_leaves_no_half_of_a_cell(tmp_path: Path) -> None:
    """The library that writes weights is in Rust, and raises no OSError."""
    (tmp_path / "full.py").write_text(FULL)
    command = [sys.executable, str(tmp_path / "full.py"), str(tmp_path / "cells")]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(r"tinyner: .*weights.safetensors: File too large; make room, and run this again\n", done.stderr)
    assert [path.name for path in (tmp_path / "cells").rglob("*") if path.is_file()] == [".lock"]


def test_a_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match=r"can't be written: .*see TINYNER_CELLS"),
        Store(tmp_path / "file").writing("ab"),
    ):
        pass


@pytest.mark.parametrize("name", ["done.json", "dev.npy", "test.npy", "tinyner.sha256"])
def test_a_damaged_cell_is_not_done_and_is_said(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    finished(store, "ab12")
    flip(store.folder("ab12").path / name)
    assert not store.folder("ab12").done()
    assert "it is thrown away, and trained again" in capsys.readouterr().err
    assert not store.folder("ab12").done(), "said once"
    assert capsys.readouterr().err == ""
    finished(store, "ab12")
    assert store.folder("ab12").trained().figures() == trained_at("ab12").figures()


def test_a_cell_that_is_damaged_after_it_was_looked_at_is_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path)
    finished(store, "ab12")
    flip(store.folder("ab12").path / "dev.npy")
    with pytest.raises(UserError, match=r"dev\.npy is not as it was written.*trained again"):
        store.folder("ab12").trained()


def test_damaged_weights_are_trained_again_and_figures_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    finished(store, "ab12")
    before = (store.folder("ab12").path / "done.json").read_bytes()
    flip(store.folder("ab12").path / "weights.safetensors")
    assert store.folder("ab12").done()
    assert store.folder("ab12").weights() is None
    assert "weights.safetensors is not as it was written" in capsys.readouterr().err
    assert not store.folder("ab12").done(weights=True)
    with store.writing("ab12") as folder:
        folder.finish(trained_at("elsewhere"), {"w": torch.ones(250_000)})
    assert store.folder("ab12").weights() is not None
    assert (store.folder("ab12").path / "done.json").read_bytes() == before


@pytest.mark.parametrize("place", [20, -1])
def test_a_damaged_checkpoint_is_begun_anew(place: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = EpochRow(1, 0, 0.5, 0.5, 8, 1e-3, 0.25, None, None, 2.0)
    with Store(tmp_path).writing("ab12") as folder:
        folder.write_checkpoint(Checkpoint([row], {"a": torch.ones(2)}, {"step": torch.tensor(3.0)}, None, {}))
    flip(folder.path / "checkpoint.safetensors", place)
    assert folder.epochs_done() == 0
    assert "checkpoint.safetensors" in capsys.readouterr().err
    assert folder.checkpoint() is None


def test_a_cell_from_before_it_had_checksums_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    finished(store, "ab12")
    path = store.folder("ab12").path
    (path / "tinyner.sha256").unlink()
    save_file({"w": torch.ones(3)}, path / "weights.safetensors", {"state": "{}"})
    assert store.folder("ab12").done(weights=True)
    assert store.folder("ab12").trained().path == "ab12"
    (path / "dev.npy").write_bytes(b"")
    assert not store.folder("ab12").done()


def flip(path: Path, place: int = -2) -> None:
    """Flip a bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)
