"""``tinyner study``: a table of experiments, all their cells trained at once, each recorded by DVC.

The cells that no experiment trained before are trained side by side, whichever experiments they
belong to. Then `dvc exp run --temp` records each experiment, as if it had been run alone: its train
stage finds its cells done. The workspace is left as it was.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from tinyner import plurals
from tinyner.errors import UserError
from tinyner.runs.git import check_identity, recorded_here
from tinyner.runs.repository import RepositorySource
from tinyner.runs.run import Run
from tinyner.stage_lock import held
from tinyner.stand_ins import AGREEMENT
from tinyner.study.existing import existing
from tinyner.study.plans import Changes, Experiment, arguments, plan
from tinyner.terminal import harmless_console
from tinyner.train.cells_folder import cells_folder
from tinyner.unfinished import CLOSES_FIRST


def run(study: str, common: Changes, prefix: str = "", archives: Sequence[Path] = ()) -> None:
    """Train the cells that are missing, and record the experiments that exist neither here nor in archives.

    Raises:
        UserError: where the repository, the study, an archive or a command of DVC's fails.
    """
    experiments = plan(study, common, prefix)
    with held("study") as lock:
        _run(experiments, archives, () if lock is None or CLOSES_FIRST else (lock,))


def _run(experiments: Sequence[Experiment], archives: Sequence[Path], descriptors: Sequence[int]) -> None:
    """Do so while no other process does; DVC's inherit the lock's descriptors, as they may outlive this one."""
    _dvc("repro", "align", descriptors=descriptors)
    looked_up = existing(experiments, archives)
    if looked_up.in_the_way:
        raise UserError(
            f"study: {', '.join(looked_up.in_the_way)}: recorded already, with other parameters, data or code; choose "
            f"another --prefix, or forget the old ones first: dvc exp remove {' '.join(looked_up.in_the_way)}"
        )
    for note in looked_up.notes:
        print(note, flush=True)
    todo = [planned for planned in experiments if planned.name not in looked_up.runs]
    if looked_up.runs:
        print(f"{len(looked_up.runs)} of {plurals.number(len(experiments), 'experiment')} exist already", flush=True)
    if todo:
        check_identity()
        from tinyner.study import training  # noqa: PLC0415, torch is slow to load

        training.train(todo)
        for number, planned in enumerate(todo, 1):
            print(f"recording {number}/{len(todo)}: {planned.name}", flush=True)
            _dvc("exp", "run", "--temp", "-n", planned.name, *arguments(planned.changes), descriptors=descriptors)
        recorded, source = recorded_here(), RepositorySource()
        looked_up.runs.update({planned.name: source.find(recorded[planned.name].commit) for planned in todo})
    _show(experiments, looked_up.runs)


def _dvc(*words: str, descriptors: Sequence[int]) -> None:
    """Run a DVC command whose stages find the cells that were trained here.

    Raises:
        UserError: with what DVC says, where it fails.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # stages call python
    variables = {**os.environ, "PATH": path, "TINYNER_CELLS": str(cells_folder())}
    done = subprocess.run(  # noqa: S603
        (sys.executable, "-m", "dvc", *words),
        env=variables,
        pass_fds=descriptors,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "tinyner:"))]
        raise UserError(f"dvc {' '.join(words)} failed: {' '.join(lines) or done.stderr[-500:]}")


def _show(experiments: Sequence[Experiment], runs: Mapping[str, Run]) -> None:
    """Print every experiment's score on test; their data are the same, so all are against gold, or the teacher."""
    metrics_by_name = {planned.name: runs[planned.name].metric("evaluate") for planned in experiments}
    key = "f1" if all("f1" in metrics for metrics in metrics_by_name.values()) else "teacher_agreement"
    title = {"f1": "Strict F1 on test", "teacher_agreement": AGREEMENT.capitalize()}[key]
    table = Table("experiment", box=None)
    for name in ("seeds", "F1" if key == "f1" else "agreement", "±"):
        table.add_column(name, justify="right")
    for planned in experiments:
        metrics = metrics_by_name[planned.name]
        std = metrics[f"{key}_std"]
        seeds = str(len(planned.params.train.seeds))
        table.add_row(planned.name, seeds, f"{metrics[key]:.3f}", "" if std is None else f"{std:.3f}")
    console = harmless_console()
    console.print(f"{title}, mean ± std over seeds", style="italic")
    console.print(table)
    console.print("See `dvc exp show`; `dvc exp apply NAME` brings one to the workspace.", highlight=False)
