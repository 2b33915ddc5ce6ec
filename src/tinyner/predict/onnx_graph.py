"""A student of the BERT family as an ONNX graph, written node by node from its weights: no torch, no tracing.

Sentences lie end to end, without padding, through all that works on one subword at a time; only attention sees them
side by side, padded to the longest of the batch, which is a small part of the work. Nodes are the fused ones of ONNX
Runtime (domain com.microsoft). The last layer goes on with the words' first subwords alone.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyner.train.bert_family import Shape

Weights = Mapping[str, NDArray[np.float32]]
"""By the names of ``bert_family.names_of``; matrices are (outputs, inputs), as in the files."""

INPUTS = {
    "ids": "int64 (S,), subwords of all sentences end to end",
    "positions": "int64 (S,), rows of the position embeddings",
    "rows": "int64 (B, L), sentence b's subword l as an index of ids; of a place behind its end any",
    "lengths": "int32 (B,), subwords of each sentence",
    "places": "int64 (S,), where each subword stands in rows, laid flat",
    "firsts": "int64 (W,), as an index of ids, the first subword of each word that has one",
}
OUTPUT = "logits"
"""float (W, labels)."""

_OPSET = 20
_FUSED = "com.microsoft"


class _Builder:
    """Nodes and constants of a graph, in the order of computation."""

    def __init__(self, weights: Weights, shape: Shape) -> None:
        self.onnx: Any = importlib.import_module("onnx")
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.weights, self._shape = weights, shape

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant, once; return its name."""
        if name not in self.constants:
            self.constants[name] = self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        """Add a weight as it stands."""
        return self.constant(name, self.weights[name])

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), [output], domain=domain, **attributes))
        return output

    def product(self, rows: str, name: str) -> str:
        """Multiply rows by a matrix, which is turned; no bias."""
        return self.node("MatMul", rows, self.constant(f"{name}.turned", self.weights[name].T))

    def normed(self, rows: str, name: str) -> str:
        """Normalise each row."""
        weight, bias = (self.weight(f"{name}.{part}") for part in ("weight", "bias"))
        return self.node("LayerNormalization", rows, weight, bias, axis=-1, epsilon=self._shape.eps)

    def normed_sum(self, rows: str, skipped: str, name: str, bias: str) -> str:
        """Normalise each row of the sum of rows, other rows and a bias."""
        parts = [self.weight(f"{name}.{part}") for part in ("weight", "bias")]
        inputs = (rows, skipped, *parts, self.weight(bias))
        return self.node("SkipLayerNormalization", *inputs, domain=_FUSED, epsilon=self._shape.eps)


def graph(weights: Weights, shape: Shape) -> Any:
    """Return the ONNX model of a student, an ``onnx.ModelProto``; its inputs are those of INPUTS."""
    build = _Builder(weights, shape)
    table = build.constant("words_of_type_0", weights["word"] + weights["token_type"][0])
    embedded = build.node("Gather", table, "ids")
    position = build.node("Gather", build.weight("position"), "positions")
    x = build.normed(build.node("Add", embedded, position), "embed.norm")
    for layer in range(shape.layers):
        x = _layer(build, shape, layer, x)
    build.node("Add", build.product(x, "head"), build.weight("head.bias"))
    build.nodes[-1].output[0] = OUTPUT
    return _model(build, len(weights["head"]))


def _layer(build: _Builder, shape: Shape, layer: int, x: str) -> str:
    hidden = shape.hidden
    heads = []
    for name, part in (("q", slice(0, hidden)), ("kv", slice(0, hidden)), ("kv", slice(hidden, 2 * hidden))):
        matrix = build.constant(f"{layer}.{name}.{part.start}", build.weights[f"{layer}.{name}"][part].T)
        heads.append(build.node("Gather", build.node("MatMul", x, matrix), "rows"))
    bias = np.concatenate([build.weights[f"{layer}.{name}.bias"] for name in ("q", "kv")])
    asked = (*heads, build.constant(f"{layer}.qkv.bias", bias), "lengths")
    attended = build.node("MultiHeadAttention", *asked, domain=_FUSED, num_heads=shape.heads)
    flat = build.node("Reshape", attended, build.constant("flat", np.array([-1, hidden], dtype=np.int64)))
    context = build.node("Gather", flat, "places")
    if layer == shape.layers - 1:
        context, x = build.node("Gather", context, "firsts"), build.node("Gather", x, "firsts")
    x = build.normed_sum(build.product(context, f"{layer}.o"), x, f"{layer}.norm1", f"{layer}.o.bias")
    up = build.node("BiasGelu", build.product(x, f"{layer}.up"), build.weight(f"{layer}.up.bias"), domain=_FUSED)
    return build.normed_sum(build.product(up, f"{layer}.down"), x, f"{layer}.norm2", f"{layer}.down.bias")


def _model(build: _Builder, labels: int) -> Any:
    helper, kinds = build.onnx.helper, build.onnx.TensorProto
    sizes = {"rows": ["B", "L"], "lengths": ["B"], "firsts": ["W"]}
    inputs = [
        helper.make_tensor_value_info(name, kinds.INT32 if name == "lengths" else kinds.INT64, sizes.get(name, ["S"]))
        for name in INPUTS
    ]
    output = helper.make_tensor_value_info(OUTPUT, kinds.FLOAT, ["W", labels])
    whole = helper.make_graph(build.nodes, "student", inputs, [output], list(build.constants.values()))
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=10, producer_name="tinyner")
