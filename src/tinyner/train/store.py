"""What training leaves on disk, outside the repository: checkpoints, and cells that are done.

Each cell has a folder, named by its key, below $TINYNER_CELLS, else below cells/ of the cache. A cell in training has
its last checkpoint there, of the end of an epoch and at most some seconds old; a cell that is done has its figures,
its logits of the dev and the test set, tinyner.sha256 of these, and its weights. Every file is written beside its
place and then moved there, so a kill leaves the old one or the new one. Weights are pruned, the longest unused first,
down to $TINYNER_CELLS_GB (16): the figures stay, and weights that are needed again are trained again, to the same
bytes.

What is not as it was written is never used: it is said once, thrown away, and trained again. Weights and checkpoints
have a CRC-32 within, which takes half the time of SHA-256, and a checkpoint with its checksum is one file to replace.
"""

import io
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from tinyner import locks, sums
from tinyner.errors import UserError
from tinyner.files import atomic, sha256_file, sha256_text
from tinyner.sums import DamageError
from tinyner.train.cells_folder import cells_folder
from tinyner.train.trained import Checkpoint, EpochRow, Trained

_GB = 16.0
_PAUSE = 15.0  # seconds between checkpoints
_LOGITS = ("dev", "test")
_FIGURES, _WEIGHTS, _CHECKPOINT = "done.json", "weights.safetensors", "checkpoint.safetensors"
_SMALL = (_FIGURES, *(f"{name}.npy" for name in _LOGITS))  # all but the weights


def checkpoint_seconds() -> float:
    """Return how many seconds there are between checkpoints: $TINYNER_CHECKPOINT_SECONDS, else 15; 0: one an epoch.

    Raises:
        UserError: where that is no number.
    """
    seconds = os.environ.get("TINYNER_CHECKPOINT_SECONDS") or str(_PAUSE)
    try:
        return float(seconds)
    except ValueError:
        raise UserError(f"TINYNER_CHECKPOINT_SECONDS: expected a number, found {seconds!r}") from None


