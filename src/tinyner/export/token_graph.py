"""The student's ONNX graph with the inputs that everybody has: a batch of sentences, padded on the right.

The graph that `tinyner predict` runs wants sentences end to end (``predict.onnx_graph``). Some nodes before it and
behind it make that of the usual two inputs, so padding costs nothing but in attention.
"""

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from tinyner.decoding import Logits
from tinyner.predict.onnx import SUBWORDS_A_BATCH, session
from tinyner.predict.onnx_graph import OUTPUT
from tinyner.train.encoded import Encoded, by_length

INPUTS = {
    "input_ids": "int64 (sentences, subwords), with the special subwords, padded on the right by any id",
    "attention_mask": "int64 (sentences, subwords), 1 for a subword, 0 for padding; no sentence is empty",
}
OUTPUTS = {"logits": "float32 (sentences, subwords, labels); in padding any"}


def with_usual_inputs(packed: Any, offset: int) -> Any:
    """Return a model with INPUTS and OUTPUTS, made of one with those of ``predict.onnx_graph``.

    Args:
        packed: an ``onnx.ModelProto``; it is changed.
        offset: the row of position 0.
    """
    onnx: Any = importlib.import_module("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    nodes: list[Any] = []
    constants = {
        "flat_shape": np.array([-1]),
        "first_axis": np.array([0]),
        "last_axis": np.array(1),
        "last_axes": np.array([1]),
        "zero": np.array(0),
        "unit": np.array(1),
        "before_first": np.array(offset - 1),
    }

    def node(kind: str, inputs: str, output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs.split(), [output], name=f"usual_{output}", **attributes))
        return output

    node("Reshape", "attention_mask flat_shape", "flat_mask")
    node("NonZero", "flat_mask", "places_row")
    node("Squeeze", "places_row first_axis", "places")
    node("Reshape", "input_ids flat_shape", "flat_ids")
    node("Gather", "flat_ids places", "ids")
    node("CumSum", "attention_mask last_axis", "counted")
    node("Add", "counted before_first", "positions_padded")
    node("Reshape", "positions_padded flat_shape", "positions_flat")
    node("Gather", "positions_flat places", "positions")
    node("CumSum", "flat_mask zero", "counted_flat")
    node("Sub", "counted_flat unit", "rows_flat")
    node("Max", "rows_flat zero", "rows_from_zero")
    node("Shape", "input_ids", "padded_shape")
    node("Reshape", "rows_from_zero padded_shape", "rows")
    node("ReduceSum", "attention_mask last_axes", "lengths_long", keepdims=0)
    node("Cast", "lengths_long", "lengths", to=kinds.INT32)
    node("Shape", "places", "number_as_list")
    node("Squeeze", "number_as_list first_axis", "number")
    node("Range", "zero number unit", "firsts")
    graph = packed.graph
    labels = graph.output[0].type.tensor_type.shape.dim[1].dim_value
    for inner in graph.node:
        inner.output[:] = ["logits_of_subwords" if name == OUTPUT else name for name in inner.output]
    behind = helper.make_node("Gather", ["logits_of_subwords", "rows"], ["logits"], name="usual_logits")
    initializers = [onnx.numpy_helper.from_array(value.astype(np.int64), name) for name, value in constants.items()]
    sizes = ["sentences", "subwords"]
    inputs = [helper.make_tensor_value_info(name, kinds.INT64, sizes) for name in INPUTS]
    output = helper.make_tensor_value_info("logits", kinds.FLOAT, [*sizes, labels])
    whole = helper.make_graph(
        [*nodes, *graph.node, behind], "student", inputs, [output], [*graph.initializer, *initializers]
    )
    model = helper.make_model(whole, opset_imports=packed.opset_import, ir_version=packed.ir_version)
    model.producer_name = "tinyner"
    return model


class TokenGraph:
    """A graph with INPUTS, as a model for ``predict.tagger``: what others compute with it, computed here."""

    def __init__(self, path: Path, labels: int, pad_id: int, threads: int) -> None:
        """Load the file of a graph of so many labels; raises a UserError without ONNX Runtime."""
        self._session = session(path, threads, "export")
        self._labels, self._pad_id = labels, pad_id

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""
        result = np.zeros((len(data.firsts), self._labels), dtype=np.float32)
        lengths = np.diff(data.bounds)
        for batch in by_length(data, SUBWORDS_A_BATCH, padded=True):
            ids = np.full((len(batch), int(lengths[batch].max())), self._pad_id, dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, index in enumerate(batch):
                ids[row, : lengths[index]] = data.ids[data.bounds[index] : data.bounds[index + 1]]
                mask[row, : lengths[index]] = 1
            (logits,) = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
            for row, index in enumerate(batch):
                words = np.arange(data.word_bounds[index], data.word_bounds[index + 1])
                kept = words[data.firsts[words] >= 0]
                result[kept] = logits[row, data.firsts[kept]]
        return result
