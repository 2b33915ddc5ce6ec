"""A student of the BERT family, computed by ``train.encoder`` on sentences without padding."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from tinyner.decoding import Logits
from tinyner.errors import UserError
from tinyner.predict.layers import check_layers
from tinyner.train import compute
from tinyner.train.bert_family import names_of, shape_of
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encoded import Encoded
from tinyner.train.encoder import Encoder
from tinyner.train.packed import packed_logits

_EMBEDDINGS = ".embeddings.word_embeddings.weight"


def begin(threads: int) -> int:
    """Set torch up to predict; return what numbers of subwords are rounded up to a multiple of."""
    path = choose_compute("auto", "cpu")
    os.environ.update(compute.environment(path))
    compute.begin(path, "cpu", threads)
    return compute.multiple(path, "cpu")


class PackedModel:
    """A student of the BERT family."""

    def __init__(self, folder: Path, config: Any, threads: int) -> None:
        """Load the weights; raises as ``read_weights``."""
        self._multiple = begin(threads)
        self._encoder = Encoder(shape_of(config), read_weights(folder, config), {})

    @torch.inference_mode()
    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        return packed_logits(self._encoder, self._encoder.w["word"], data, self._multiple)


def read_weights(folder: Path, config: Any) -> dict[str, Tensor]:
    """Return the weights of the model in a folder by the names of ``bert_family.names_of``, in fp32.

    The prefix of the weights' names (``bert``, ``roberta``) is read from the file: to import the class of
    ``transformers`` that has it takes longer than everything else here.

    Raises:
        UserError: where they are not those of a token classifier with the labels of the config.
    """
    state = load_file(folder / "model.safetensors")
    prefix = next((name.removesuffix(_EMBEDDINGS) for name in state if name.endswith(_EMBEDDINGS)), config.model_type)
    matrices, vectors = names_of(shape_of(config), prefix)
    try:
        weights = {
            name: _stacked([state[part].float() for part in parts]) for name, parts in (matrices | vectors).items()
        }
    except KeyError as error:
        raise UserError(f"{folder}: no trained student: it has no {error.args[0]}") from None
    if len(weights["head"]) != len(config.id2label):
        raise UserError(
            f"{folder}: config.json has {len(config.id2label)} labels, but the model {len(weights['head'])}"
        )
    _check_sizes(folder, config, weights)
    check_layers(folder, config, state)
    return weights


def _stacked(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))  # most are large and alone: no copy


def _check_sizes(folder: Path, config: Any, weights: Mapping[str, Tensor]) -> None:
    """Raise a UserError where a matrix or vector has another size than the config says."""
    hidden, inner = config.hidden_size, config.intermediate_size
    sizes = {
        "word": (config.vocab_size, hidden),
        "position": (config.max_position_embeddings, hidden),
        "token_type": (config.type_vocab_size, hidden),
        "q": (hidden, hidden),
        "kv": (2 * hidden, hidden),
        "o": (hidden, hidden),
        "up": (inner, hidden),
        "down": (hidden, inner),
        "head": (len(config.id2label), hidden),
    }
    for name, weight in weights.items():
        part = name.removesuffix(".bias").rpartition(".")[2] if "norm" not in name else "norm"
        size = (hidden,) if part == "norm" else sizes[part][: weight.dim()]
        if tuple(weight.shape) != size:
            raise UserError(
                f"{folder}: by config.json {name} has the size {size}, but in the model {tuple(weight.shape)}; "
                "copy the whole folder"
            )
