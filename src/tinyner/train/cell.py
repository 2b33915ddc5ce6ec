"""A cell: one student on one seed. Its key names all that its result depends on, and nothing else.

Two experiments that mean the same training, such as group E and a simple mix of its data, have the
same cells, and a cell that was trained before need not be trained again.
"""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from tinyner import schedules, scores
from tinyner.files import sha256_file
from tinyner.params import Train
from tinyner.train.encode import Encoded

# What a cell's bytes come from; its arrays, which the rest of the package makes, are in its key themselves.
CODE = [Path(__file__).with_name(f"{name}.py") for name in ("compute", "encoder", "layout", "loop", "model", "packed")]
CODE += [Path(__file__).with_name(f"{name}.py") for name in ("cell", "padded", "rows")]
CODE += [Path(str(module.__file__)) for module in (schedules, scores)]


@dataclass(frozen=True)
class Data:
    """What cells of an experiment share. ``train``: the distilled sentences, then the original ones."""

    train: Encoded
    dev: Encoded
    test: Encoded
    sizes: tuple[int, int]  # distilled, original

    def digest(self) -> str:
        """Hexadecimal sha256 of all arrays."""
        found = hashlib.sha256(repr(self.sizes).encode())
        for one in (self.train, self.dev, self.test):
            for field in fields(Encoded):
                array: NDArray[Any] = getattr(one, field.name)
                found.update(f"{field.name} {array.dtype} {array.shape}".encode() + array.tobytes())
        return found.hexdigest()


@dataclass(frozen=True)
class Cell:
    """One student on one seed."""

    seed: int
    shares: list[tuple[float, float]]  # of the distilled and the original sentences, an epoch each
    batch_size: int
    max_length: int
    lr: float
    lr_decay: float
    weight_decay: float
    max_grad_norm: float
    checkpoint: str
    threads: int
    labels: list[str]
    pad_id: int
    device: str
    compute: str  # as resolved on this machine
    student: str  # sha256 of its files
    data: str  # sha256 of its arrays

    def key(self) -> str:
        """What its result is filed under: 40 hexadecimal digits."""
        told: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)} | {
            "code": code_version()
        }
        if self.device == "cuda" and torch.cuda.is_available():
            told["gpu"] = torch.cuda.get_device_name()
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:40]


def cells(knobs: Train, data: Data, **told: Any) -> list[Cell]:
    """The cells of an experiment, one a seed; ``told`` are labels, pad_id, device, compute and student."""
    shares, digest = shares_of(knobs), data.digest()
    taken = ("batch_size", "max_length", "lr", "lr_decay", "weight_decay", "max_grad_norm", "checkpoint", "threads")
    return [
        Cell(
            seed=seed,
            shares=shares,
            **{name: getattr(knobs, name) for name in taken},
            data=digest,
            **told,
        )
        for seed in knobs.seeds
    ]


def shares_of(knobs: Train) -> list[tuple[float, float]]:
    """(w0, w1) of each epoch."""
    return schedules.weights(knobs.schedule, knobs.group, knobs.epochs)


def folder_digest(folder: Path) -> str:
    """Hexadecimal sha256 of the names and contents of a folder's files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [(path.relative_to(folder).as_posix(), sha256_file(path)) for path in files]
    return hashlib.sha256(repr(told).encode()).hexdigest()


@functools.cache
def code_version() -> str:
    """What the trainer's code, its libraries and the processor's instructions come to."""
    told: Mapping[str, object] = {
        "files": [(file.name, sha256_file(file)) for file in sorted(CODE)],
        "libraries": [(name, version(name)) for name in ("torch", "transformers", "numpy", "seqeval")],
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
