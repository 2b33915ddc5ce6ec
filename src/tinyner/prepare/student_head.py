"""The head of a student that was trained before: kept if its labels are those of params.yaml, else left out.

A head of as many other labels would be taken for one of these labels, and one of more or fewer labels can't be loaded.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import safe_open

from tinyner.files import write_json

_HEADS = ("classifier", "score")
"""What all token classifiers of ``transformers`` call the layer of labels."""
_LABEL_KEYS = ("id2label", "label2id", "num_labels", "_num_labels")
_DEFAULT_LABELS = ["LABEL_0", "LABEL_1"]  # of a configuration that names none
_SHOWN = 4  # labels in a message


def fit_head(folder: Path, labels: Sequence[str]) -> str:
    """Leave out the head and the label maps of a student unless its labels are ``labels``, in this order.

    Returns:
        What was done, for people; "" where the student has no head, whose files stay as they are.
    """
    heads = {path: names for path in sorted(folder.glob("*.safetensors")) if (names := _head_of(path))}
    if not heads:
        return ""
    config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    before = _labels_of(config)
    size = next((size for names in heads.values() for size in names.values() if size), len(before))
    if before == list(labels) and size == len(before):
        return f"its head of the same {size} labels is kept, and trained further"
    for path, names in heads.items():
        _leave_out(path, set(names))
    index = folder / "model.safetensors.index.json"
    if index.exists():
        content = json.loads(index.read_bytes())
        left_out = {name for names in heads.values() for name in names}
        content["weight_map"] = {name: file for name, file in content["weight_map"].items() if name not in left_out}
        write_json(index, content)
    write_json(folder / "config.json", {key: value for key, value in config.items() if key not in _LABEL_KEYS})
    some = ", ".join(before[:_SHOWN]) + (", ..." if len(before) > _SHOWN else "")
    return f"its encoder is taken; its head of {size} other labels ({some}) is left out, and a new one is trained"


def _head_of(path: Path) -> dict[str, int]:
    """Return the names of the head's tensors in a file, each with its number of labels if it is the layer's weight."""
    with safe_open(path, "numpy") as tensors:
        names = [name for name in tensors.keys() if name.partition(".")[0] in _HEADS]  # noqa: SIM118, is no mapping
        weights = {f"{head}.weight" for head in _HEADS}
        return {name: tensors.get_slice(name).get_shape()[0] if name in weights else 0 for name in names}


def _labels_of(config: dict[str, Any]) -> list[str]:
    """Return the labels of a model's configuration, in the order of their ids."""
    names = config.get("id2label")
    if not isinstance(names, dict) or not all(str(key).isdigit() for key in names):
        return _DEFAULT_LABELS
    return [str(names[key]) for key in sorted(names, key=int)]


def _leave_out(path: Path, names: set[str]) -> None:
    """Write a file of tensors again without those of these names, or delete it if it has no others."""
    from safetensors.torch import save_file  # noqa: PLC0415, loads torch: numpy has not all types of numbers

    with safe_open(path, "pt") as tensors:
        metadata = tensors.metadata()
        kept = {name: tensors.get_tensor(name) for name in tensors.keys() if name not in names}  # noqa: SIM118
    path.unlink()
    if kept:
        save_file(kept, path, metadata)
