"""Train students on a GPU machine that has no DVC, no data and no network, and only for minutes.

On this machine ``python bench/gpu_pack.py pack PLAN FOLDER`` writes FOLDER. On that one, which needs torch,
transformers and this repository's src on its path, ``python bench/gpu_study.py FOLDER OUT --seconds 300 --at-once 8``
trains the students in processes side by side, those begun before the seconds are over, and writes each one's curve and
tags of test to OUT/trained.jsonl.xz. Here again ``python bench/gpu_pack.py collect FOLDER ARCHIVES OUT`` makes archives
of that, as `tinyner archive` would. NVIDIA's MPS (``nvidia-cuda-mps-control -d``) lets the processes share a GPU.
"""

import argparse
import json
import lzma
import multiprocessing
import pickle
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from tinyner.decoding import Decoder
from tinyner.train.cell import Cell, Data
from tinyner.train.encoded import Encoded
from tinyner.train.labelled import Labeller
from tinyner.train.loop import train_cell
from tinyner.train.trained import Checkpoint, Trained

FIRST = 3  # seeds that every experiment gets before any gets more
EXPERIMENTS = "experiments.pickle"
TRAINED_BEFORE = "trained_before.json"  # names of results
TRAINED = "trained.jsonl.xz"


@dataclass(frozen=True)
class Experiment:
    """An experiment as it travels."""

    archive: str
    project: str
    name: str
    changes: Mapping[str, object]
    cells: list[Cell]  # one a seed
    decoder: Decoder
    sizes: tuple[int, int]  # of the training set: distilled, original
    dev_is_stand_in: bool

    def result(self, cell: Cell) -> str:
        """Return what a cell's result is known by."""
        return f"{self.archive}/{self.name}/{cell.seed}"


@dataclass(frozen=True)
class Job:
    """A cell to be trained, until when it may begin, and what else its process needs."""

    key: str
    folder: Path
    end: float  # by time.monotonic
    cell: Cell
    decoder: Decoder
    sizes: tuple[int, int]


@dataclass
class InMemory:
    """A keeper of a cell that takes seconds: without checkpoints."""

    trained: Trained | None = None

    def checkpoint(self) -> Checkpoint | None:
        """Return none."""
        return None

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep none."""

    def finish(self, trained: Trained, weights: dict[str, Tensor]) -> None:
        """Keep what the cell gave, without its weights."""
        self.trained = trained


def read_experiments(folder: Path) -> list[Experiment]:
    """Return what was packed."""
    experiments: list[Experiment] = pickle.loads((folder / EXPERIMENTS).read_bytes())  # noqa: S301, of ours
    return experiments


def read_data(folder: Path, cell: Cell, sizes: tuple[int, int]) -> Data:
    """Map a cell's sentences."""
    train, dev, test = (Encoded.open(folder / "data" / cell.data / part) for part in ("train", "dev", "test"))
    return Data(train, dev, test, sizes)


def in_order(experiments: Sequence[Experiment]) -> Iterator[tuple[Experiment, Cell]]:
    """Yield all cells with their experiments; the first seeds of all experiments come before the others."""
    most = max(len(experiment.cells) for experiment in experiments)
    for begin, end in ((0, FIRST), (FIRST, most)):
        for experiment in experiments:
            for cell in experiment.cells[begin:end]:
                yield experiment, cell


def jobs_of(folder: Path, end: float) -> tuple[dict[str, Job], dict[str, list[str]]]:
    """Return the students that were not trained before, each once, and which results each stands for."""
    jobs: dict[str, Job] = {}
    results: dict[str, list[str]] = {}
    for experiment, cell in in_order(read_experiments(folder)):
        key = json.dumps([asdict(cell), experiment.decoder, experiment.sizes])
        jobs.setdefault(key, Job(key, folder, end, cell, experiment.decoder, experiment.sizes))
        results.setdefault(key, []).append(experiment.result(cell))
    before = set(json.loads((folder / TRAINED_BEFORE).read_text()))
    return {key: job for key, job in jobs.items() if before.isdisjoint(results[key])}, results


def train(job: Job) -> dict[str, Any] | None:
    """Train a cell; return its curve and its predictions; None if it failed, or the time is over."""
    if time.monotonic() > job.end:
        return None
    cell, keeper = job.cell, InMemory()
    data = read_data(job.folder, cell, job.sizes)
    begun = time.monotonic()
    try:
        train_cell(cell, job.folder / "students" / cell.student, data, keeper, lambda row: None)
    except Exception:
        print(f"seed {cell.seed}: {traceback.format_exc()}", file=sys.stderr, flush=True)  # the others go on
        return None
    trained = keeper.trained
    assert trained is not None
    labeller = Labeller.fitted(cell.labels, job.decoder, data.dev, trained.dev)
    predictions = labeller.predictions([""] * len(data.test), data.test, trained.test)
    rows = [[row["tags"], row["probabilities"], row["uncalibrated"]] for row in predictions]
    return {"key": job.key, "figures": trained.figures(), "seconds": time.monotonic() - begun, "rows": rows}


def main() -> None:
    """Train the cells of all experiments, each once, whichever of them share it; go on where a former call ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--at-once", type=int, default=8)
    arguments = parser.parse_args()
    begun = time.monotonic()
    jobs, results = jobs_of(arguments.folder, begun + arguments.seconds)
    path, names = arguments.out / TRAINED, arguments.out / "trained.txt"
    trained = set(names.read_text().splitlines()) if names.exists() else set()
    left = [job for key, job in jobs.items() if trained.isdisjoint(results[key])]
    count = len(jobs) - len(left)
    with multiprocessing.get_context("spawn").Pool(arguments.at_once) as pool:
        for row in pool.imap_unordered(train, left, chunksize=1):
            if row is None:
                continue
            count += 1
            of_student = results[row.pop("key")]
            with lzma.open(path, "at", preset=1) as file:  # a stream of its own, so that it stays if this is killed
                file.write(json.dumps({"results": of_student, **row}, separators=(",", ":")) + "\n")
            with names.open("a") as file:
                file.write(f"{of_student[0]}\n")
            if not count % 10:
                print(f"{count} of {len(jobs)} students after {time.monotonic() - begun:.0f} s", flush=True)
    print(
        f"{count} of {len(jobs)} students in {time.monotonic() - begun:.0f} s, {arguments.at_once} at once", flush=True
    )


if __name__ == "__main__":
    main()
