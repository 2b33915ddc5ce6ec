"""What 8 bits cost each seed's student: ``python bench/int8_loss.py [-S KEY=VALUE …] [--variants]``, in a project.

The students are those that `dvc repro` or `tinyner study` trained with these parameters: their weights are taken from
the store of cells, and none is trained here. Each labels the test sentences twice, in fp32 and by `--int8`. Printed is
strict F1 of both by seed, the mean difference with its standard deviation, and the share of words labelled otherwise.
``--variants`` prints the same of other ways to round.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import QuantType

from tinyner import errors
from tinyner.commands.arguments import add_changes, changes
from tinyner.errors import UserError
from tinyner.export.check import differing
from tinyner.files import load
from tinyner.machine import available_cores
from tinyner.params import load_params
from tinyner.predict.model_config import read_config
from tinyner.predict.onnx import converted, quantize, session
from tinyner.predict.tagger import Tagger
from tinyner.scores import strict
from tinyner.train.cell_key import key_of
from tinyner.train.inputs import STUDENT, read_inputs, read_tokenizer
from tinyner.train.loop import export
from tinyner.train.store import Store

AS_IT_IS = "--int8"
VARIANTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    AS_IT_IS: lambda _: {},
    "unsigned weights": lambda _: {"weight_type": QuantType.QUInt8},
    "weights of 7 bits": lambda _: {"reduce_range": True},
    "second feed-forward matrices in fp32": lambda graph: {
        "nodes_to_exclude": [
            node.name for node in graph.node if any(name.endswith(".down.turned") for name in node.input)
        ]
    },
}
"""Arguments of ``quantize`` that differ, by the name of the variant; each is a function of the graph."""


def rounded(model: Path, variant: str, scratch: Path) -> Tagger:
    """Return the student in 8 bits by one of VARIANTS."""
    graph = onnx.load(converted(model, read_config(model), int8=False))
    for node in graph.graph.node:
        node.name = node.output[0]
    onnx.save(graph, scratch / "exact.onnx")
    quantize(scratch / "exact.onnx", scratch / "int8.onnx", **VARIANTS[variant](graph.graph))
    tagger = Tagger(model, int8=True)
    tagger._model._session = session(scratch / "int8.onnx", 1, "--int8")  # type: ignore[attr-defined]
    return tagger


def main() -> None:
    """Label with each student, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_changes(parser, "change a parameter, as for `dvc exp run`")
    parser.add_argument("--variants", action="store_true", help="try other ways to round too")
    arguments = parser.parse_args()
    params = load_params(changes=changes(arguments.set))
    variants = [*VARIANTS] if arguments.variants else [AS_IT_IS]
    inputs, store = read_inputs(params), Store()
    test = load("data/prepared/test.jsonl")
    sentences, gold = [row["words"] for row in test], [row["tags"] for row in test]
    print(f"{len(sentences)} test sentences, {available_cores()} cores")
    differences: dict[str, list[float]] = {variant: [] for variant in variants}
    for cell in inputs.cells:
        weights = store.folder(key_of(cell)).weights()
        if weights is None:
            raise UserError(f"seed {cell.seed}: no student of these parameters is in the store; run `dvc repro train`")
        with tempfile.TemporaryDirectory() as scratch:
            model = Path(scratch) / "student"
            export(cell, STUDENT, inputs.data, weights, model)
            read_tokenizer(params.train).save(model)
            fp32 = Tagger(model).tags(sentences)
            f1 = strict(gold, fp32, [*params.types])["micro"]["f1"]
            for variant in variants:
                int8 = rounded(model, variant, Path(scratch)).tags(sentences)
                f1_int8 = strict(gold, int8, [*params.types])["micro"]["f1"]
                differences[variant].append(f1_int8 - f1)
                otherwise = len(differing(sentences, fp32, int8)) / sum(map(len, sentences))
                print(
                    f"seed {cell.seed}: fp32 {f1:.4f}, {variant} {f1_int8:.4f}, difference {f1_int8 - f1:+.4f}, "
                    f"{otherwise:.2%} of words otherwise",
                    flush=True,
                )
    for variant, of_seeds in differences.items():
        spread = f" ± {statistics.stdev(of_seeds):.4f}" if len(of_seeds) > 1 else ""
        print(f"{variant}: mean difference {statistics.mean(of_seeds):+.4f}{spread} over {len(of_seeds)} seeds")


if __name__ == "__main__":
    errors.run(main)
