"""Cells on the real student: epochs, checkpoints, the same bytes however they are trained."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForTokenClassification

from tinyner.train.cell import Cell, Data
from tinyner.train.cell_key import key_of
from tinyner.train.encode import encode
from tinyner.train.encoded import label_ids, tags_of
from tinyner.train.loop import LossIsNotFiniteError, export, train_cell
from tinyner.train.store import Store
from tinyner.train.subwords import load_tokenizer
from tinyner.train.trained import EpochRow, Trained

from .conftest import Small

pytestmark = pytest.mark.slow


def run(cell: Cell, data: Data, student: Path, store: Store) -> list[EpochRow]:
    """Train in this process; the epochs that were trained."""
    rows: list[EpochRow] = []
    with store.writing(key_of(cell)) as folder:
        train_cell(cell, student, data, folder, rows.append)
    return rows


def result(store: Store, cell: Cell) -> Trained:
    return store.folder(key_of(cell)).trained()


def bytes_of(store: Store, cell: Cell) -> tuple[bytes, bytes]:
    folder = store.folder(key_of(cell)).path
    return (folder / "weights.safetensors").read_bytes(), (folder / "test.npy").read_bytes()


@pytest.fixture(scope="module")
def store(small: Small, student: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store in which the small experiment's first cell is done."""
    made = Store(tmp_path_factory.mktemp("cells"))
    (cell,), data = small()
    run(cell, data, student, made)
    return made


def test_epochs_follow_the_schedule_and_the_decay(store: Store, small: Small) -> None:
    (cell,), _ = small()
    trained = result(store, cell)
    rows = trained.epochs
    assert [(row.distilled_share, row.original_share, row.sentences) for row in rows] == [(1, 0, 16), (0, 1, 8)]
    assert [row.lr for row in rows] == [1e-3, 5e-4]
    assert trained.kept_epoch == 1
    assert trained.path.startswith("packed fp32 on cpu (")


def test_the_exported_model_is_a_hugging_face_model_that_predicts_the_same(
    store: Store, small: Small, student: Path, tmp_path: Path
) -> None:
    (cell,), data = small()
    weights = store.folder(key_of(cell)).weights()
    assert weights is not None
    export(cell, student, data, weights, tmp_path / "model")
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "model").eval()
    assert model.config.id2label == dict(enumerate(cell.labels))
    best_by_word = label_ids(data.test, result(store, cell).test, cell.labels, "argmax")
    tags = tags_of(data.test, best_by_word, cell.labels)
    with torch.inference_mode():
        for index, sentence_tags in enumerate(tags):
            ids, firsts, *_ = data.test.sentence(index)
            best = model(input_ids=torch.from_numpy(ids.astype(np.int64))[None]).logits[0].argmax(-1)
            assert sentence_tags == [model.config.id2label[int(best[first])] for first in firsts]
    before = load_file(student / "model.safetensors")["embeddings.word_embeddings.weight"]
    after = load_file(tmp_path / "model" / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    used = {int(subword) for subword in data.train.ids}
    changed = set((before != after).any(dim=1).nonzero().flatten().tolist())
    assert changed <= used
    assert len(changed) > len(used) // 2


HERE = """
import sys
from pathlib import Path
from tests.train.test_loop import pickled, run
from tinyner.train.store import Store
cell, data, student = pickled(Path(sys.argv[1]))
run(cell, data, student, Store(Path(sys.argv[2])))
"""


def pickled(path: Path) -> tuple[Cell, Data, Path]:
    import pickle

    loaded: tuple[Cell, Data, Path] = pickle.loads(path.read_bytes())
    return loaded


@pytest.mark.parametrize("checkpoint", [pytest.param("last", marks=pytest.mark.long), "best"])
def test_a_killed_cell_goes_on_from_its_last_epoch_to_the_same_bytes(
    checkpoint: str, small: Small, student: Path, tmp_path: Path
) -> None:
    import pickle

    (cell,), data = small(epochs=6, checkpoint=checkpoint, weight_decay=0.1)
    whole, parts = Store(tmp_path / "whole"), Store(tmp_path / "parts")
    run(cell, data, student, whole)
    (tmp_path / "cell").write_bytes(pickle.dumps((cell, data, student)))
    place = parts.folder(key_of(cell)).path / "checkpoint.safetensors"
    process = subprocess.Popen(
        [sys.executable, "-c", HERE, str(tmp_path / "cell"), str(parts.root)], cwd=Path(__file__).parents[2]
    )
    while not place.exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not parts.folder(key_of(cell)).done()
    state = parts.folder(key_of(cell)).checkpoint()
    assert state is not None
    done = len(state.epochs)
    assert 1 <= done < 6
    assert [row.epoch for row in run(cell, data, student, parts)] == list(range(done, 6))
    assert bytes_of(parts, cell) == bytes_of(whole, cell)
    resumed, uninterrupted = (
        [replace(row, seconds=0) for row in result(store, cell).epochs] for store in (parts, whole)
    )
    assert resumed == uninterrupted
    assert not place.exists()  # pruned when done


def test_the_best_epoch_is_kept_where_asked(small: Small, student: Path, tmp_path: Path) -> None:
    # A learning rate that ruins the student: whichever epoch was best is kept, and the earliest of equals.
    (cell,), data = small(checkpoint="best", epochs=3, lr=0.5, lr_decay=1.0)
    store = Store(tmp_path)
    run(cell, data, student, store)
    trained = result(store, cell)
    scores = [row.dev(cell.best_by) or 0.0 for row in trained.epochs]
    assert trained.kept_epoch == scores.index(max(scores))
    assert trained.dev_f1(cell.best_by) == max(scores)


def test_a_loss_that_is_no_number_ends_the_training(small: Small, student: Path, tmp_path: Path) -> None:
    (cell,), data = small(lr=1e30)
    with pytest.raises(LossIsNotFiniteError, match=r"seed 1, epoch [12]"):
        run(cell, data, student, Store(tmp_path))


def test_a_batch_without_a_subword_has_no_loss(small: Small, student: Path, tmp_path: Path) -> None:
    (cell,), data = small(batch_size=1, epochs=1)
    tokenizer = load_tokenizer(student, 64)
    train = encode([["\u200b"], ["Blair", "left"]], [["O"], ["B-PER", "O"]], tokenizer, cell.labels, 64)
    rows = run(cell, replace(data, train=train, sizes=(2, 0)), student, Store(tmp_path))
    assert 0 < rows[0].loss < 10


def test_a_damaged_cell_is_trained_again_to_the_same_bytes(
    small: Small, student: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, ((cell,), data) = Store(tmp_path), small(epochs=1)
    run(cell, data, student, store)
    before = bytes_of(store, cell)
    path = store.folder(key_of(cell)).path / "dev.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert not store.folder(key_of(cell)).done()
    assert "trained again" in capsys.readouterr().err
    assert len(run(cell, data, student, store)) == 1
    assert bytes_of(store, cell) == before
