"""Processes that train side by side, are killed, or find that nothing is left to do."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.train import process_pool
from tinyner.train.cell_key import key_of
from tinyner.train.jobs import Job
from tinyner.train.process_pool import train_jobs, worker_count
from tinyner.train.store import Store
from tinyner.train.trained import EpochRow

from .conftest import Small
from .test_loop import run

pytestmark = pytest.mark.slow


def test_what_another_process_finished_meanwhile_is_not_trained_again(
    small: Small, student: Path, tmp_path: Path
) -> None:
    (cell,), data = small(epochs=1)
    store = Store(tmp_path)
    run(cell, data, student, store)
    reported: list[EpochRow] = []
    train_jobs([Job(cell, data, student)], store, lambda _, row: reported.append(row))
    assert reported == []


def test_a_training_process_that_is_killed_is_one_line(small: Small, student: Path, tmp_path: Path) -> None:
    import multiprocessing

    def kill(key: str, row: EpochRow) -> None:
        for process in multiprocessing.active_children():
            process.kill()

    (cell,), data = small(epochs=50)
    with pytest.raises(UserError, match="goes on from the last checkpoints"):
        train_jobs([Job(cell, data, student)], Store(tmp_path), kill)


PARENT = """
import sys
from pathlib import Path
from tests.train.test_loop import pickled
from tinyner.train.jobs import Job
from tinyner.train.process_pool import train_jobs
from tinyner.train.store import Store
if __name__ == "__main__":
    cell, data, student = pickled(Path(sys.argv[1]))
    train_jobs([Job(cell, data, student)], Store(Path(sys.argv[2])), lambda key, row: print(row.epoch, flush=True))
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
    with store.writing(key_of(cell)) as folder:  # the lock is free once the process is gone
        state = folder.checkpoint()
    assert state is not None
    assert len(state.epochs) < 200


def test_there_are_no_more_workers_than_seeds_cores_or_memory(
    small: Small, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many, _ = small(seeds=list(range(10_000)))
    assert worker_count(many[:1], student) == 1
    assert 1 <= worker_count(many, student) <= (os.cpu_count() or 1)
    assert worker_count([replace(cell, threads=10_000) for cell in many], student) == 1
    monkeypatch.setattr(process_pool, "free_memory", lambda: 1e9)
    assert worker_count(many, student) == 1
    monkeypatch.setenv("TINYNER_WORKERS", "3")
    assert worker_count(many, student) == 3
    monkeypatch.setenv("TINYNER_WORKERS", "all")
    with pytest.raises(UserError, match="TINYNER_WORKERS: expected a number, found 'all'"):
        worker_count(many, student)
