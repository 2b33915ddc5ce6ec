"""What ends a job is one line that names what to set."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tinyner.errors import UserError
from tinyner.train import jobs
from tinyner.train.backend import train_all
from tinyner.train.jobs import Job, run_job
from tinyner.train.store import Store

from .conftest import Small


def test_a_loss_that_is_no_number_is_one_line(small: Small, student: Path, tmp_path: Path) -> None:
    (cell,), data = small(lr=1e30)
    with pytest.raises(UserError, match=r"seed 1, epoch [12]: the loss is no number any more; lower train.lr"):
        train_all([Job(cell, data, student)], Store(tmp_path), lambda key, row: None)


@pytest.mark.parametrize(
    ("batch_size", "advice"),
    [(16, r"set train.batch_size to 8 \(it is 16\)"), (1, r"lower train.max_length")],
)
def test_a_gpu_without_enough_memory_is_one_line(
    batch_size: int, advice: str, small: Small, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

    monkeypatch.setattr(jobs, "train_cell", fail)
    (cell,), data = small()
    cell = replace(cell, batch_size=batch_size)
    with pytest.raises(UserError, match=f"seed 1: the GPU's memory is too small.*; {advice}"):
        run_job(Job(cell, data, student), Store(tmp_path).folder("ab12"), lambda key, row: None)
