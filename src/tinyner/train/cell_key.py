"""The key that a cell's results are filed under. It names all that they depend on, and nothing else.

Two experiments that mean the same training, such as group E and a simple mix of its data, have the
same cells, and a cell that was trained before need not be trained again.
"""

import ast
import functools
import hashlib
import json
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from tinyner.files import sha256_file
from tinyner.train.cell import Cell, Data
from tinyner.train.encoded import Encoded

_PACKAGE = Path(__file__).parents[1]
_STEP = "tinyner.train.loop"  # the module that trains a cell
_LIBRARIES = ("torch", "transformers", "numpy")


def key_of(cell: Cell) -> str:
    """Return what the results of a cell are filed under: 40 hexadecimal digits."""
    values: dict[str, Any] = {field.name: getattr(cell, field.name) for field in fields(cell)}
    if cell.device != "cuda":
        del values["cuda_graphs"]
    elif torch.cuda.is_available():
        values["gpu"] = torch.cuda.get_device_name()
    values["code"] = code_version()
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:40]


def data_digest(data: Data) -> str:
    """Return the hexadecimal sha256 of all arrays."""
    digest = hashlib.sha256(repr(data.sizes).encode())
    for encoded in (data.train, data.dev, data.test):
        for field in fields(Encoded):
            array: NDArray[Any] = getattr(encoded, field.name)
            digest.update(f"{field.name} {array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


@functools.cache
def code_version() -> str:
    """Return the sha256 of the code of a step, the versions of its libraries and the processor's instructions."""
    versions = {
        "code": code_digest(_PACKAGE),
        "libraries": [(name, version(name)) for name in _LIBRARIES],
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }
    return hashlib.sha256(json.dumps(versions).encode()).hexdigest()


def code_digest(package: Path) -> str:
    """Return the sha256 of the modules that train a cell, by their places in the package, wherever that lies."""
    files = [(path.relative_to(package).as_posix(), sha256_file(path)) for path in code_files(package)]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def code_files(package: Path) -> list[Path]:
    """Return the files of the module that trains a cell and of all of our own that it imports, sorted.

    Args:
        package: the folder of the package tinyner.
    """
    files: set[Path] = set()
    pending = set(_files(package, _STEP))
    while pending:
        path = pending.pop()
        files.add(path)
        imports = {file for name in _imports(path) for file in _files(package, name)}
        pending |= imports - files
    return sorted(files)


def _imports(path: Path) -> tuple[str, ...]:
    """Return the dotted names that a file may import: of ``from a import b``, which may be a module, a and a.b."""
    return _imports_of(path.read_bytes(), str(path))


@functools.cache
def _imports_of(source: bytes, path: str) -> tuple[str, ...]:
    """As ``_imports``, of a file's content; each is parsed once."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: a relative import, which the key of cells does not follow")
            assert node.module is not None
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _files(package: Path, module: str) -> list[Path]:
    """Return the file of one of our modules and of the packages around it; none for other names."""
    name, *parts = module.split(".")
    if name != package.name:
        return []
    folders = [package.joinpath(*parts[:depth]) / "__init__.py" for depth in range(len(parts) + 1)]
    return [path for path in (*folders, package.joinpath(*parts).with_suffix(".py")) if path.exists()]
