"""Where cells are trained, and that it changes no byte of them."""

from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.train.backend import backend_name, train_all
from tinyner.train.cell_key import key_of
from tinyner.train.jobs import Job
from tinyner.train.store import Store
from tinyner.train.trained import EpochRow

from .conftest import Small
from .test_loop import bytes_of, run

pytestmark = pytest.mark.slow


def test_the_same_cell_gives_the_same_bytes_beside_others(small: Small, student: Path, tmp_path: Path) -> None:
    cells, data = small(seeds=[2, 1])
    alone, beside = Store(tmp_path / "alone"), Store(tmp_path / "beside")
    run(cells[1], data, student, alone)
    reported: list[tuple[str, EpochRow]] = []
    train_all([Job(cell, data, student) for cell in cells], beside, lambda key, row: reported.append((key, row)))
    assert bytes_of(beside, cells[1]) == bytes_of(alone, cells[1])
    assert bytes_of(beside, cells[0]) != bytes_of(beside, cells[1])
    assert sorted((row.seed, row.epoch) for _, row in reported) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert {key for key, _ in reported} == {key_of(cell) for cell in cells}


def test_no_jobs_are_no_work(tmp_path: Path) -> None:
    train_all([], Store(tmp_path / "cells"), lambda key, row: None)
    assert not (tmp_path / "cells").exists()


def test_an_unknown_backend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNER_ENGINE", "slurm")
    with pytest.raises(UserError, match="TINYNER_ENGINE: expected local or ray, found 'slurm'"):
        backend_name()
    monkeypatch.delenv("TINYNER_ENGINE")
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    assert backend_name() == "ray"
