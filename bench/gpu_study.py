"""Train students on a GPU machine that has no DVC, no data and no network, and only for minutes.

On this machine ``python bench/gpu_pack.py pack PLAN FOLDER`` writes FOLDER. On that one, which needs torch,
transformers and this repository's src on its path, ``python bench/gpu_study.py FOLDER OUT --seconds 300 --at-once 8``
trains the students in processes side by side, those begun before the seconds are over, and writes each one's curve and
tags of test to OUT/trained.jsonl.xz. Here again ``python bench/gpu_pack.py collect FOLDER ARCHIVES OUT`` makes archives
of that, as `tinyner archive` would. NVIDIA's MPS (``nvidia-cuda-mps-control -d``) lets the processes share a GPU.
"""

import argparse
import hashlib
import json
import lzma
import multiprocessing
import os
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
TRAINED_BEFORE = "trained_before.json"  # what results are known by
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

    def key(self, cell: Cell) -> str:
        """Return what a cell's result is known by: a digest of all that it depends on, but the code."""
        content = json.dumps([asdict(cell), self.decoder, self.sizes])
        return hashlib.sha256(content.encode()).hexdigest()


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


def students_of(folder: Path) -> dict[str, tuple[Experiment, Cell]]:
    """Return the students that a folder wants trained, each once, by what they are known by, in order.

    Those that were trained before it was packed are left out.
    """
    path = folder / TRAINED_BEFORE
    before = set(json.loads(path.read_text())) if path.exists() else set()
    students: dict[str, tuple[Experiment, Cell]] = {}
    for experiment, cell in in_order(read_experiments(folder)):
        students.setdefault(experiment.key(cell), (experiment, cell))
    return {key: student for key, student in students.items() if key not in before}


def read_trained(path: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """Return what was trained, by what it is known by, and how many bytes of the file hold it.

    Each student is a stream of xz; behind the last whole one there may be one that was cut off.
    """
    trained: dict[str, dict[str, Any]] = {}
    content = memoryview(path.read_bytes() if path.exists() else b"")
    end = 0
    while end < len(content):
        stream = lzma.LZMADecompressor()
        try:
            text = stream.decompress(content[end:])
        except lzma.LZMAError:
            break
        if not stream.eof:
            break
        row = json.loads(text)
        trained[row["key"]] = row
        end = len(content) - len(stream.unused_data)
    return trained, end


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
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / TRAINED
    trained, size = read_trained(path)
    students = students_of(arguments.folder)
    if path.exists():
        os.truncate(path, size)  # what a former call was killed in would hide what stands behind it
    end = begun + arguments.seconds
    jobs = [
        Job(key, arguments.folder, end, cell, experiment.decoder, experiment.sizes)
        for key, (experiment, cell) in students.items()
        if key not in trained
    ]
    before, count = len(students) - len(jobs), 0

    def progress() -> str:
        there = f", {before} before" if before else ""
        return (
            f"{count} of {len(jobs)} students{there} in {time.monotonic() - begun:.0f} s, {arguments.at_once} at once"
        )

    with multiprocessing.get_context("spawn").Pool(arguments.at_once) as pool:
        for row in pool.imap_unordered(train, jobs, chunksize=1):
            if row is None:
                continue
            count += 1
            with lzma.open(path, "at", preset=1) as file:  # a stream of its own, so that it stays if this is killed
                file.write(json.dumps(row, separators=(",", ":")) + "\n")
            if not count % 10:
                print(progress(), flush=True)
    print(progress(), flush=True)


if __name__ == "__main__":
    main()
