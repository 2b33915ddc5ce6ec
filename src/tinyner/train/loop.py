"""Train one cell, epoch by epoch, from its last checkpoint on."""

import gc
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoConfig

from tinyner import schedules
from tinyner.errors import UserError
from tinyner.scores import strict
from tinyner.train import compute as computing
from tinyner.train.cell import Cell, Data
from tinyner.train.encode import Encoded
from tinyner.train.encode import tags_of as tags_of  # noqa: PLC0414, to be imported from here too
from tinyner.train.encoder import fits
from tinyner.train.model import Recipe, Student, untrained
from tinyner.train.packed import Packed
from tinyner.train.padded import Padded
from tinyner.train.store import Folder


@dataclass(frozen=True)
class EpochRow:
    """One epoch of one seed. ``loss`` is the mean over batches, ``dev_f1`` None without a dev set."""

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None
    seconds: float  # of training


@dataclass(frozen=True)
class Trained:
    """What a cell gave: its epochs, the dev F1 of the kept weights, and its labels of the test set's words."""

    seed: int
    path: str  # of computation, as metrics name it
    epochs: list[EpochRow]
    kept_epoch: int
    dev_f1: float | None
    test: NDArray[np.int16]  # (W,) label ids

    def told(self) -> dict[str, Any]:
        """As JSON, but for ``test``."""
        return {**asdict(self), "test": None}

    @classmethod
    def of(cls, told: dict[str, Any], test: NDArray[np.int16]) -> "Trained":
        """Undo ``told``."""
        return cls(**{**told, "epochs": [EpochRow(**row) for row in told["epochs"]], "test": test})


def start(cell: Cell, student: Path, data: Data, dropout: bool = True) -> Student:
    """The student before training, in the way that fits it."""
    model = untrained(str(student), cell.labels, cell.seed)
    recipe = Recipe(cell.batch_size, cell.max_length, cell.weight_decay, cell.max_grad_norm, cell.pad_id, dropout)
    used = np.unique(np.append(data.train.ids.astype(np.int64), cell.pad_id))
    if cell.device == "cpu" and fits(model.config):  # type: ignore[arg-type]
        return Packed(model, used, recipe, computing.multiple(cell.compute, cell.device))
    return Padded(model, used, recipe, cell.compute, cell.device)


def way_of(student: Path, device: str) -> str:
    """The way that fits a student."""
    return Packed.way if device == "cpu" and fits(AutoConfig.from_pretrained(student)) else Padded.way


def train_cell(cell: Cell, student: Path, data: Data, folder: Folder, report: Callable[[EpochRow], None]) -> None:
    """Train, keep the last or best epoch's weights, and label the test set; all of it goes to ``folder``.

    The same cell gives the same bytes on the same kind of machine, alone, beside others, or in several
    goes: the seed and the epoch seed the draw and dropout, and the number of threads is the cell's.
    """
    computing.begin(cell.compute, cell.device, cell.threads)
    gc.unfreeze()
    gc.collect()  # of the cell before, in the same process
    gc.freeze()  # what is loaded stays, and the collector need not look at it again and again
    one = start(cell, student, data)
    rows: list[EpochRow] = []
    best: tuple[int, dict[str, Tensor]] | None = None
    found = folder.checkpoint()
    if found is not None:
        rows = [EpochRow(**row) for row in found.told["epochs"]]
        one.restore(found.weights, found.moments)
        best = (found.told["best"], found.best) if found.best else None
    for epoch in range(len(rows), len(cell.shares)):
        rows.append(_epoch(one, cell, data, epoch))
        scores = [row.dev_f1 or 0.0 for row in rows]
        if cell.checkpoint == "best" and scores.index(max(scores)) == epoch:
            best = (epoch, {name: value.clone() for name, value in one.weights().items()})
        if epoch + 1 < len(cell.shares):
            told = {"epochs": [asdict(row) for row in rows], "best": best[0] if best else None}
            folder.write_checkpoint(told, one.weights(), one.moments(), best[1] if best else {})
        report(rows[-1])
    kept = len(rows) - 1
    if best is not None:
        kept = best[0]
        one.restore(best[1], {})
    path = computing.describe(cell.compute, cell.device, one.way)
    trained = Trained(cell.seed, path, rows, kept, rows[kept].dev_f1, one.predict(data.test))
    folder.finish(trained.told(), trained.test, one.weights())


def export(cell: Cell, student: Path, data: Data, weights: dict[str, Tensor], target: Path) -> None:
    """Write a trained cell's model in the Hugging Face format."""
    one = start(cell, student, data)
    one.restore(weights, {})
    one.export(target)


def _epoch(one: Student, cell: Cell, data: Data, epoch: int) -> EpochRow:
    started = time.perf_counter()
    lr = cell.lr * cell.lr_decay**epoch
    order = schedules.draw(cell.seed, epoch, data.sizes, cell.shares[epoch])
    one.begin_epoch(cell.seed, epoch, lr)
    losses = []
    for begin in range(0, len(order), cell.batch_size):
        loss = one.step(data.train, order[begin : begin + cell.batch_size])
        if loss is not None:
            losses.append(loss)
    mean = float(torch.stack(losses).double().mean()) if losses else 0.0
    if not math.isfinite(mean):
        raise UserError(f"train: seed {cell.seed}, epoch {epoch + 1}: the loss is no number any more; lower train.lr")
    one.end_epoch()
    seconds = time.perf_counter() - started
    dev_f1 = _f1(data.dev, one.predict(data.dev), cell.labels) if len(data.dev) else None
    return EpochRow(cell.seed, epoch, *cell.shares[epoch], len(order), lr, mean, dev_f1, seconds)


def _f1(gold: Encoded, predicted: NDArray[np.int16], labels: list[str]) -> float:
    types = list(dict.fromkeys(label[2:] for label in labels[1:]))
    scores = strict(tags_of(gold, gold.gold, labels), tags_of(gold, predicted, labels), types)
    return scores["micro"]["f1"]
