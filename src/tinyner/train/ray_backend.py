"""Jobs as tasks on a Ray cluster (extra ``ray``): data and student go through its object store.

No node needs this repository, its data or a shared disk: the code goes along as a module, and a
finished cell comes back as files. A task whose node is lost is started again elsewhere, by Ray.
"""

import platform
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tinyner.errors import UserError
from tinyner.ray_cluster import beside_the_driver, connect
from tinyner.train.cell import Cell, Data
from tinyner.train.cell_key import code_version, key_of
from tinyner.train.compute import environment
from tinyner.train.jobs import Job, Report, run_job
from tinyner.train.store import Folder, Store
from tinyner.train.trained import EpochRow
from tinyner.unfinished import scratch

_RETRIES = 5
_GPUS = 1  # of a cell: nobody looked at the memory of the node's GPU
_PAUSE = 0.2  # seconds between two looks at what is done


class Progress:
    """An actor that holds the epochs that tasks reported, until they are asked for."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: list[tuple[str, EpochRow]] = []

    def put(self, key: str, row: EpochRow) -> None:
        """Take an epoch that ended."""
        self._rows.append((key, row))

    def take(self) -> list[tuple[str, EpochRow]]:
        """Return what came since the last call."""
        rows, self._rows = self._rows, []
        return rows


def train_on_node(
    cell: Cell, expected_version: str, data: Data, student: Mapping[str, bytes], progress: Any
) -> dict[str, bytes]:
    """Train a cell on the node that this runs on, and return the finished cell's files.

    Raises:
        UserError: where code, libraries or processor are not those of ``expected_version``, and so the
            bytes would not be.
    """
    if code_version() != expected_version:
        raise UserError(
            f"Ray node {platform.node()}: its torch, transformers, numpy or processor's instructions differ "
            "from the driver's, so its results would, too; make the nodes alike"
        )
    with scratch() as place:
        files = place / "student"
        files.mkdir()
        for name, content in student.items():
            (files / name).write_bytes(content)
        folder = Folder(place / "cell")
        run_job(Job(cell, data, files), folder, progress.put.remote)
        return folder.pack()


def train_jobs(jobs: Sequence[Job], store: Store, report: Report) -> None:
    """Train the cells of jobs on the cluster at $RAY_ADDRESS, or the one that this machine is part of.

    Raises:
        UserError: without Ray or a cluster, or where a cell can't be trained.
    """
    with connect("TINYNER_ENGINE: ray") as ray:
        actor = ray.remote(Progress).options(num_cpus=0, scheduling_strategy=beside_the_driver(ray))
        progress = actor.remote()
        pending = _submit(ray, jobs, progress)
        while pending:
            done, _ = ray.wait(list(pending), timeout=_PAUSE)
            _pass_on(ray, progress, report)
            for reference in done:
                key = pending.pop(reference)
                files = _files(ray, reference)
                with store.writing(key) as folder:
                    folder.unpack(files)
                store.prune()
                del reference  # so that the cluster forgets the files
            if not done:
                time.sleep(_PAUSE)
        _pass_on(ray, progress, report)


def _submit(ray: Any, jobs: Sequence[Job], progress: Any) -> dict[Any, str]:
    """Start a task for each job, and return the keys of their cells by the references to the tasks' results."""
    objects: dict[str, Any] = {}  # by sha256, so that data and student are sent once
    pending = {}
    for job in jobs:
        cell = job.cell
        if cell.data not in objects:
            objects[cell.data] = ray.put(job.data)
        if cell.student not in objects:
            objects[cell.student] = ray.put({path.name: path.read_bytes() for path in job.student.iterdir()})
        options = {
            "num_cpus": cell.threads,
            "num_gpus": _GPUS if cell.device == "cuda" else 0,
            "max_retries": _RETRIES,
            "runtime_env": {"env_vars": environment(cell.compute)},
        }
        task = ray.remote(train_on_node).options(**options)
        reference = task.remote(cell, code_version(), objects[cell.data], objects[cell.student], progress)
        pending[reference] = key_of(cell)
    return pending


def _pass_on(ray: Any, progress: Any, report: Report) -> None:
    for key, row in ray.get(progress.take.remote()):
        report(key, row)


def _files(ray: Any, reference: Any) -> dict[str, bytes]:
    """Return the files of a cell that is done.

    Raises:
        UserError: that the task raised.
    """
    try:
        files: dict[str, bytes] = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise UserError(str(error.cause)) from None
        raise
    return files
