"""A student of the BERT family, read from its files and written to them without ``transformers``.

To import what ``transformers`` needs for a model takes longer than all else at the start of a process that trains. The
student is the same to the bit, a new head's random weights included; the tests hold it so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from tinyner.train.bert_family import fits, names_of, shape_of

_CLASSES = {
    "bert": ("bert", "BertForTokenClassification"),
    "roberta": ("roberta", "RobertaForTokenClassification"),
    "xlm-roberta": ("roberta", "XLMRobertaForTokenClassification"),
    "camembert": ("roberta", "CamembertForTokenClassification"),
    "electra": ("electra", "ElectraForTokenClassification"),
}
"""By model type: the prefix of the weights' names, and the class of ``transformers``."""

_NEEDED = (
    *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "hidden_act"),
    *("max_position_embeddings", "type_vocab_size", "pad_token_id", "initializer_range", "layer_norm_eps"),
    *("hidden_dropout_prob", "attention_probs_dropout_prob"),
)
"""Keys of config.json for which ``transformers`` has defaults of its own, which are not repeated here."""

_HEAD = ("classifier.weight", "classifier.bias")


class TrainableModel(Protocol):
    """What the packed method needs of a model: of this module, or a ``PreTrainedModel`` of ``transformers``."""

    @property
    def config(self) -> Any:
        """The configuration."""

    @property
    def base_model_prefix(self) -> str:
        """What stands before the names of the encoder's weights."""

    def state_dict(self) -> Mapping[str, Tensor]:
        """Return the weights by name, as they stand (no copies)."""

    def save_pretrained(self, save_directory: Path, /) -> None:
        """Write the model in the Hugging Face format."""


@dataclass(frozen=True)
class PlainStudent:
    """A token classifier of the BERT family: what config.json says, and weights by the names of ``transformers``."""

    content: Mapping[str, Any]
    weights: Mapping[str, Tensor]

    @property
    def config(self) -> Any:
        """The configuration, its keys as attributes."""
        return SimpleNamespace(**self.content)

    @property
    def base_model_prefix(self) -> str:
        """What stands before the names of the encoder's weights."""
        return _CLASSES[self.content["model_type"]][0]

    def state_dict(self) -> Mapping[str, Tensor]:
        """Return the weights by name, as they stand (no copies)."""
        return self.weights

    def save_pretrained(self, save_directory: Path, /) -> None:
        """Write config.json and model.safetensors."""
        save_directory.mkdir(parents=True, exist_ok=True)
        save_file(
            {name: value.contiguous() for name, value in self.weights.items()}, _weights_of(save_directory), _FORMAT
        )
        text = json.dumps(self.content, indent=2, sort_keys=True, ensure_ascii=False)
        (save_directory / "config.json").write_text(f"{text}\n", encoding="utf-8")


_FORMAT = {"format": "pt"}  # without it transformers reads no weights


def read_untrained(folder: Path, labels: Sequence[str], seed: int) -> PlainStudent | None:
    """Return the student before training, with a new head of ``labels`` whose weights are drawn by ``seed``.

    A head of as many labels that the student has is kept, as ``transformers`` keeps it.

    Returns:
        None where its files don't say all that is needed, or the student is none of this family: ``transformers`` may
        know more.
    """
    content = json.loads((folder / "config.json").read_bytes())
    path = _weights_of(folder)
    if content.get("model_type") not in _CLASSES or not path.exists() or any(key not in content for key in _NEEDED):
        return None
    if content["model_type"] == "electra" and "embedding_size" not in content:
        return None
    if not fits(SimpleNamespace(**content)):
        return None
    prefix, class_name = _CLASSES[content["model_type"]]
    given = {name if name in _HEAD else _with_prefix(name, prefix): value for name, value in load_file(path).items()}
    wanted = [
        name
        for names in names_of(shape_of(SimpleNamespace(**content)), prefix)
        for parts in names.values()
        for name in parts
    ]
    weights = {name: given[name].float() for name in wanted if name in given}
    head_size = (len(labels), content["hidden_size"])
    if any(name in weights for name in _HEAD):
        if set(_HEAD) - weights.keys() or tuple(weights[_HEAD[0]].shape) != head_size:
            return None
    else:
        torch.manual_seed(seed)
        weights[_HEAD[0]] = torch.empty(head_size).normal_(0.0, content["initializer_range"])
        weights[_HEAD[1]] = torch.zeros(len(labels))
    if weights.keys() != set(wanted):
        return None
    of_labels = {
        "architectures": [class_name],
        "id2label": {str(index): label for index, label in enumerate(labels)},
        "label2id": {label: index for index, label in enumerate(labels)},
        "dtype": "float32",
    }
    dropped = ("torch_dtype", "num_labels", "_num_labels", "_name_or_path")
    kept = {key: value for key, value in content.items() if key not in dropped}
    return PlainStudent(kept | of_labels, weights)


def _weights_of(folder: Path) -> Path:
    return folder / "model.safetensors"


def _with_prefix(name: str, prefix: str) -> str:
    """Return the name of a weight as a token classifier has it; files of a bare encoder leave the prefix out."""
    return name if name.startswith(f"{prefix}.") else f"{prefix}.{name}"
