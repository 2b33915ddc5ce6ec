"""Cells on disk."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

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
    assert torch.equal(store.folder("ab12").weights()["w"], torch.ones(250_000))


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


def test_a_store_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UserError, match=r"can't be written: .*see TINYNER_CELLS"),
        Store(tmp_path / "file").writing("ab"),
    ):
        pass
