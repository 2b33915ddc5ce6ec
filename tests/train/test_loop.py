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
from tinyner.train.engine import Work, train_all, workers_of
from transformers import AutoModelForTokenClassification

from tinyner.errors import UserError
from tinyner.train import engine
from tinyner.train.cell import Cell, Data
from tinyner.train.encode import encode, load_tokenizer
from tinyner.train.loop import EpochRow, Trained, export, tags_of, train_cell
from tinyner.train.store import Store

from .conftest import Small


def run(cell: Cell, data: Data, student: Path, store: Store) -> list[EpochRow]:
    """Train in this process; the epochs that were trained."""
    rows: list[EpochRow] = []
    with store.writing(cell.key()) as folder:
        train_cell(cell, student, data, folder, rows.append)
    return rows


def result(store: Store, cell: Cell) -> Trained:
    return Trained.of(*store.folder(cell.key()).figures())


def bytes_of(store: Store, cell: Cell) -> tuple[bytes, bytes]:
    folder = store.folder(cell.key()).path
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
    export(cell, student, data, store.folder(cell.key()).weights(), tmp_path / "model")
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "model").eval()
    assert model.config.id2label == dict(enumerate(cell.labels))
    tags = tags_of(data.test, result(store, cell).test, cell.labels)
    with torch.inference_mode():
        for index, own in enumerate(tags):
            ids, firsts, *_ = data.test.sentence(index)
            best = model(input_ids=torch.from_numpy(ids.astype(np.int64))[None]).logits[0].argmax(-1)
            assert own == [model.config.id2label[int(best[first])] for first in firsts]
    before = load_file(student / "model.safetensors")["embeddings.word_embeddings.weight"]
    after = load_file(tmp_path / "model" / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    used = {int(one) for one in data.train.ids}
    changed = set((before != after).any(dim=1).nonzero().flatten().tolist())
    assert changed <= used
    assert len(changed) > len(used) // 2


def test_the_same_cell_gives_the_same_bytes_beside_others(
    store: Store, small: Small, student: Path, tmp_path: Path
) -> None:
    cells, data = small(seeds=[2, 1])
    reported: list[tuple[str, EpochRow]] = []
    other = Store(tmp_path)
    train_all([Work(cell, data, student) for cell in cells], other, lambda key, row: reported.append((key, row)))
    assert bytes_of(other, cells[1]) == bytes_of(store, cells[1])
    assert bytes_of(other, cells[0]) != bytes_of(other, cells[1])
    assert sorted((row.seed, row.epoch) for _, row in reported) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert {key for key, _ in reported} == {cell.key() for cell in cells}


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


@pytest.mark.parametrize("checkpoint", ["last", "best"])
def test_a_killed_cell_goes_on_from_its_last_epoch_to_the_same_bytes(
    checkpoint: str, small: Small, student: Path, tmp_path: Path
) -> None:
    import pickle

    (cell,), data = small(epochs=6, checkpoint=checkpoint, weight_decay=0.1)
    whole, parts = Store(tmp_path / "whole"), Store(tmp_path / "parts")
    run(cell, data, student, whole)
    (tmp_path / "cell").write_bytes(pickle.dumps((cell, data, student)))
    place = parts.folder(cell.key()).path / "checkpoint.safetensors"
    process = subprocess.Popen(
        [sys.executable, "-c", HERE, str(tmp_path / "cell"), str(parts.root)], cwd=Path(__file__).parents[2]
    )
    while not place.exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not parts.folder(cell.key()).done()
    found = parts.folder(cell.key()).checkpoint()
    assert found is not None
    done = len(found.told["epochs"])
    assert 1 <= done < 6
    assert [row.epoch for row in run(cell, data, student, parts)] == list(range(done, 6))
    assert bytes_of(parts, cell) == bytes_of(whole, cell)
    ours, theirs = result(parts, cell), result(whole, cell)
    assert [replace(row, seconds=0) for row in ours.epochs] == [replace(row, seconds=0) for row in theirs.epochs]
    assert not place.exists()  # pruned when done


def test_the_best_epoch_is_kept_where_asked(small: Small, student: Path, tmp_path: Path) -> None:
    # A learning rate that ruins the student: whichever epoch was best is kept, and the earliest of equals.
    (cell,), data = small(checkpoint="best", epochs=3, lr=0.5, lr_decay=1.0)
    store = Store(tmp_path)
    run(cell, data, student, store)
    trained = result(store, cell)
    scores = [row.dev_f1 or 0.0 for row in trained.epochs]
    assert trained.kept_epoch == scores.index(max(scores))
    assert trained.dev_f1 == max(scores)


def test_a_loss_that_is_no_number_is_one_line(small: Small, student: Path, tmp_path: Path) -> None:
    (cell,), data = small(lr=1e30)
    with pytest.raises(UserError, match=r"seed 1, epoch [12]: the loss is no number any more; lower train.lr"):
        train_all([Work(cell, data, student)], Store(tmp_path), lambda key, row: None)


def test_a_batch_without_a_subword_has_no_loss(small: Small, student: Path, tmp_path: Path) -> None:
    (cell,), data = small(batch_size=1, epochs=1)
    tokenizer = load_tokenizer(str(student), 64)
    train = encode([["\u200b"], ["Blair", "left"]], [["O"], ["B-PER", "O"]], tokenizer, cell.labels, 64)
    rows = run(cell, replace(data, train=train, sizes=(2, 0)), student, Store(tmp_path))
    assert 0 < rows[0].loss < 10


def test_what_another_process_finished_meanwhile_is_not_trained_again(
    store: Store, small: Small, student: Path
) -> None:
    (cell,), data = small()
    reported: list[EpochRow] = []
    train_all([Work(cell, data, student)], store, lambda _, row: reported.append(row))
    assert reported == []


def test_a_training_process_that_is_killed_is_one_line(small: Small, student: Path, tmp_path: Path) -> None:
    import multiprocessing

    def kill(key: str, row: EpochRow) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    (cell,), data = small(epochs=50)
    with pytest.raises(UserError, match="goes on from the last epochs"):
        train_all([Work(cell, data, student)], Store(tmp_path), kill)


PARENT = """
import sys
from pathlib import Path
from tests.train.test_loop import pickled
from tinyner.train.engine import Work, train_all
from tinyner.train.store import Store
if __name__ == "__main__":
    cell, data, student = pickled(Path(sys.argv[1]))
    train_all([Work(cell, data, student)], Store(Path(sys.argv[2])), lambda key, row: print(row.epoch, flush=True))
"""


def test_a_killed_parent_leaves_no_process_behind(small: Small, student: Path, tmp_path: Path) -> None:
    import pickle

    (cell,), data = small(epochs=200)
    (tmp_path / "cell").write_bytes(pickle.dumps((cell, data, student)))
    (tmp_path / "parent.py").write_text(PARENT)
    store = Store(tmp_path / "cells")
    command = [sys.executable, str(tmp_path / "parent.py"), str(tmp_path / "cell"), str(store.root)]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    parent = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == "0"  # its process has ended an epoch
    parent.kill()
    parent.wait()
    with store.writing(cell.key()) as folder:  # the lock is free once the process is gone
        found = folder.checkpoint()
    assert found is not None
    assert len(found.told["epochs"]) < 200


def test_there_are_no_more_workers_than_seeds_cores_or_memory(
    small: Small, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, _ = small(seeds=list(range(10_000)))
    assert workers_of(many[:1], student) == 1
    assert 1 <= workers_of(many, student) <= (os.cpu_count() or 1)
    assert workers_of([replace(cell, threads=10_000) for cell in many], student) == 1
    monkeypatch.setattr(engine, "_memory", lambda: 1e9)
    assert workers_of(many, student) == 1
    monkeypatch.setenv("TINYNER_WORKERS", "3")
    assert workers_of(many, student) == 3
    monkeypatch.setenv("TINYNER_WORKERS", "all")
    with pytest.raises(UserError, match="TINYNER_WORKERS: expected a number, found 'all'"):
        workers_of(many, student)


def test_an_unknown_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNER_ENGINE", "slurm")
    with pytest.raises(UserError, match="TINYNER_ENGINE: expected local or ray, found 'slurm'"):
        engine.engine_of()
    monkeypatch.delenv("TINYNER_ENGINE")
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert engine.engine_of() == "ray"
