"""What an output is made of: the input, the model, the options, the versions. A killed run goes on where all are."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tinyner.files import sha256_file
from tinyner.predict import labelling

_LIBRARIES = ("tinyner", "torch", "onnxruntime", "tokenizers", "numpy", "nltk", "sentencex", "regex")


def origin(inputs: Sequence[Path], model: Path, options: Mapping[str, object]) -> dict[str, str]:
    """Return what an output is made of, by what the user calls it, as texts.

    Args:
        inputs: regular files.
        model: folder of the model.
        options: all that change what is written.
    """
    return {"the input": _digest({str(path): sha256_file(path) for path in inputs}), **labelled_with(model, options)}


def labelled_with(model: Path, options: Mapping[str, object]) -> dict[str, str]:
    """Return what an output is made with, by what the user calls it, as texts; see ``origin``."""
    return {
        "the model": _digest({path.name: sha256_file(path) for path in sorted(model.iterdir()) if path.is_file()}),
        "the options": json.dumps(dict(options), sort_keys=True),
        "the versions": versions(),
    }


def versions() -> str:
    """Return a digest of the libraries' versions and the kind of processor."""
    blocks = {"block": labelling.BLOCK, "block_words": labelling.BLOCK_WORDS}
    return _digest({name: _version(name) for name in _LIBRARIES} | blocks | {"cpu": platform.machine()})


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(dict(content), sort_keys=True).encode()).hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # as torch may be where ONNX Runtime computes
        return "none"
