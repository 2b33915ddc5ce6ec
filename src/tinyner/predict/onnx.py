"""A student of the BERT family on ONNX Runtime (extra ``onnx``), exact or in 8 bits; the first use converts it.

What is converted lies in the cache. To run it needs no torch, whose import takes longer than everything else.
"""

import importlib
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyner.decoding import Logits
from tinyner.errors import UserError
from tinyner.predict.converted import kept
from tinyner.predict.model_files import weights_sha256
from tinyner.predict.side_by_side import side_by_side
from tinyner.predict.weights import arrays_of
from tinyner.train.bert_family import shape_of
from tinyner.train.encoded import Encoded, by_length

SUBWORDS_A_BATCH = 512  # small batches stay in the processor's cache
_FORM = "packed-1"  # of the graph: another one makes another file


class OnnxModel:
    """A student as a graph of ONNX Runtime; with ``int8``, its matrices are 8-bit integers, and so are their inputs."""

    def __init__(self, folder: Path, config: Any, threads: int, *, int8: bool) -> None:
        """Load the model in ``folder``, converted at its first use.

        Raises:
            UserError: without ONNX Runtime, or where the weights are not those of the config.
        """
        flag = "--int8" if int8 else "--runtime onnx"
        module("onnxruntime", flag)  # before the work of converting
        self._session = session(converted(folder, config, int8=int8), 1, flag)
        self._threads = threads
        self._offset, self._labels = shape_of(config).offset, len(config.id2label)

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        batches = by_length(data, SUBWORDS_A_BATCH, padded=False)
        return side_by_side(
            lambda batch: self._of_batch(data, batch), batches, (len(data.firsts), self._labels), self._threads
        )

    def _of_batch(self, data: Encoded, batch: list[int]) -> tuple[NDArray[np.int64], Logits]:
        feeds, words = inputs_of(data, batch, self._offset)
        logits = self._session.run(None, feeds)[0] if len(words) else np.zeros((0, self._labels), dtype=np.float32)
        return words, logits


def inputs_of(data: Encoded, batch: list[int], offset: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64]]:
    """Return the graph's inputs for some sentences, and which words (W,) of the data the output's rows are of.

    Args:
        data: sentences.
        batch: the indices of some.
        offset: the row of position 0.
    """
    lengths = np.diff(data.bounds)[batch]
    longest, total = int(lengths.max()), int(lengths.sum())
    starts = np.cumsum(lengths) - lengths
    sentence = np.repeat(np.arange(len(batch)), lengths)
    position = np.arange(total) - starts[sentence]
    firsts, words = [], []
    for index, start in zip(batch, starts, strict=True):
        of_sentence = slice(data.word_bounds[index], data.word_bounds[index + 1])
        kept = data.firsts[of_sentence] >= 0
        firsts.append(data.firsts[of_sentence][kept] + start)
        words.append(np.arange(of_sentence.start, of_sentence.stop)[kept])
    feeds: dict[str, NDArray[Any]] = {
        "ids": np.concatenate([data.ids[data.bounds[index] : data.bounds[index + 1]] for index in batch]),
        "positions": position + offset,
        "rows": np.minimum(starts[:, None] + np.arange(longest), total - 1),
        "places": sentence * longest + position,
        "firsts": np.concatenate(firsts),
    }
    feeds = {name: value.astype(np.int64) for name, value in feeds.items()}
    return {**feeds, "lengths": lengths.astype(np.int32)}, np.concatenate(words)


def module(name: str, flag: str) -> Any:
    """Import a module of the extra; ``flag``: what needs it.

    Raises:
        UserError: where it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UserError(f"{flag}: {name} is not installed; pip install -e '.[onnx]' in the clone") from None


def session(path: Path, threads: int, flag: str) -> Any:
    """Return ONNX Runtime's session of a file, on the CPU; raises as ``module``."""
    runtime = module("onnxruntime", flag)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def converted(folder: Path, config: Any, *, int8: bool) -> Path:
    """Return the model's ONNX file in the cache, named after the weights' sha256; make it if it is missing.

    Raises:
        UserError: where the weights are not those of the config, or ``onnx`` is not installed.
    """
    kind = "int8" if int8 else "fp32"
    name = f"{weights_sha256(folder)[:40]}.{_FORM}.{kind}"
    return kept(name, lambda target: _convert(folder, config, target, int8=int8))


def _convert(folder: Path, config: Any, target: Path, *, int8: bool) -> None:
    onnx = module("onnx", "--int8" if int8 else "--runtime onnx")
    from tinyner.predict.onnx_graph import graph  # noqa: PLC0415, needs onnx

    exact = target.with_name("exact.onnx") if int8 else target
    onnx.save(graph(arrays_of(folder, config), shape_of(config)), exact)
    if int8:
        quantize(exact, target)


def quantize(exact: Path, target: Path, **changes: Any) -> None:
    """Write a graph with matrices in 8 bits, with a scale a column; activations get one a batch when it runs.

    Args:
        exact: the graph's file.
        target: to write.
        changes: arguments of ONNX Runtime's ``quantize_dynamic`` to be given otherwise.
    """
    onnx, quantization = module("onnx", "--int8"), importlib.import_module("onnxruntime.quantization")
    logging.getLogger("root").setLevel(logging.ERROR)  # it advises what is done here already
    arguments: dict[str, Any] = {
        "op_types_to_quantize": ["MatMul"],
        "per_channel": True,
        "weight_type": quantization.QuantType.QInt8,
        "extra_options": {"DefaultTensorType": onnx.TensorProto.FLOAT},
    }
    quantization.quantize_dynamic(exact, target, **(arguments | changes))
