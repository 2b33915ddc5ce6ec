"""The files of a model in the Hugging Face format: compared with their checksums; copied, whole, without others."""

import json
import shutil
from pathlib import Path

from tinyner import pipeline_files, sums
from tinyner.errors import UserError
from tinyner.files import sha256_file, write_json
from tinyner.predict.model_card import KEY, ModelCard
from tinyner.train.subwords import load_tokenizer

WEIGHTS = "model.safetensors"
"""The file of a model's weights, where they are in one file."""

_WEIGHTS = (WEIGHTS, "model-*.safetensors", "model.safetensors.index.json")
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json")
_ANY_LENGTH = 1


def check_sums(folder: Path) -> None:
    """Compare the files that make a model with their checksums, where the folder has tinyner.sha256.

    Raises:
        UserError: where one is not as it was written.
    """
    names = ["config.json", *_TOKENIZER, *(path.name for path in _weights_of(folder))]
    try:
        sums.verified(folder, names)
    except sums.DamageError as error:
        brings = pipeline_files.advice(folder)
        again = f"delete {folder}, then {brings}" if brings else "copy the whole folder again"
        raise UserError(
            f"{folder}: {error}; {again}, or, where you changed it yourself, delete {sums.NAME} in it"
        ) from None


def weights_sha256(folder: Path) -> str:
    """Return the sha256 of the weights of a model in one file: by tinyner.sha256, where that is there."""
    return (sums.read(folder) or {}).get(WEIGHTS) or sha256_file(folder / WEIGHTS)


def _weights_of(folder: Path) -> list[Path]:
    return sorted({path for pattern in _WEIGHTS for path in folder.glob(pattern) if path.is_file()})


def copy_model(folder: Path, target: Path) -> None:
    """Copy the weights, the config and the tokenizer of a model to a folder, which is made, with their checksums.

    The tokenizer is written as ``transformers`` settles it. So that it is read without ``transformers`` from then on,
    the config of a model that was trained elsewhere gets the key that stage train writes, with what holds without it.

    Raises:
        UserError: where the model has no weights as .safetensors, or no tokenizer that can be read.
    """
    weights = _weights_of(folder)
    if not any(path.suffix == ".safetensors" for path in weights):
        raise UserError(f"{folder}: has no weights as model.safetensors; save the model so, or give another --model")
    target.mkdir(parents=True, exist_ok=True)
    load_tokenizer(folder, _ANY_LENGTH).save(target)
    for path in weights:
        shutil.copyfile(path, target / path.name)
    text = (folder / "config.json").read_bytes()
    config = json.loads(text)
    if KEY in config:
        (target / "config.json").write_bytes(text)
    else:
        write_json(target / "config.json", {**config, KEY: ModelCard().content()})
    sums.write(target)
