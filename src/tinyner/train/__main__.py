"""Stage train: ``python -m tinyner.train``."""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from torch import Tensor

from tinyner import errors
from tinyner.files import load, write_csv, write_json, write_rows
from tinyner.params import Params, load_params
from tinyner.progress import board
from tinyner.train.cell import Cell, Data
from tinyner.train.engine import Work, engine_of, train_all, workers_of
from tinyner.train.experiment import STUDENT, Experiment, experiment, tokenizer_of
from tinyner.train.loop import EpochRow, Trained, export, tags_of
from tinyner.train.store import Store

MODEL = Path("models/student")
PREDICTIONS = Path("predictions")
_CURVE = ("epoch", "loss", "dev_f1", "distilled_share", "original_share")


def main() -> None:
    """Train all seeds, keep the model of the one that is best on dev, and every seed's predictions."""
    everything = load_params()
    knobs = everything.train
    one = experiment(everything)
    store = Store()
    missing = [cell for cell in one.cells if not store.folder(cell.key()).done()]
    _announce(everything, one, missing)
    _train(one, store, missing)
    results = [Trained.of(*store.folder(cell.key()).figures()) for cell in one.cells]
    best = max(results, key=lambda trained: (trained.dev_f1 or 0.0, -trained.seed))
    cell = next(cell for cell in one.cells if cell.seed == best.seed)
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MODEL.parent) as folder:
        target = Path(folder) / "student"
        export(cell, STUDENT, one.data, _weights(one, store, cell), target)
        tokenizer_of(knobs).save_pretrained(target)
        _replace(target, MODEL)
    test = load("data/prepared/test.jsonl")
    shutil.rmtree(PREDICTIONS, ignore_errors=True)
    for trained in results:
        tags = tags_of(one.data.test, trained.test, everything.labels)
        rows = [{"id": row["id"], "tags": own} for row, own in zip(test, tags, strict=True)]
        write_rows(PREDICTIONS / f"seed_{trained.seed}.jsonl", rows)
    _write_curves(results)
    _write_metrics(results, best, one.data, remembered=len(one.cells) - len(missing))


def _announce(everything: Params, one: Experiment, missing: Sequence[Cell]) -> None:
    knobs, cell = everything.train, one.cells[0]
    before = len(one.cells) - len(missing)
    told = f"{before} of {len(one.cells)} seeds were trained before, on the same data and schedule" if before else ""
    if missing and engine_of() == "local":
        at_once = workers_of(missing, STUDENT)
        told += f"{'; ' if told else ''}{len(missing)} to train, {at_once} at once, {knobs.threads} thread(s) each"
    print(
        f"group {knobs.group}: {one.sizes[0]} distilled and {one.sizes[1]} original sentences, "
        f"{cell.compute} on {cell.device}; {told or f'{len(missing)} to train on Ray'}",
        flush=True,
    )


def _train(one: Experiment, store: Store, cells: Sequence[Cell], weights: bool = False) -> None:
    works = [Work(cell, one.data, STUDENT, weights) for cell in cells]
    with board() as shown:
        epochs = sum(len(work.cell.shares) for work in works)
        task = shown.task("epochs", epochs) if works else None
        train_all(works, store, lambda _, row: task.step(note=_note(row)) if task else None)


def _weights(one: Experiment, store: Store, cell: Cell) -> dict[str, Tensor]:
    while True:
        try:
            return store.folder(cell.key()).weights()
        except FileNotFoundError:
            print(f"seed {cell.seed}: its weights were pruned (see TINYNER_CELLS_GB): trained again", flush=True)
            _train(one, store, [cell], weights=True)


def _note(row: EpochRow) -> str:
    dev = "" if row.dev_f1 is None else f" dev F1 {row.dev_f1:.3f}"
    return f"(seed {row.seed}, epoch {row.epoch + 1}: loss {row.loss:.4f}{dev})"


def _replace(source: Path, target: Path) -> None:
    """Move a folder into another's place, by way of a sibling, so that the place never holds half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sibling = target.with_name(f".{target.name}.new")
    shutil.rmtree(sibling, ignore_errors=True)
    shutil.move(source, sibling)
    shutil.rmtree(target, ignore_errors=True)
    sibling.replace(target)


def _write_curves(results: Sequence[Trained]) -> None:
    """plots/curves.csv, the mean over seeds an epoch, and plots/curves_by_seed.csv."""
    rows = [
        {name: value for name, value in asdict(row).items() if name != "seconds"}
        for one in results
        for row in one.epochs
    ]
    write_csv(Path("plots/curves_by_seed.csv"), list(rows[0]), [list(row.values()) for row in rows])
    means: list[tuple[object, ...]] = []
    for of_epoch in zip(*(trained.epochs for trained in results), strict=True):
        dev = _mean([row.dev_f1 for row in of_epoch if row.dev_f1 is not None])
        loss = _mean([row.loss for row in of_epoch])
        means.append((of_epoch[0].epoch + 1, loss, dev, of_epoch[0].distilled_share, of_epoch[0].original_share))
    write_csv(Path("plots/curves.csv"), _CURVE, means)


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _write_metrics(results: Sequence[Trained], best: Trained, data: Data, remembered: int) -> None:
    sentences = sum(row.sentences for row in best.epochs)
    cut = {name: getattr(data, name).cut.tolist() for name in ("train", "dev", "test")}
    metrics = {
        "dev_f1": _mean([trained.dev_f1 for trained in results if trained.dev_f1 is not None]),
        # Lists stay out of DVC's tables, which a row of many numbers would make unreadable.
        "run": [{"best_seed": best.seed, "sentences_a_seed": sentences, "path": best.path}],
        "cut": [
            {"set": name, "sentences": counts[0], "words": counts[1], "without_subword": counts[2]}
            for name, counts in cut.items()
        ],
        "seeds": [
            {"seed": one.seed, "kept_epoch": one.kept_epoch + 1, "dev_f1": one.dev_f1, "loss": one.epochs[-1].loss}
            for one in results
        ],
    }
    write_json(Path("metrics/train.json"), metrics)
    # Apart from the rest, since it alone differs from run to run.
    seconds = [sum(row.seconds for row in one.epochs) for one in results]
    rate = statistics.fmean(sentences / one for one in seconds)
    speed = {"seconds": max(seconds), "run": [{"sentences_a_second": rate, "seeds_trained_before": remembered}]}
    write_json(Path("metrics/speed.json"), speed)
    print(f"best seed on dev: {best.seed}; {max(seconds):.0f} s of training a seed, {rate:.0f} sentences/s each")


if __name__ == "__main__":
    errors.run(main)
