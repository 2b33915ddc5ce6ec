"""What training leaves on disk, outside the repository: checkpoints, and cells that are done.

Each cell has a folder, named by its key, below $TINYNER_CELLS, else below cells/ of the cache. A cell in
training has its last checkpoint there; a cell that is done has its figures, its logits of the dev and
the test set, and its weights. Every file is written beside its place and then moved there, so a kill leaves
the old one or the new one. Weights are pruned, the longest unused first, down to $TINYNER_CELLS_GB
(16): the figures stay, and weights that are needed again are trained again, to the same bytes.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tinyner.errors import UserError
from tinyner.files import atomic, cache, write_json
from tinyner.train.trained import Checkpoint, EpochRow, Trained

_GB = 16.0
_LOGITS = ("dev", "test")


class Folder:
    """One cell's folder, made on the first write."""

    def __init__(self, path: Path) -> None:
        """Take the folder's path."""
        self.path = path

    def done(self, weights: bool = False) -> bool:
        """Return whether the cell is done, and, where asked, its weights are at hand."""
        return (self.path / "done.json").exists() and (not weights or (self.path / "weights.safetensors").exists())

    def trained(self) -> Trained:
        """Return what ``finish`` was given, but for the weights."""
        logits = {name: np.load(self.path / f"{name}.npy") for name in _LOGITS}
        return Trained.of(json.loads((self.path / "done.json").read_text()), logits)

    def weights(self) -> dict[str, Tensor]:
        """Return a finished cell's weights."""
        path = self.path / "weights.safetensors"
        os.utime(path)
        return _read(path)[1]

    def checkpoint(self) -> Checkpoint | None:
        """Return the last checkpoint; None before the end of the first epoch."""
        path = self.path / "checkpoint.safetensors"
        if not path.exists():
            return None
        state, tensors = _read(path)
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "moments": {}, "best": {}}
        for name, value in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = value
        epochs = [EpochRow(**row) for row in state["epochs"]]
        return Checkpoint(epochs, parts["weights"], parts["moments"], state["best_epoch"], parts["best"])

    def epochs_done(self) -> int:
        """Return how many epochs the last checkpoint has, after which training goes on."""
        try:
            with safe_open(self.path / "checkpoint.safetensors", framework="pt") as file:
                return len(json.loads(file.metadata()["state"])["epochs"])
        except FileNotFoundError:
            return 0

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the last checkpoint."""
        parts = {"weights": checkpoint.weights, "moments": checkpoint.moments, "best": checkpoint.best}
        tensors = {f"{part}/{name}": value for part, values in parts.items() for name, value in values.items()}
        state = {"epochs": [asdict(row) for row in checkpoint.epochs], "best_epoch": checkpoint.best_epoch}
        _write(self.path / "checkpoint.safetensors", state, tensors)

    def finish(self, trained: Trained, weights: dict[str, Tensor]) -> None:
        """Write what a cell gave, done.json last, since it says that the cell is done, and drop its checkpoint."""
        _write(self.path / "weights.safetensors", {}, weights)
        for name in _LOGITS:
            with atomic(self.path / f"{name}.npy") as file:
                np.save(file, getattr(trained, name))
        write_json(self.path / "done.json", trained.figures())
        (self.path / "checkpoint.safetensors").unlink(missing_ok=True)

    def pack(self) -> dict[str, bytes]:
        """Return a finished cell as files, to be sent to where it was asked for."""
        return {path.name: path.read_bytes() for path in self.path.iterdir() if path.is_file()}

    def unpack(self, files: Mapping[str, bytes]) -> None:
        """Undo ``pack``, done.json last."""
        for name in sorted(files, key="done.json".__eq__):
            with atomic(self.path / name) as file:
                file.write(files[name])
        (self.path / "checkpoint.safetensors").unlink(missing_ok=True)


class Store:
    """All cells' folders."""

    def __init__(self, root: Path | None = None) -> None:
        """Use ``root``, else the folder that the environment names."""
        self.root = (root or Path(os.environ.get("TINYNER_CELLS") or cache() / "cells")).absolute()

    def folder(self, key: str) -> Folder:
        """Return the folder of a cell."""
        return Folder(self.root / key[:2] / key)

    @contextmanager
    def writing(self, key: str) -> Iterator[Folder]:
        """Yield a cell's folder while no other process trains the cell; a second process waits."""
        folder = self.folder(key)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.root}: can't be written: {error.strerror}; see TINYNER_CELLS") from None
        with (folder.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for unfinished in folder.path.glob(".*.tmp"):  # of a process that was killed
                unfinished.unlink()
            yield folder

    def prune(self) -> None:
        """Drop weights and checkpoints, the longest unused first, down to $TINYNER_CELLS_GB; the newest stays.

        Files that another process holds, or just removed, are passed over.

        Raises:
            UserError: where that is no number.
        """
        limit = os.environ.get("TINYNER_CELLS_GB") or str(_GB)
        try:
            left = float(limit) * 1e9
        except ValueError:
            raise UserError(f"TINYNER_CELLS_GB: expected a number, found {limit!r}") from None
        files = []
        for path in self.root.glob("*/*/*.safetensors"):
            with suppress(FileNotFoundError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        for rank, (_, size, path) in enumerate(sorted(files, reverse=True)):
            left -= size
            if left < 0 and rank:
                with suppress(OSError), (path.parent / ".lock").open("a") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()


def _write(path: Path, state: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    with atomic(path) as file:
        values = {name: value.detach().contiguous().cpu() for name, value in tensors.items()}
        save_file(values, file.name, {"state": json.dumps(state)})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        return json.loads(metadata["state"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
