"""What `tinyner export` writes, as ``bench/rot.py`` damages it: of the tiny student of ``rot_model``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rot_kind import Kind, cache_in
from rot_model import SENTENCES, labels, write_student
from tinyner import sums
from tinyner.errors import UserError
from tinyner.export.folder import MANIFEST, write_manifest
from tinyner.export.onnx_part import write_onnx
from tinyner.export.plain_onnx import Student
from tinyner.export.pushing import part_of
from tinyner.predict.model_files import copy_model


def _make_hf(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_student(folder / "student")
        copy_model(folder / "student", folder / "export/hf")
        write_manifest(folder / "export", {"tinyner": "0.3", "formats": ["hf"], "checks": {"words": 8}})
        return folder / "export" / name

    return make


def _read_hf(folder: Path) -> list[Any]:
    return labels(folder / "export/hf")


def _read_manifest(folder: Path) -> Path:
    """Return what would be uploaded."""
    return part_of(Path("export"))


def _make_onnx(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_student(folder / "student")
        with cache_in(folder / "cache"):
            write_onnx(folder / "student", folder / "onnx")
        return folder / "onnx" / name

    return make


def _read_onnx(int8: bool) -> Callable[[Path], list[Any]]:
    def read(folder: Path) -> list[Any]:
        try:
            student = Student(folder / "onnx", int8=int8)
        except SystemExit as end:  # the example stands alone, and ends so
            raise UserError(str(end)) from None
        return [student.tags(words) for words in SENTENCES]

    return read


KINDS = {
    "export-hf": Kind(_make_hf("hf/model.safetensors"), _read_hf),
    "export-manifest": Kind(_make_hf(MANIFEST), _read_manifest),
    "export-graph": Kind(_make_onnx("model.onnx"), _read_onnx(int8=False)),
    "export-graph8": Kind(_make_onnx("model.int8.onnx"), _read_onnx(int8=True)),
    "export-onnx_config": Kind(_make_onnx("config.json"), _read_onnx(int8=False)),
    "export-onnx_tokenizer": Kind(_make_onnx("tokenizer.json"), _read_onnx(int8=False)),
    "export-onnx_sums": Kind(_make_onnx(sums.NAME), _read_onnx(int8=False)),
}
