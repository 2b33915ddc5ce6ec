"""The weights of a student of the BERT family, by our names, as arrays of NumPy or tensors of torch."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinyner.errors import UserError
from tinyner.predict.layers import check_layers
from tinyner.train.bert_family import names_of, shape_of

_EMBEDDINGS = ".embeddings.word_embeddings.weight"


class _Array(Protocol):
    @property
    def shape(self) -> Any: ...


_AnyArray = TypeVar("_AnyArray", bound=_Array)


def arrays_of(folder: Path, config: Any) -> dict[str, NDArray[np.float32]]:
    """Return the weights of the model in a folder in fp32, without torch, which takes seconds to import.

    Only where the file has numbers that NumPy lacks (bfloat16), torch reads it.

    Raises:
        UserError: where they are not those of a token classifier with the labels of the config.
    """
    path = folder / "model.safetensors"
    try:
        from safetensors.numpy import load_file  # noqa: PLC0415, where it is needed

        state = load_file(path)
    except (KeyError, TypeError):  # numbers that NumPy lacks
        from safetensors import torch as by_torch  # noqa: PLC0415, torch takes seconds

        state = {name: tensor.float().numpy() for name, tensor in by_torch.load_file(path).items()}
    floats = {name: array.astype(np.float32, copy=False) for name, array in state.items()}
    return by_our_names(floats, folder, config, np.concatenate)


def by_our_names(
    state: Mapping[str, _AnyArray], folder: Path, config: Any, join: Callable[[list[_AnyArray]], _AnyArray]
) -> dict[str, _AnyArray]:
    """Return the weights in a file by the names of ``bert_family.names_of``.

    The prefix of the file's names (``bert``, ``roberta``) is read from them: to import the class of ``transformers``
    that has it takes longer than everything else here.

    Args:
        state: the file's content.
        folder: where it is, for messages.
        config: of the model.
        join: stacks arrays along the first axis.

    Raises:
        UserError: where they are not those of a token classifier with the labels of the config.
    """
    prefix = next((name.removesuffix(_EMBEDDINGS) for name in state if name.endswith(_EMBEDDINGS)), config.model_type)
    matrices, vectors = names_of(shape_of(config), prefix)
    try:
        parts = {name: [state[part] for part in names] for name, names in (matrices | vectors).items()}
    except KeyError as error:
        raise UserError(f"{folder}: no trained student: it has no {error.args[0]}") from None
    weights = {name: arrays[0] if len(arrays) == 1 else join(arrays) for name, arrays in parts.items()}  # no copy
    if weights["head"].shape[0] != len(config.id2label):
        raise UserError(
            f"{folder}: config.json has {len(config.id2label)} labels, but the model {weights['head'].shape[0]}"
        )
    _check_sizes(folder, config, weights)
    check_layers(folder, config, state)
    return weights


def _check_sizes(folder: Path, config: Any, weights: Mapping[str, _Array]) -> None:
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
        size = (hidden,) if part == "norm" else sizes[part][: len(weight.shape)]
        if tuple(weight.shape) != size:
            raise UserError(
                f"{folder}: by config.json {name} has the size {size}, but in the model {tuple(weight.shape)}; "
                "copy the whole folder"
            )
