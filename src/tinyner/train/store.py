"""What training leaves on disk, outside the repository: checkpoints, and cells that are done.

Below $TINYNER_CELLS, else cells/ of the cache (see ``home``), a folder a cell, by its key. A cell in
training has its last checkpoint there; a cell that is done has its figures, its labels of the test
set and its weights. All is written beside its place and then moved there, so a kill leaves the old or
the new. Weights are pruned, the longest unused first, down to $TINYNER_CELLS_GB (16): the figures
stay, and weights that are needed again are trained again, to the same bytes.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tinyner.errors import UserError
from tinyner.files import atomic, cache, write_json

_GB = 16.0


@dataclass(frozen=True)
class Checkpoint:
    """A cell after some of its epochs. ``best`` is empty where the last epoch is the one to keep."""

    told: dict[str, Any]
    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    best: dict[str, Tensor]


class Folder:
    """One cell's folder."""

    def __init__(self, path: Path) -> None:
        """Of a cell, by its key; made on the first write."""
        self.path = path

    def done(self, weights: bool = False) -> bool:
        """Whether the cell is done, and, where asked, its weights are at hand."""
        return (self.path / "done.json").exists() and (not weights or (self.path / "weights.safetensors").exists())

    def figures(self) -> tuple[dict[str, Any], NDArray[np.int16]]:
        """What ``finish`` was told."""
        return json.loads((self.path / "done.json").read_text()), np.load(self.path / "test.npy")

    def weights(self) -> dict[str, Tensor]:
        """A finished cell's weights."""
        path = self.path / "weights.safetensors"
        os.utime(path)
        return _read(path)[1]

    def checkpoint(self) -> Checkpoint | None:
        """The last one; None before the first epoch's end."""
        path = self.path / "checkpoint.safetensors"
        if not path.exists():
            return None
        told, tensors = _read(path)
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "moments": {}, "best": {}}
        for name, value in tensors.items():
            part, _, rest = name.partition("/")
            parts[part][rest] = value
        return Checkpoint(told, **parts)

    def write_checkpoint(
        self, told: dict[str, Any], weights: dict[str, Tensor], moments: dict[str, Tensor], best: dict[str, Tensor]
    ) -> None:
        """Replace the last one."""
        parts = {"weights": weights, "moments": moments, "best": best}
        tensors = {f"{part}/{name}": value for part, values in parts.items() for name, value in values.items()}
        _write(self.path / "checkpoint.safetensors", told, tensors)

    def finish(self, told: dict[str, Any], test: NDArray[np.int16], weights: dict[str, Tensor]) -> None:
        """Write what a cell gave, the last step being that it is done, and drop its checkpoint."""
        _write(self.path / "weights.safetensors", {}, weights)
        with atomic(self.path / "test.npy") as file:
            np.save(file, test)
        write_json(self.path / "done.json", told)
        (self.path / "checkpoint.safetensors").unlink(missing_ok=True)

    def pack(self) -> dict[str, bytes]:
        """A finished cell as files, to be sent to where it was asked for."""
        return {path.name: path.read_bytes() for path in self.path.iterdir() if path.is_file()}

    def unpack(self, files: Mapping[str, bytes]) -> None:
        """Undo ``pack``, the file that says that it is done last."""
        for name in sorted(files, key="done.json".__eq__):
            with atomic(self.path / name) as file:
                file.write(files[name])
        (self.path / "checkpoint.safetensors").unlink(missing_ok=True)


class Store:
    """All cells' folders."""

    def __init__(self, root: Path | None = None) -> None:
        """At ``root``, else where the environment says."""
        self.root = (root or Path(os.environ.get("TINYNER_CELLS") or cache() / "cells")).absolute()

    def folder(self, key: str) -> Folder:
        """Of a cell."""
        return Folder(self.root / key[:2] / key)

    @contextmanager
    def writing(self, key: str) -> Iterator[Folder]:
        """A cell's folder, while no other process trains the cell; who comes second waits."""
        folder = self.folder(key)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.root}: can't be written: {error.strerror}; see TINYNER_CELLS") from None
        with (folder.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in folder.path.glob(".*.tmp"):  # of one that was killed
                left.unlink()
            yield folder

    def prune(self) -> None:
        """Drop weights and checkpoints, the longest unused first, down to $TINYNER_CELLS_GB, but for the newest.

        What another process holds, or just removed, is passed over.

        Raises:
            UserError: where that is no number.
        """
        wanted = os.environ.get("TINYNER_CELLS_GB") or str(_GB)
        try:
            left = float(wanted) * 1e9
        except ValueError:
            raise UserError(f"TINYNER_CELLS_GB: expected a number, found {wanted!r}") from None
        found = []
        for path in self.root.glob("*/*/*.safetensors"):
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        for rank, (_, size, path) in enumerate(sorted(found, reverse=True)):
            left -= size
            if left < 0 and rank:
                with suppress(OSError), (path.parent / ".lock").open("a") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()


def _write(path: Path, told: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    with atomic(path) as file:
        values = {name: value.detach().contiguous().cpu() for name, value in tensors.items()}
        save_file(values, file.name, {"told": json.dumps(told)})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        return json.loads(metadata["told"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
