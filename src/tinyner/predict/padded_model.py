"""A student as ``transformers`` computes it: of any architecture, on padded batches."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForTokenClassification

from tinyner.decoding import Logits
from tinyner.errors import UserError
from tinyner.predict.layers import check_layers
from tinyner.predict.packed_model import begin
from tinyner.train.encoded import Encoded
from tinyner.train.padded import padded_logits

SUBWORDS_A_BATCH = 2048  # padding counted


class PaddedModel:
    """A student of any other architecture, computed by ``transformers`` on padded batches."""

    def __init__(self, folder: Path, pad_id: int, threads: int) -> None:
        """Load the model.

        Raises:
            UserError: where weights are missing.
        """
        begin(threads)
        self._model = whole_model(folder)
        self._pad_id = pad_id

    @torch.inference_mode()
    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""

        def of_subwords(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Logits:
            logits: Logits = self._model(
                input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)
            ).logits.numpy()
            return logits

        return padded_logits(of_subwords, data, self._model.config.num_labels, self._pad_id, SUBWORDS_A_BATCH)


def whole_model(folder: Path) -> Any:
    """Return the token classifier in a folder.

    Raises:
        UserError: where weights are missing, for which ``transformers`` would draw random ones, or where the config has
            fewer layers.
    """
    if not any(folder.glob("*.safetensors")):
        pickle = next((path.name for pattern in ("*.bin", "*.pt*") for path in folder.glob(pattern)), None)
        why = f"; {pickle} is a pickle, which could run code, so it is not read" if pickle else ""
        raise UserError(f"{folder}: no weights here (model.safetensors is missing){why}; copy the whole folder")
    model, info = AutoModelForTokenClassification.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, use_safetensors=True, trust_remote_code=False
    )
    missing = sorted(info["missing_keys"])
    if missing:
        raise UserError(f"{folder}: no trained student: it has no {missing[0]}")
    check_layers(folder, model.config, info["unexpected_keys"])
    return model.eval()
