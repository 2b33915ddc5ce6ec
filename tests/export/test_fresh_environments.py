"""Each part of an export in a fresh virtual environment that has what its README or card says, and not this package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.made import ENTITIES, TEXT
from tests.export.test_hf import PROGRAM

pytestmark = pytest.mark.long


def python_with(folder: Path, *packages: str) -> Path:
    """Return the Python of a new virtual environment with some packages."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", *packages], check=True)
    return folder / "bin/python"


def printed_by(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_onnx(exported: tuple[Path, str], tmp_path: Path) -> None:
    python = python_with(tmp_path / "environment", "onnxruntime", "tokenizers", "numpy")
    for flags in ((), ("--int8",)):
        printed = printed_by(python, exported[0] / "onnx/example.py", *flags, TEXT)
        assert printed == "".join(f"{label}\t{text}\n" for label, text in ENTITIES)


def test_hugging_face(exported: tuple[Path, str], tmp_path: Path) -> None:
    python = python_with(tmp_path / "environment", "torch", "transformers")
    (tmp_path / "program.py").write_text(PROGRAM)
    printed = printed_by(python, tmp_path / "program.py", exported[0] / "hf", TEXT)
    assert [tuple(pair) for pair in json.loads(printed)] == ENTITIES
