"""What training leaves in its store, as ``bench/rot.py`` damages it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rot_kind import Kind
from tinyner import sums
from tinyner.train.store import Folder, Store
from tinyner.train.trained import Checkpoint, EpochRow, Trained

_KEY = "ab12"
_EPOCHS = [EpochRow(1, epoch, 0.5, 0.5, 8, 1e-3, 0.25 / (epoch + 1), 0.75, None, 2.5) for epoch in range(2)]


def _tensors(seed: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(4, 5, generator=generator) for name in ("word", "head.bias")}


def _make_done(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with Store(folder).writing(_KEY) as cell:
            logits = np.random.default_rng(1).normal(size=(2, 6, 3)).astype(np.float32)
            cell.finish(Trained(1, "packed fp32 on cpu", _EPOCHS, 1, logits[0], logits[1]), _tensors(1))
        return cell.path / name

    return make


def _make_checkpoint(folder: Path) -> Path:
    with Store(folder).writing(_KEY) as cell:
        moments = _tensors(2) | {"step": torch.tensor(3.0)}
        cell.write_checkpoint(Checkpoint(_EPOCHS, _tensors(1), moments, 1, _tensors(3)))
    return cell.path / "checkpoint.safetensors"


def _values(tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    return {name: (str(tensor.dtype), tensor.tolist()) for name, tensor in tensors.items()}


def _read_done(folder: Path) -> list[Any]:
    """Return what the stage takes of a cell: figures and logits, then weights; None where it trains them again."""
    cell = _cell(folder)
    if not cell.done():
        return [None, None]
    trained, weights = cell.trained(), cell.weights()
    figures = [trained.figures(), trained.dev.tolist(), trained.test.tolist()]
    return [figures, None if weights is None else _values(weights)]


def _read_checkpoint(folder: Path) -> list[Any]:
    cell = _cell(folder)
    count, left = cell.epochs_done(), cell.checkpoint()
    if left is None:
        return [None]
    return [[count, left.epochs, left.best_epoch, *map(_values, (left.weights, left.moments, left.best))]]


def _cell(folder: Path) -> Folder:
    return Store(folder).folder(_KEY)


def _lacks(whole: list[Any], damaged: list[Any]) -> bool:
    return all(part in (None, before) for before, part in zip(whole, damaged, strict=True))


KINDS = {
    **{
        f"cell-{kind}": Kind(_make_done(name), _read_done, lacks=_lacks)
        for kind, name in {
            "figures": "done.json",
            "dev": "dev.npy",
            "test": "test.npy",
            "weights": "weights.safetensors",
            "sums": sums.NAME,
        }.items()
    },
    "cell-checkpoint": Kind(_make_checkpoint, _read_checkpoint, lacks=_lacks),
}
