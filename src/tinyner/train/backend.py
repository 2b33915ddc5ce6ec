"""The choice of where cells are trained: in processes on this machine, or as tasks on a Ray cluster.

Which of them, how many cells at once, and what was trained before change no result.
"""

import os
from collections.abc import Sequence

from tinyner.errors import UserError
from tinyner.train import process_pool
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
