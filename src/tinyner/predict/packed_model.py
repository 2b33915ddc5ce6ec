"""A student of the BERT family, computed by ``train.encoder`` on sentences without padding."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from tinyner.decoding import Logits
from tinyner.predict.side_by_side import side_by_side
from tinyner.predict.weights import by_our_names
from tinyner.train import compute
from tinyner.train.bert_family import shape_of
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encoded import Encoded, by_length
from tinyner.train.encoder import Encoder
from tinyner.train.packed import SUBWORDS_A_BATCH, batch_logits


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
        self._multiple = begin(1)
        self._threads = threads
        self._encoder = Encoder(shape_of(config), read_weights(folder, config), {})

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        return side_by_side(
            lambda batch: self._of_batch(data, batch),
            by_length(data, SUBWORDS_A_BATCH, padded=False),
            (len(data.firsts), len(self._encoder.w["head.bias"])),
            self._threads,
        )

    @torch.inference_mode()  # of the thread that calls
    def _of_batch(self, data: Encoded, batch: list[int]) -> tuple[NDArray[np.int64], Logits]:
        return batch_logits(self._encoder, self._encoder.w["word"], data, batch, self._multiple)


def read_weights(folder: Path, config: Any) -> dict[str, Tensor]:
    """Return the weights of the model in a folder by the names of ``bert_family.names_of``, in fp32.

    Raises:
        UserError: where they are not those of a token classifier with the labels of the config.
    """
    state = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    return by_our_names(state, folder, config, torch.cat)
