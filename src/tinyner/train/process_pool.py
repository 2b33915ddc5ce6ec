"""Jobs in processes on this machine, side by side. The arrays of the data are mapped and shared."""

import errno
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from typing import TypeAlias

from tinyner import worker_processes
from tinyner.errors import UserError
from tinyner.machine import available_cores, free_memory
from tinyner.train import gpu
from tinyner.train.cell import Cell, Data
from tinyner.train.cell_key import key_of
from tinyner.train.compute import environment
from tinyner.train.encoded import Encoded
from tinyner.train.jobs import Job, Report, run_job
from tinyner.train.store import Store
from tinyner.train.trained import EpochRow
from tinyner.unfinished import scratch

_PROCESS_BYTES = 1.0e9  # of a process before its student
_STUDENT_COPIES = 8  # the model, its weights again, gradients, two moments, what a step keeps

Epochs: TypeAlias = "Queue[tuple[str, EpochRow]]"
"""Keys of cells and their epochs, from the processes to the parent."""


def train_jobs(jobs: Sequence[Job], store: Store, report: Report) -> None:
    """Train the cells of jobs.

    Raises:
        UserError: where a process was killed, or a cell can't be trained.
    """
    for compute in sorted({job.cell.compute for job in jobs}):  # each needs its own environment variables
        _train_alike([job for job in jobs if job.cell.compute == compute], store, report)


def worker_count(cells: Sequence[Cell], student: Path) -> int:
    """Return how many processes train at once: as many as cores, memory and GPU memory allow.

    $TINYNER_WORKERS, where it is set, says otherwise.

    Raises:
        UserError: where that is no number.
    """
    threads = max(cell.threads for cell in cells)
    size = _PROCESS_BYTES + _STUDENT_COPIES * sum(path.stat().st_size for path in student.glob("*.safetensors"))
    allowed = min(available_cores() // threads, int(free_memory() // size))
    on_gpu = [cell for cell in cells if cell.device == "cuda"]
    if on_gpu:
        allowed = min(allowed, gpu.seeds_at_once(on_gpu, student))
    return worker_processes.count(allowed, len(cells))


def _train_alike(jobs: Sequence[Job], store: Store, report: Report) -> None:
    """Train jobs whose processes need the same environment variables."""
    context = multiprocessing.get_context("spawn")
    epochs: Epochs = context.Queue()
    cells = [job.cell for job in jobs]
    begin = (epochs, environment(cells[0].compute), str(store.root))
    with (
        scratch() as folder,
        ProcessPoolExecutor(worker_count(cells, jobs[0].student), context, initializer=_begin, initargs=begin) as pool,
    ):
        pending = {
            pool.submit(_run, job.cell, job.student, job.needs_weights, _saved(job, folder), job.data.sizes)
            for job in jobs
        }
        failure: BaseException | None = None
        try:
            while pending:
                done, pending = wait(pending, timeout=0.2)
                _pass_on(epochs, report)
                for future in done:
                    failure = failure or future.exception()
                if done:
                    store.prune()
                if failure:  # cells that have begun are finished, so that their work is kept
                    pending = {future for future in pending if not future.cancel()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        _pass_on(epochs, report)
        if isinstance(failure, BrokenProcessPool):
            raise UserError(
                "train: a process was killed, for want of memory perhaps; the next run goes on from the last "
                "checkpoints, and with TINYNER_WORKERS=1 one seed at a time"
            )
        if failure:
            raise failure


def _saved(job: Job, folder: Path) -> Path:
    """Return where the arrays of a job's data are, as files that all processes map."""
    place = folder / job.cell.data
    if not place.exists():
        try:
            for name in ("train", "dev", "test"):
                getattr(job.data, name).save(place / name)
        except OSError as error:
            if error.errno is not None:
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place)) from None  # NumPy doesn't say so
    return place


def _pass_on(epochs: Epochs, report: Report) -> None:
    while True:
        try:
            report(*epochs.get_nowait())
        except Empty:
            return


# What follows runs in the processes.

_epochs: "Epochs | None" = None
_root = Path()


def _begin(epochs: Epochs, variables: dict[str, str], root: str) -> None:
    worker_processes.end_with_parent()
    os.environ.update(variables)
    global _epochs, _root
    _epochs, _root = epochs, Path(root)


def _run(cell: Cell, student: Path, needs_weights: bool, place: Path, sizes: tuple[int, int]) -> None:
    epochs = _epochs
    assert epochs is not None
    train, dev, test = (Encoded.open(place / name) for name in ("train", "dev", "test"))
    job = Job(cell, Data(train, dev, test, sizes), student, needs_weights)
    with Store(_root).writing(key_of(cell)) as folder:
        if not folder.done(needs_weights):  # by another process, while this one waited
            run_job(job, folder, lambda key, row: epochs.put((key, row)))
