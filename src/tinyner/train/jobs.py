"""A job: a cell with the data and the student that it needs, and what is reported while it trains."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from tinyner.errors import UserError
from tinyner.train.cell import Cell, Data
from tinyner.train.cell_key import key_of
from tinyner.train.gpu import too_little_memory
from tinyner.train.loop import LossIsNotFiniteError, train_cell
from tinyner.train.trained import EpochRow, Keeper

Report = Callable[[str, EpochRow], None]
"""Called with a cell's key and an epoch as the epoch ends."""


@dataclass(frozen=True)
class Job:
    """A cell to be trained."""

    cell: Cell
    data: Data
    student: Path  # the folder of the student before training
    needs_weights: bool = False  # a cell that is done, but whose weights were pruned, is trained again


def run_job(job: Job, keeper: Keeper, report: Report) -> None:
    """Train the cell of a job in this process.

    Raises:
        UserError: where training diverges, or a GPU has too little memory.
    """
    cell, key = job.cell, key_of(job.cell)
    try:
        train_cell(cell, job.student, job.data, keeper, lambda row: report(key, row))
    except LossIsNotFiniteError as error:
        raise UserError(f"train: {error}: the loss is no number any more; lower train.lr") from None
    except torch.OutOfMemoryError:
        advice = too_little_memory(cell.batch_size, cell.max_length)
        raise UserError(f"train: seed {cell.seed}: {advice}") from None
