"""Train cells side by side: processes on this machine, or tasks on a Ray cluster.

Which engine, how many at once, and what was trained before change no result.
"""

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

import torch

from tinyner.errors import UserError
from tinyner.train.cell import Cell, Data
from tinyner.train.compute import environment
from tinyner.train.encode import Encoded
from tinyner.train.loop import EpochRow, train_cell
from tinyner.train.store import Store

_MEMORY = 1.0e9  # bytes of a process before its student
_COPIES = 8  # of the student: the model, its weights again, gradients, two moments, what a step keeps
_ON_GPU = 4  # seeds side by side on one

Report = Callable[[str, EpochRow], None]
"""Called with a cell's key as its epochs end."""


@dataclass(frozen=True)
class Work:
    """A cell to be trained."""

    cell: Cell
    data: Data
    student: Path
    weights: bool = False  # they are needed, and not its figures alone


def engine_of() -> str:
    """``local`` or ``ray``, by $TINYNER_ENGINE, else by whether $RAY_ADDRESS is set.

    Raises:
        UserError: where it is neither.
    """
    name = os.environ.get("TINYNER_ENGINE") or ("ray" if os.environ.get("RAY_ADDRESS") else "local")
    if name not in ("local", "ray"):
        raise UserError(f"TINYNER_ENGINE: expected local or ray, found {name!r}")
    return name


def train_all(works: Sequence[Work], store: Store, report: Report) -> None:
    """Train cells, the longest first; their results are in ``store`` afterwards.

    Raises:
        UserError: where a process was killed, or there is no cluster.
    """
    works = sorted(works, key=lambda work: -sum(map(sum, work.cell.shares)) * len(work.data.train))
    if not works:
        return
    if engine_of() == "ray":
        from tinyner.train import cluster  # noqa: PLC0415, an extra

        cluster.train_all(works, store, report)
    else:
        for compute in sorted({work.cell.compute for work in works}):  # each wants an environment of its own
            _train_here([work for work in works if work.cell.compute == compute], store, report)


def workers_of(cells: Sequence[Cell], student: Path) -> int:
    """Processes at once: as many as the cores allow with a cell's threads each, and the memory with a student each.

    $TINYNER_WORKERS, where it is set, says otherwise.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(cell.threads for cell in cells)
    size = _MEMORY + _COPIES * sum(path.stat().st_size for path in student.glob("*.safetensors"))
    allowed = min(cores // threads, int(_memory() // size))
    if any(cell.device == "cuda" for cell in cells):
        free, _ = torch.cuda.mem_get_info()
        allowed = min(allowed, int(free // size), _ON_GPU)
    wanted = os.environ.get("TINYNER_WORKERS") or str(max(1, allowed))
    if not wanted.isdecimal():
        raise UserError(f"TINYNER_WORKERS: expected a number, found {wanted!r}")
    return max(1, min(len(cells), int(wanted)))


def _memory() -> float:
    """Bytes of memory that are free; without bound where the system doesn't say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return float(2**60)
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def _train_here(works: Sequence[Work], store: Store, report: Report) -> None:
    context = multiprocessing.get_context("spawn")
    queue: Queue[tuple[str, EpochRow]] = context.Queue()
    cells = [work.cell for work in works]
    begin = (queue, environment(cells[0].compute), str(store.root))
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(workers_of(cells, works[0].student), context, initializer=_begin, initargs=begin) as pool,
    ):
        pending = {
            pool.submit(_work, work.cell, work.student, work.weights, _saved(work, Path(folder))) for work in works
        }
        failed: BaseException | None = None
        try:
            while pending:
                done, pending = wait(pending, timeout=0.2)
                _drain(queue, report)
                for future in done:
                    failed = failed or future.exception()
                if done:
                    store.prune()
                if failed:  # what has begun may end, so that its work is kept
                    pending = {future for future in pending if not future.cancel()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        _drain(queue, report)
        if isinstance(failed, BrokenProcessPool):
            raise UserError(
                "train: a process was killed, for want of memory perhaps; the next run goes on from the last "
                "epochs, and with TINYNER_WORKERS=1 one seed at a time"
            )
        if failed:
            raise failed


def _saved(work: Work, folder: Path) -> tuple[Path, tuple[int, int]]:
    """The data's arrays as files that all processes map, and the sizes."""
    place = folder / work.cell.data
    if not place.exists():
        for name in ("train", "dev", "test"):
            getattr(work.data, name).save(place / name)
    return place, work.data.sizes


_queue: "Queue[tuple[str, EpochRow]] | None" = None
_root = Path()


def _begin(queue: "Queue[tuple[str, EpochRow]]", variables: dict[str, str], root: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once, without a traceback of its own
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(variables)
    global _queue, _root
    _queue, _root = queue, Path(root)


def _end_with_parent() -> None:
    """A parent that is killed can't end its processes: without this they would train on, and wait for ever then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(cell: Cell, student: Path, weights: bool, saved: tuple[Path, tuple[int, int]]) -> None:
    queue, key = _queue, cell.key()
    assert queue is not None
    place, sizes = saved
    train, dev, test = (Encoded.open(place / name) for name in ("train", "dev", "test"))
    data = Data(train, dev, test, sizes)
    with Store(_root).writing(key) as folder:
        if not folder.done(weights):  # by another process, while this one waited
            train_cell(cell, student, data, folder, lambda row: queue.put((key, row)))


def _drain(queue: "Queue[tuple[str, EpochRow]]", report: Report) -> None:
    while True:
        try:
            report(*queue.get_nowait())
        except Empty:
            return