class Folder:
    """One cell's folder, made on the first write."""

    def __init__(self, path: Path) -> None:
        """Take the folder's path."""
        self.path = path
        self._pause, self._written = checkpoint_seconds(), time.monotonic()

    def done(self, weights: bool = False) -> bool:
        """Return whether the cell is done and whole, and, where asked, its weights are at hand.

        What is damaged is thrown away, and a line says so.
        """
        if not (self.path / _FIGURES).exists():
            return False
        try:
            self._read_trained()
        except DamageError as error:
            self._throw_away(str(error), sums.NAME, *_SMALL, _WEIGHTS)
            return False
        return not weights or self.weights() is not None

    def trained(self) -> Trained:
        """Return what ``finish`` was given, but for the weights.

        Raises:
            UserError: where it was damaged since ``done`` looked.
        """
        with suppress(OSError):
            (self.path / _CHECKPOINT).unlink(missing_ok=True)  # of a process that was killed as it had finished
        try:
            return self._read_trained()
        except DamageError as error:
            raise UserError(f"{self.path}: {error}; say the same again, and it is trained again") from None

    def weights(self) -> dict[str, Tensor] | None:
        """Return a finished cell's weights; None where they were pruned, or are damaged, which a line says."""
        path = self.path / _WEIGHTS
        try:
            os.utime(path)
            return _read(path)[1]
        except FileNotFoundError:
            return None
        except DamageError as error:
            self._throw_away(str(error), _WEIGHTS)
            return None

    def checkpoint(self) -> Checkpoint | None:
        """Return the last checkpoint; None before the first one, or, with a line, where it is damaged."""
        path = self.path / _CHECKPOINT
        if not path.exists():
            return None
        parts: dict[str, dict[str, Tensor]] = {"weights": {}, "moments": {}, "best": {}}
        try:
            state, tensors = _read(path)
            for name, value in tensors.items():
                part, _, rest = name.partition("/")
                parts[part][rest] = value
            epochs = [EpochRow(**row) for row in state["epochs"]]
            return Checkpoint(epochs, parts["weights"], parts["moments"], state["best_epoch"], parts["best"])
        except FileNotFoundError:  # pruned meanwhile
            return None
        except (DamageError, LookupError, TypeError) as error:
            self._throw_away(str(error), _CHECKPOINT)
            return None

    def epochs_done(self) -> int:
        """Return how many epochs the last checkpoint has, after which training goes on; see ``checkpoint``."""
        checkpoint = self.checkpoint()
        return 0 if checkpoint is None else len(checkpoint.epochs)

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the last checkpoint, if that is old enough: writing one takes as long as a short epoch."""
        if time.monotonic() - self._written < self._pause:
            return
        parts = {"weights": checkpoint.weights, "moments": checkpoint.moments, "best": checkpoint.best}
        tensors = {f"{part}/{name}": value for part, values in parts.items() for name, value in values.items()}
        state = {"epochs": [asdict(row) for row in checkpoint.epochs], "best_epoch": checkpoint.best_epoch}
        _write(self.path / _CHECKPOINT, state, tensors)
        self._written = time.monotonic()

    def finish(self, trained: Trained, weights: dict[str, Tensor]) -> None:
        """Write what a cell gave, done.json last, since it says that the cell is done, and drop its checkpoint.

        Of a cell that is done, and was trained again for its weights, only these are written.
        """
        _write(self.path / _WEIGHTS, {}, weights)
        if not self.done():
            for name in _LOGITS:
                content = io.BytesIO()  # NumPy's own error on a full disk doesn't say so
                np.save(content, getattr(trained, name))
                with atomic(self.path / f"{name}.npy") as file:
                    file.write(content.getvalue())
            figures = json.dumps(trained.figures(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
            digests = {name: sha256_file(self.path / name) for name in _SMALL if name != _FIGURES}
            sums.write_digests(self.path, {**digests, _FIGURES: sha256_text(figures)})
            with atomic(self.path / _FIGURES) as file:
                file.write(figures.encode())
        (self.path / _CHECKPOINT).unlink(missing_ok=True)

    def pack(self) -> dict[str, bytes]:
        """Return a finished cell as files, to be sent to where it was asked for."""
        return {path.name: path.read_bytes() for path in self.path.iterdir() if path.is_file()}

    def unpack(self, files: Mapping[str, bytes]) -> None:
        """Undo ``pack``, done.json last; see ``finish``."""
        names = [_WEIGHTS] if self.done() else sorted(files, key=_FIGURES.__eq__)
        for name in names:
            with atomic(self.path / name) as file:
                file.write(files[name])
        (self.path / _CHECKPOINT).unlink(missing_ok=True)

    def _read_trained(self) -> Trained:
        """As ``trained``.

        Raises:
            DamageError: where something is missing, or not as it was written.
        """
        sums.verified(self.path, _SMALL)
        try:
            logits = {name: np.load(self.path / f"{name}.npy", allow_pickle=False) for name in _LOGITS}
            return Trained.of(json.loads((self.path / _FIGURES).read_bytes()), logits)
        except Exception as error:  # of a cell from before it had checksums; NumPy raises several kinds
            raise DamageError(f"it can't be read ({type(error).__name__})") from None

    def _throw_away(self, reason: str, *names: str) -> None:
        """Remove damaged files, and say what is done about them."""
        print(f"tinyner: {self.path}: {reason}; it is thrown away, and trained again", file=sys.stderr, flush=True)
        for name in names:
            (self.path / name).unlink(missing_ok=True)


class Store:
    """All cells' folders."""

    def __init__(self, root: Path | None = None) -> None:
        """Use ``root``, else the folder that the environment names."""
        self.root = root.absolute() if root else cells_folder()

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
        with (folder.path / ".lock").open("wb") as lock:
            locks.lock(lock.fileno(), wait=True)
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
                with suppress(OSError), (path.parent / ".lock").open("ab") as lock:
                    if locks.lock(lock.fileno(), wait=False):
                        path.unlink()


def _write(path: Path, state: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Write tensors with a state, and the CRC-32 of both; a second key would come before or behind it, by chance."""
    values = {name: value.detach().contiguous().cpu() for name, value in tensors.items()}
    with atomic(path) as file:
        save_file(values, file.name, {"state": json.dumps([_crc32(state, values), state])})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the state and the tensors of a file.

    Raises:
        FileNotFoundError: where there is none.
        DamageError: where it is not as ``_write`` wrote it; a file from before has a state without a checksum.
    """
    try:
        with safe_open(path, framework="pt") as file:
            content = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if isinstance(content, dict):
            return content, tensors
        checksum, state = content
        is_whole = checksum == _crc32(state, tensors)
    except FileNotFoundError:
        raise
    except Exception as error:  # of safetensors, which raises several kinds
        raise DamageError(f"{path.name} can't be read ({type(error).__name__})") from None
    if not is_whole:
        raise DamageError(f"{path.name} is not as it was written: its checksum doesn't fit")
    return state, tensors


def _crc32(state: Any, tensors: Mapping[str, Tensor]) -> str:
    """Return the CRC-32 of a state and of tensors with their names, kinds of numbers and shapes."""
    value = crc32(json.dumps(state).encode())
    for name, tensor in sorted(tensors.items()):
        value = crc32(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode(), value)
        value = crc32(tensor.reshape(-1).view(torch.uint8).numpy().data, value)
    return f"{value:08x}"
