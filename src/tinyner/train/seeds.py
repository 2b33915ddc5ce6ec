"""Seeds side by side: a process each, as many at once as there are cores for."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import Queue
from queue import Empty

import torch

from tinyner.errors import UserError
from tinyner.params import Train
from tinyner.train.loop import EpochRow, Job, Trained, train_seed

_queue: "Queue[EpochRow] | None" = None


def device_of(knobs: Train) -> str:
    """The device that ``train.device`` means on this machine.

    Raises:
        UserError: where it says cuda and there is none.
    """
    if knobs.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if knobs.device == "cuda" and not torch.cuda.is_available():
        raise UserError("train.device: cuda, but torch sees no CUDA device here; set auto or cpu")
    return knobs.device


def workers_of(knobs: Train, device: str) -> int:
    """Processes at once: one on a GPU, else as many as the cores allow with ``threads`` each.

    $TINYNER_WORKERS, where it is set, says otherwise; the number changes no result.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = 1 if device == "cuda" else cores // knobs.threads
    wanted = os.environ.get("TINYNER_WORKERS") or str(allowed)
    if not wanted.isdecimal():
        raise UserError(f"TINYNER_WORKERS: expected a number, found {wanted!r}")
    return max(1, min(len(knobs.seeds), int(wanted)))


def train_all(jobs: Sequence[Job], workers: int, report: Callable[[EpochRow], None]) -> list[Trained]:
    """Train the jobs, ``workers`` at once, each in a process; ``report`` is called in this one as epochs end."""
    context = multiprocessing.get_context("spawn")
    queue: Queue[EpochRow] = context.Queue()
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(queue,)) as pool:
        futures = [pool.submit(_work, job) for job in jobs]
        try:
            pending = set(futures)
            while pending:
                done, pending = wait(pending, timeout=0.2)
                _drain(queue, report)
                for future in done:
                    future.result()
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            if isinstance(error, BrokenProcessPool):
                raise UserError(
                    "train: a process was killed, for want of memory perhaps; TINYNER_WORKERS=1 runs one at once"
                ) from None
            raise
        _drain(queue, report)
    return [future.result() for future in futures]


def _begin(queue: "Queue[EpochRow]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once, without a traceback of its own
    global _queue  # noqa: PLW0603, a worker's only way back while it works
    _queue = queue


def _work(job: Job) -> Trained:
    assert _queue is not None
    return train_seed(job, _queue.put)


def _drain(queue: "Queue[EpochRow]", report: Callable[[EpochRow], None]) -> None:
    while True:
        try:
            report(queue.get_nowait())
        except Empty:
            return
