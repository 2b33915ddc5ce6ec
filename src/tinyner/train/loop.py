"""Train one cell, epoch by epoch, from its last checkpoint on."""

import gc
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tinyner.scores import strict
from tinyner.train import compute as computing
from tinyner.train.bert_family import fits
from tinyner.train.cell import Cell, Data
from tinyner.train.draw import draw
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.model import Recipe, Student, untrained
from tinyner.train.packed import Packed
from tinyner.train.padded import Execution, Padded
from tinyner.train.trained import Checkpoint, EpochRow, Keeper, Trained


class LossIsNotFiniteError(ArithmeticError):
    """The mean loss of an epoch is infinite or no number."""


def start(cell: Cell, student_folder: Path, data: Data, dropout: bool = True) -> Student:
    """Return the student before training, by the method that fits it."""
    model = untrained(str(student_folder), cell.labels, cell.seed)
    recipe = Recipe(cell.batch_size, cell.max_length, cell.weight_decay, cell.max_grad_norm, cell.pad_id, dropout)
    used = np.unique(np.append(data.train.ids.astype(np.int64), cell.pad_id))
    if cell.device == "cpu" and fits(model.config):  # type: ignore[arg-type]
        return Packed(model, used, recipe, computing.multiple(cell.compute, cell.device))
    return Padded(model, used, recipe, Execution.of(cell.compute, cell.device, cell.cuda_graphs))


def train_cell(
    cell: Cell, student_folder: Path, data: Data, keeper: Keeper, report: Callable[[EpochRow], None]
) -> None:
    """Train, keep the last or best epoch's weights, and label the test set; all of it goes to ``keeper``.

    The same cell gives the same bytes on the same kind of machine, alone, beside others, or with
    interruptions: the draw and dropout are seeded by seed and epoch, and the number of threads is the cell's.

    Raises:
        LossIsNotFiniteError: where training diverges.
    """
    computing.begin(cell.compute, cell.device, cell.threads)
    gc.unfreeze()
    gc.collect()  # of the cell before, in the same process
    gc.freeze()  # what is loaded stays, and the collector need not look at it again and again
    student = start(cell, student_folder, data)
    rows: list[EpochRow] = []
    best_epoch: int | None = None
    best: dict[str, Tensor] = {}
    checkpoint = keeper.checkpoint()
    if checkpoint is not None:
        rows, best_epoch, best = list(checkpoint.epochs), checkpoint.best_epoch, checkpoint.best
        student.restore(checkpoint.weights, checkpoint.moments)
    for epoch in range(len(rows), len(cell.shares)):
        rows.append(_epoch(student, cell, data, epoch))
        scores = [row.dev_f1 or 0.0 for row in rows]
        if cell.checkpoint == "best" and scores.index(max(scores)) == epoch:
            best_epoch, best = epoch, {name: value.clone() for name, value in student.weights().items()}
        if epoch + 1 < len(cell.shares):
            keeper.write_checkpoint(Checkpoint(rows, student.weights(), student.moments(), best_epoch, best))
        report(rows[-1])
    kept_epoch = len(rows) - 1
    if best_epoch is not None:
        kept_epoch = best_epoch
        student.restore(best, {})
    path = computing.describe(cell.compute, cell.device, student.method)
    trained = Trained(cell.seed, path, rows, kept_epoch, rows[kept_epoch].dev_f1, student.predict(data.test))
    keeper.finish(trained.figures(), trained.test, student.weights())


def export(cell: Cell, student_folder: Path, data: Data, weights: dict[str, Tensor], target: Path) -> None:
    """Write a trained cell's model in the Hugging Face format."""
    student = start(cell, student_folder, data)
    student.restore(weights, {})
    student.export(target)


def _epoch(student: Student, cell: Cell, data: Data, epoch: int) -> EpochRow:
    started = time.perf_counter()
    lr = cell.lr * cell.lr_decay**epoch
    order = draw(cell.seed, epoch, data.sizes, cell.shares[epoch])
    student.begin_epoch(cell.seed, epoch, lr)
    losses = []
    for begin in range(0, len(order), cell.batch_size):
        loss = student.step(data.train, order[begin : begin + cell.batch_size])
        if loss is not None:
            losses.append(loss)
    mean = float(torch.stack(losses).double().mean()) if losses else 0.0
    if not math.isfinite(mean):
        raise LossIsNotFiniteError(f"seed {cell.seed}, epoch {epoch + 1}")
    student.end_epoch()
    seconds = time.perf_counter() - started
    dev_f1 = _f1(data.dev, student.predict(data.dev), cell.labels) if len(data.dev) else None
    return EpochRow(cell.seed, epoch, *cell.shares[epoch], len(order), lr, mean, dev_f1, seconds)


def _f1(gold: Encoded, predicted: NDArray[np.int16], labels: list[str]) -> float:
    types = list(dict.fromkeys(label[2:] for label in labels[1:]))
    scores = strict(tags_of(gold, gold.gold, labels), tags_of(gold, predicted, labels), types)
    return scores["micro"]["f1"]
