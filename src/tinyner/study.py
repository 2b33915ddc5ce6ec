"""``tinyner study``: a table of experiments, all their cells trained at once, each recorded by DVC.

The cells that no experiment trained before are trained side by side, whichever experiments they
belong to. Then `dvc exp run --temp` records each experiment, as if it had been run alone: its train
stage finds its cells done. The workspace is left as it was.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from tinyner import params
from tinyner.errors import UserError
from tinyner.experiments import Changes, Planned, arguments, command, plan
from tinyner.progress import board
from tinyner.revisions import git, recorded
from tinyner.train.backend import train_all
from tinyner.train.cell_key import key_of
from tinyner.train.inputs import STUDENT, read_inputs
from tinyner.train.jobs import Job
from tinyner.train.store import Store


def run(study: str, common: Changes, prefix: str = "", dry_run: bool = False) -> None:
    """Train what is missing, and record every experiment that is not.

    Raises:
        UserError: where the repository, the study or a command of DVC's fails.
    """
    planned = plan(study, common, prefix)
    if dry_run:
        for one in planned:
            print(command(one.name, one.changes))
        return
    done = recorded()
    _dvc("repro", "align")
    todo = [one for one in planned if one.name not in done or not _same(one, done[one.name])]
    clash = [one.name for one in todo if one.name in done]
    if clash:
        raise UserError(
            f"study: {', '.join(clash)}: recorded already, with other parameters, data or code; choose another "
            f"--prefix, or forget the old ones first: dvc exp remove {' '.join(clash)}"
        )
    if todo:
        _train(todo)
        for number, one in enumerate(todo, 1):
            print(f"recording {number}/{len(todo)}: {one.name}", flush=True)
            _dvc("exp", "run", "--temp", "-n", one.name, *arguments(one.changes))
    _show(planned)


def _train(planned: Sequence[Planned]) -> None:
    store = Store()
    jobs: dict[str, Job] = {}
    total = 0
    for one in planned:
        inputs = read_inputs(one.params)
        total += len(inputs.cells)
        jobs |= {key_of(cell): Job(cell, inputs.data, STUDENT) for cell in inputs.cells}
    missing = {key: job for key, job in jobs.items() if not store.folder(key).done()}
    print(
        f"{len(planned)} experiments of {total} students, {len(jobs)} of them different; "
        f"{len(jobs) - len(missing)} were trained before, {len(missing)} to train",
        flush=True,
    )
    with board() as shown:
        task = shown.task("epochs", sum(len(job.cell.shares) for job in missing.values())) if missing else None
        train_all(list(missing.values()), store, lambda _, row: task.step(note=f"(seed {row.seed})") if task else None)


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # stages call python
    variables = {**os.environ, "PATH": path, "TINYNER_CELLS": str(Store().root)}
    return subprocess.run(words, env=variables, capture_output=True, text=True, check=False)  # noqa: S603


def _dvc(*words: str) -> None:
    result = _run(sys.executable, "-m", "dvc", *words)
    if result.returncode:
        said = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith(("ERROR", "tinyner:"))]
        raise UserError(f"dvc {' '.join(words)} failed: {' '.join(said) or result.stderr[-500:]}")


def _same(one: Planned, commit: str) -> bool:
    """Whether an experiment that was recorded has these parameters, today's code, and today's data."""
    try:
        theirs = params.parsed(git("show", f"{commit}:params.yaml"))
    except UserError:  # of a version with other keys
        return False
    lock = yaml.safe_load(git("show", f"{commit}:dvc.lock"))
    ours: dict[str, Any] = yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))
    upstream = ("prepare", "annotate", "clean", "align")
    return (
        theirs == one.params
        and not git("diff", "--name-only", commit, "--", "src", "dvc.yaml", "prompts").strip()
        and all(lock["stages"].get(stage) == ours["stages"].get(stage) for stage in upstream)
    )


def _show(planned: Sequence[Planned]) -> None:
    """Every experiment's score on test."""
    done = recorded()
    table = Table("experiment", title="Strict F1 on test, mean ± std over seeds", box=None, title_justify="left")
    for name in ("seeds", "F1", "±"):
        table.add_column(name, justify="right")
    for one in planned:
        metrics = json.loads(git("show", f"{done[one.name]}:metrics/evaluate.json"))
        std = metrics["f1_std"]
        seeds = str(len(one.params.train.seeds))
        table.add_row(one.name, seeds, f"{metrics['f1']:.3f}", "" if std is None else f"{std:.3f}")
    console = Console()
    console.print(table)
    console.print("See `dvc exp show`; `dvc exp apply NAME` brings one to the workspace.", highlight=False)
