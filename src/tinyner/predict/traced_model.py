"""A student of any other architecture with 8-bit weights on ONNX Runtime (extra ``onnx``), traced by torch.

The first use converts it, into the cache.
"""

import importlib
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinyner.decoding import Logits
from tinyner.errors import UserError
from tinyner.predict.converted import kept
from tinyner.predict.model_files import weights_sha256
from tinyner.predict.onnx import SUBWORDS_A_BATCH, module, session
from tinyner.predict.padded_model import whole_model
from tinyner.train.encoded import Encoded
from tinyner.train.padded import padded_logits
from tinyner.unfinished import scratch


class TracedModel:
    """A student whose matrices are 8-bit integers; activations are quantized at each product."""

    def __init__(self, folder: Path, labels: int, pad_id: int, threads: int) -> None:
        """Load the model of so many labels in ``folder``, converted at its first use.

        Raises:
            UserError: without ONNX Runtime.
        """
        for needed in ("onnxruntime", "onnx", "onnxscript"):
            module(needed, "--int8")
        self._session = session(converted(folder), threads, "--int8")
        self._labels, self._pad_id = labels, pad_id

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""

        def of_subwords(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Logits:
            logits: Logits
            (logits,) = self._session.run(None, {"ids": ids, "mask": mask})
            return logits

        return padded_logits(of_subwords, data, self._labels, self._pad_id, SUBWORDS_A_BATCH)


class _Logits(nn.Module):
    """The model as a function of two tensors to one."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=ids, attention_mask=mask).logits
        return logits


def converted(folder: Path) -> Path:
    """Return the model's 8-bit ONNX file in the cache, named after the weights' sha256; make it if it is missing.

    Raises:
        UserError: where the weights are not in one file, or not whole.
    """
    if not (folder / "model.safetensors").exists():
        raise UserError(f"{folder}: --int8 needs the model in one file, model.safetensors")
    return kept(f"{weights_sha256(folder)[:40]}.int8", lambda target: _convert(folder, target))


def _convert(folder: Path, target: Path) -> None:
    quantization: Any = importlib.import_module("onnxruntime.quantization")
    model = whole_model(folder)
    example = (torch.ones(2, 16, dtype=torch.int64), torch.ones(2, 16, dtype=torch.int64))
    rows = torch.export.Dim("rows")
    columns = torch.export.Dim("columns", max=min(512, getattr(model.config, "max_position_embeddings", 512)))
    shapes = {"ids": {0: rows, 1: columns}, "mask": {0: rows, 1: columns}}
    with scratch() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("root").setLevel(logging.ERROR)
        exact = place / "exact.onnx"
        names: Any = {"input_names": ["ids", "mask"], "output_names": ["logits"]}
        torch.onnx.export(_Logits(model), example, exact, dynamo=True, dynamic_shapes=shapes, verbose=False, **names)
        quantization.quantize_dynamic(exact, target, weight_type=quantization.QuantType.QInt8)
