"""The choice of where cells are trained: in processes on this machine, or as tasks on a Ray cluster.

Which of them, how many cells at once, and what was trained before change no result.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tinyner.errors import UserError
from tinyner.train import process_pool
from tinyner.train.cell import Cell
from tinyner.train.cell_key import key_of
from tinyner.train.jobs import Job, Report
from tinyner.train.store import Store


def backend_name() -> str:
    """Return ``local`` or ``ray``, by $TINYNER_ENGINE, else by whether $RAY_ADDRESS is set.

    Raises:
        UserError: where $TINYNER_ENGINE is neither.
    """
    name = os.environ.get("TINYNER_ENGINE") or ("ray" if os.environ.get("RAY_ADDRESS") else "local")
    if name not in ("local", "ray"):
        raise UserError(f"TINYNER_ENGINE: expected local or ray, found {name!r}")
    return name


def epochs_done(cells: Sequence[Cell], store: Store) -> list[int]:
    """Return how many epochs of each cell an interrupted run left, from which training goes on; on Ray none."""
    if backend_name() == "ray":
        return [0] * len(cells)
    return [store.folder(key_of(cell)).epochs_done() for cell in cells]


@contextmanager
def saying_what_is_kept() -> Iterator[None]:
    """Say with a Ctrl-C in the block that another run goes on, and from where."""
    try:
        yield
    except KeyboardInterrupt:
        kept = "the seeds that are done are" if backend_name() == "ray" else "each seed's last checkpoint is"
        raise KeyboardInterrupt(f"{kept} kept; run again to go on") from None


def train_all(jobs: Sequence[Job], store: Store, report: Report) -> None:
    """Train the cells of jobs, the longest first; their results are in ``store`` afterwards.

    Raises:
        UserError: where a process was killed, a cell can't be trained, or there is no cluster.
    """
    jobs = sorted(jobs, key=lambda job: -sum(map(sum, job.cell.shares)) * len(job.data.train))
    if not jobs:
        return
    if backend_name() == "ray":
        from tinyner.train import ray_backend  # noqa: PLC0415, an extra

        ray_backend.train_jobs(jobs, store, report)
    else:
        process_pool.train_jobs(jobs, store, report)
