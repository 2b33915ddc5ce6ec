"""Stage train: ``python -m tinyner.train``."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from tinyner import errors, sums
from tinyner.files import load, write_json, write_rows
from tinyner.machine import nvidia_gpu
from tinyner.params import Params, load_params
from tinyner.progress import board
from tinyner.rows import Sentence
from tinyner.stage_lock import alone
from tinyner.train.backend import backend_name, epochs_done, saying_what_is_kept, train_all
from tinyner.train.balance import check_predictions
from tinyner.train.cell import Cell
from tinyner.train.cell_key import key_of
from tinyner.train.gpu import idle_gpu_warning, installed_build
from tinyner.train.inputs import STUDENT, Inputs, read_inputs, read_tokenizer
from tinyner.train.jobs import Job
from tinyner.train.labelled import Labeller, model_card
from tinyner.train.loop import export
from tinyner.train.process_pool import worker_count
from tinyner.train.results import best_of, cut_by_max_length, cut_line, write_curves, write_metrics
from tinyner.train.store import Store
from tinyner.train.trained import EpochRow, Trained
from tinyner.unfinished import put_folder, scratch

MODEL = Path("models/student")
PREDICTIONS = Path("predictions")


def main() -> None:
    """Train all seeds, keep the model of the one that is best on dev, and every seed's predictions."""
    params = load_params()
    inputs, store = read_inputs(params), Store()
    missing = [cell for cell in inputs.cells if not store.folder(key_of(cell)).done()]
    _announce(params, inputs, missing)
    _train(inputs, store, missing)
    results = [store.folder(key_of(cell)).trained() for cell in inputs.cells]
    decoder = inputs.decoder
    best = best_of(results, decoder)
    labellers = {
        trained.seed: Labeller.fitted(params.labels, decoder, inputs.data.dev, trained.dev) for trained in results
    }
    labeller = labellers[best.seed]
    card = model_card(labeller, inputs.data.dev, best.dev, dev_is_stand_in=inputs.dev_is_stand_in)
    _write_model(params, inputs, store, next(cell for cell in inputs.cells if cell.seed == best.seed), card)
    _write_predictions(inputs, results, labellers)
    write_curves(results, decoder)
    before = len(inputs.cells) - len(missing)
    write_metrics(results, best, inputs.data, decoder, trained_before=before, dev_is_stand_in=inputs.dev_is_stand_in)


def _announce(params: Params, inputs: Inputs, missing: Sequence[Cell]) -> None:
    """Print what is to be trained and where, and what is cut; warn where a GPU lies idle."""
    train_params, cell = params.train, inputs.cells[0]
    if missing and train_params.device == "auto" and cell.device == "cpu" and backend_name() == "local":
        warning = idle_gpu_warning(installed_build(), nvidia_gpu(), os.environ)
        if warning:
            print(warning, file=sys.stderr, flush=True)
    notes = []
    if len(missing) < len(inputs.cells):
        before = len(inputs.cells) - len(missing)
        notes.append(f"{before} of {len(inputs.cells)} seeds were trained before, on the same data and schedule")
    if missing and backend_name() == "local":
        at_once = worker_count(missing, STUDENT)
        notes.append(f"{len(missing)} to train, {at_once} at once, {train_params.threads} thread(s) each")
    print(
        f"group {train_params.group}: {inputs.sizes[0]} distilled and {inputs.sizes[1]} original sentences, "
        f"{cell.compute} on {cell.device}; {'; '.join(notes) or f'{len(missing)} to train on Ray'}",
        flush=True,
    )
    for note in inputs.notes:
        print(note, flush=True)
    for row in cut_by_max_length(inputs.data):
        if row["sentences"]:
            print(cut_line(row), flush=True)


def _train(inputs: Inputs, store: Store, cells: Sequence[Cell], needs_weights: bool = False) -> None:
    jobs = [Job(cell, inputs.data, STUDENT, needs_weights) for cell in cells]
    before = epochs_done(cells, store)
    for cell, count in zip(cells, before, strict=True):
        if count:
            print(f"seed {cell.seed} was interrupted: goes on after epoch {count} of {len(cell.shares)}", flush=True)
    with saying_what_is_kept(), board() as progress:
        epochs = sum(len(cell.shares) for cell in cells)
        task = progress.task("epochs", epochs, sum(before)) if jobs else None
        train_all(jobs, store, lambda _, row: task.step(note=_note(row, inputs)) if task else None)


def _note(row: EpochRow, inputs: Inputs) -> str:
    measure = "dev agreement with the teacher" if inputs.dev_is_stand_in else "dev F1"
    f1 = row.dev(inputs.decoder)
    dev = "" if f1 is None else f" {measure} {f1:.3f}"
    return f"(seed {row.seed}, epoch {row.epoch + 1}: loss {row.loss:.4f}{dev})"


def _write_model(params: Params, inputs: Inputs, store: Store, cell: Cell, card: Mapping[str, Any]) -> None:
    """Write the model of a cell, with its tokenizer, in the Hugging Face format; ``card`` goes into config.json."""
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    with scratch(MODEL.parent, f".{MODEL.name}-") as folder:
        target = folder / "student"
        export(cell, STUDENT, inputs.data, _weights(inputs, store, cell), target)
        write_json(target / "config.json", json.loads((target / "config.json").read_bytes()) | {"tinyner": card})
        read_tokenizer(params.train).save(target)
        sums.write(target)
        put_folder(target, MODEL, folder / "before")


def _weights(inputs: Inputs, store: Store, cell: Cell) -> dict[str, Tensor]:
    folder = store.folder(key_of(cell))
    while (weights := folder.weights()) is None:
        print(f"seed {cell.seed}: its weights are not kept (see TINYNER_CELLS_GB): trained again", flush=True)
        _train(inputs, store, [cell], needs_weights=True)
    return weights


def _write_predictions(inputs: Inputs, results: Sequence[Trained], labellers: Mapping[int, Labeller]) -> None:
    """Write every seed's tags of the test set, with the probabilities of its entities."""
    test: list[Sentence] = load("data/prepared/test.jsonl")
    ids = [row["id"] for row in test]
    with scratch(MODEL.parent, f".{PREDICTIONS}-") as folder:
        for trained in results:
            rows = labellers[trained.seed].predictions(ids, inputs.data.test, trained.test)
            check_predictions(test, rows)
            write_rows(folder / "made" / f"seed_{trained.seed}.jsonl", rows)
        put_folder(folder / "made", PREDICTIONS, folder / "before")


if __name__ == "__main__":
    errors.run(alone("train", main))
