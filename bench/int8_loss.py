"""What 8 bits cost each seed's student: ``python bench/int8_loss.py [-S KEY=VALUE …]``, in a project.

The students are those that `dvc repro` or `tinyner study` trained with these parameters: their weights are taken from
the store of cells, and none is trained here. Each labels the test sentences twice, in fp32 and by `--int8`. Printed is
strict F1 of both by seed, the mean difference with its standard deviation, and the share of words labelled otherwise.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from tinyner import errors
from tinyner.commands.arguments import add_changes, changes
from tinyner.errors import UserError
from tinyner.export.check import differing
from tinyner.files import load
from tinyner.machine import available_cores
from tinyner.params import load_params
from tinyner.predict.tagger import Tagger
from tinyner.scores import strict
from tinyner.train.cell_key import key_of
from tinyner.train.inputs import STUDENT, read_inputs, read_tokenizer
from tinyner.train.loop import export
from tinyner.train.store import Store


def main() -> None:
    """Label with each student, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_changes(parser, "change a parameter, as for `dvc exp run`")
    params = load_params(changes=changes(parser.parse_args().set))
    inputs, store = read_inputs(params), Store()
    test = load("data/prepared/test.jsonl")
    sentences, gold = [row["words"] for row in test], [row["tags"] for row in test]
    print(f"{len(sentences)} test sentences, {available_cores()} cores")
    differences = []
    for cell in inputs.cells:
        weights = store.folder(key_of(cell)).weights()
        if weights is None:
            raise UserError(f"seed {cell.seed}: no student of these parameters is in the store; run `dvc repro train`")
        with tempfile.TemporaryDirectory() as scratch:
            model = Path(scratch) / "student"
            export(cell, STUDENT, inputs.data, weights, model)
            read_tokenizer(params.train).save(model)
            fp32, int8 = (Tagger(model, int8=rounds).tags(sentences) for rounds in (False, True))
        f1, f1_int8 = (strict(gold, tags, [*params.types])["micro"]["f1"] for tags in (fp32, int8))
        differences.append(f1_int8 - f1)
        otherwise = len(differing(sentences, fp32, int8)) / sum(map(len, sentences))
        print(
            f"seed {cell.seed}: fp32 {f1:.4f}, int8 {f1_int8:.4f}, difference {differences[-1]:+.4f}, "
            f"{otherwise:.2%} of words otherwise",
            flush=True,
        )
    spread = f" ± {statistics.stdev(differences):.4f}" if len(differences) > 1 else ""
    print(f"mean difference {statistics.mean(differences):+.4f}{spread} over {len(differences)} seeds")


if __name__ == "__main__":
    errors.run(main)
