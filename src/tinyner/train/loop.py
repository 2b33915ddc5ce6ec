"""Train one cell, epoch by epoch, from its last checkpoint on."""

import gc
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tinyner.decoding import DECODERS, Logits
from tinyner.span_counts import micro_f1
from tinyner.train import compute as computing
from tinyner.train.bert_family import fits
from tinyner.train.cell import Cell, Data
from tinyner.train.draw import draw
from tinyner.train.encoded import Encoded, label_ids, tags_of
from tinyner.train.model import Recipe, Student, untrained
from tinyner.train.packed import Packed
from tinyner.train.padded import Execution, Padded
from tinyner.train.plain_student import read_untrained
from tinyner.train.trained import Checkpoint, EpochRow, Keeper, Trained


class LossIsNotFiniteError(ArithmeticError):
    """The mean loss of an epoch is infinite or no number."""


def start(cell: Cell, student_folder: Path, data: Data, dropout: bool = True) -> Student:
    """Return the student before training, by the method that fits it."""
    recipe = Recipe(cell.batch_size, cell.max_length, cell.weight_decay, cell.max_grad_norm, cell.pad_id, dropout)
    used = np.unique(np.append(data.train.ids.astype(np.int64), cell.pad_id))
    plain = read_untrained(student_folder, cell.labels, cell.seed) if cell.device == "cpu" else None
    if plain is not None:
        return Packed(plain, used, recipe, computing.multiple(cell.compute, cell.device))
    model: Any = untrained(str(student_folder), cell.labels, cell.seed)
    if cell.device == "cpu" and fits(model.config):
        return Packed(model, used, recipe, computing.multiple(cell.compute, cell.device))
    return Padded(model, used, recipe, Execution.of(cell.compute, cell.device, cell.cuda_graphs))


def train_cell(
    cell: Cell, student_folder: Path, data: Data, keeper: Keeper, report: Callable[[EpochRow], None]
) -> None:
    """Train, and keep the last or best epoch's weights and their logits of dev and test; all of it goes to ``keeper``.

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
        scores = [row.dev(cell.best_by) or 0.0 for row in rows]
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
    trained = Trained(cell.seed, path, rows, kept_epoch, student.logits(data.dev), student.logits(data.test))
    keeper.finish(trained, student.weights())


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
    viterbi, argmax = _dev_f1(data.dev, student.logits(data.dev), cell.labels) if len(data.dev) else (None, None)
    return EpochRow(cell.seed, epoch, *cell.shares[epoch], len(order), lr, mean, viterbi, argmax, seconds)


def _dev_f1(dev: Encoded, logits: Logits, labels: list[str]) -> tuple[float, float]:
    """Return the strict micro F1 of legal tags, and of each word's best."""
    gold = tags_of(dev, dev.gold, labels)
    by_viterbi, by_argmax = (
        micro_f1(gold, tags_of(dev, label_ids(dev, logits, labels, decoder), labels)) for decoder in DECODERS
    )
    return by_viterbi, by_argmax
