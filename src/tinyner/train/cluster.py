"""Cells as tasks on a Ray cluster (extra ``ray``): data and student through its object store.

No node needs this repository, its data or a disk that is shared: the code goes along as a module, and
a finished cell comes back as files. A task whose node is lost is started again elsewhere, by Ray.
"""

import importlib
import os
import platform
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tinyner
from tinyner.errors import UserError
from tinyner.train.cell import Cell, Data, code_version
from tinyner.train.compute import environment
from tinyner.train.loop import EpochRow, train_cell
from tinyner.train.store import Folder, Store

if TYPE_CHECKING:
    from tinyner.train.engine import Report, Work

_RETRIES = 5
_SHARE = 0.25  # of a GPU that a cell takes
_PAUSE = 0.2  # seconds between two looks at what is done


class Progress:
    """An actor that holds the epochs that tasks reported, until they are asked for."""

    def __init__(self) -> None:
        """Empty."""
        self._rows: list[tuple[str, EpochRow]] = []

    def put(self, key: str, row: EpochRow) -> None:
        """An epoch ended."""
        self._rows.append((key, row))

    def take(self) -> list[tuple[str, EpochRow]]:
        """What came since the last time."""
        rows, self._rows = self._rows, []
        return rows


def train_cell_there(
    cell: Cell, version: str, data: Data, student: Mapping[str, bytes], progress: Any
) -> dict[str, bytes]:
    """Train a cell on whatever node this runs on; the finished cell's files.

    Raises:
        UserError: where code, libraries or processor are not those of ``version``, and so the bytes would not be.
    """
    if code_version() != version:
        raise UserError(
            f"Ray node {platform.node()}: its torch, transformers, numpy, seqeval or processor's instructions differ "
            "from the driver's, so its results would, too; make the nodes alike"
        )
    with tempfile.TemporaryDirectory() as place:
        files = Path(place) / "student"
        files.mkdir()
        for name, content in student.items():
            (files / name).write_bytes(content)
        folder = Folder(Path(place) / "cell")
        train_cell(cell, files, data, folder, lambda row: progress.put.remote(cell.key(), row))
        return folder.pack()


def train_all(works: "Sequence[Work]", store: Store, report: "Report") -> None:
    """Train cells on the cluster at $RAY_ADDRESS, or the one that this machine is part of.

    Raises:
        UserError: without Ray, or without a cluster.
    """
    try:
        ray: Any = importlib.import_module("ray")
        strategies = importlib.import_module("ray.util.scheduling_strategies")
    except ImportError:
        raise UserError("TINYNER_ENGINE: ray is not installed; pip install 'tinyner[ray]'") from None
    address = os.environ.get("RAY_ADDRESS") or "auto"
    begun = not ray.is_initialized()
    if begun:
        try:
            code = str(Path(tinyner.__file__).parent)
            ray.init(address=address, runtime_env={"py_modules": [code]}, log_to_driver=False, logging_level="error")
        except ConnectionError as error:
            raise UserError(f"RAY_ADDRESS: no Ray cluster at {address}: {error}") from None
    try:
        here = strategies.NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        progress = ray.remote(Progress).options(num_cpus=0, scheduling_strategy=here).remote()
        sent: dict[object, Any] = {}

        def once(name: object, value: Any) -> Any:
            if name not in sent:
                if isinstance(value, Path):
                    value = {path.name: path.read_bytes() for path in value.iterdir()}
                sent[name] = ray.put(value)
            return sent[name]

        pending = {}
        for work in works:
            cell = work.cell
            options = {
                "num_cpus": cell.threads,
                "num_gpus": _SHARE if cell.device == "cuda" else 0,
                "max_retries": _RETRIES,
                "runtime_env": {"env_vars": environment(cell.compute)},
            }
            task = ray.remote(train_cell_there).options(**options)
            reference = task.remote(
                cell, code_version(), once(cell.data, work.data), once(cell.student, work.student), progress
            )
            pending[reference] = cell.key()
        while pending:
            done, _ = ray.wait(list(pending), timeout=_PAUSE)
            for key, row in ray.get(progress.take.remote()):
                report(key, row)
            for reference in done:
                key = pending.pop(reference)
                try:
                    files = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    if isinstance(error.cause, UserError):
                        raise UserError(str(error.cause)) from None
                    raise
                with store.writing(key) as folder:
                    folder.unpack(files)
                store.prune()
                del reference  # so that the cluster forgets the files
            if not done:
                time.sleep(_PAUSE)
        for key, row in ray.get(progress.take.remote()):
            report(key, row)
    finally:
        if begun:
            ray.shutdown()
