"""``tinyner study``: a table of experiments, all their cells trained at once, each recorded by DVC.

The cells that no experiment trained before are trained side by side, whichever experiments they
belong to. Then `dvc exp run --temp` records each experiment, as if it had been run alone: its train
stage finds its cells done. The workspace is left as it was.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from tinyner import params
from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.progress import board
from tinyner.train.engine import Work, train_all
from tinyner.train.experiment import STUDENT, experiment
from tinyner.train.store import Store

Changes = Mapping[str, object]
"""Values of params.yaml by their dotted names."""

LR_POLICIES = {"fixed": 1.0, "decay": 0.95}
"""Factor of the learning rate an epoch, after the paper."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Planned:
    """An experiment to be: its name, what it changes, and what params.yaml then says."""

    name: str
    changes: Changes
    params: Params


def table2() -> dict[str, Changes]:
    """The paper's Table 2: groups A to E, with a fixed and a decaying learning rate."""
    return _both({group: _schedule(group, "group") for group in "ABCDE"})


def table3() -> dict[str, Changes]:
    """The paper's Table 3: group E's data under each schedule, with a fixed and a decaying learning rate."""
    kinds = ("pure_distilled", "pure_original", "simple_mix")
    named = {kind: _schedule("E", kind) for kind in kinds}
    named |= {f"sigmoid-{k}": _schedule("E", "sigmoid", k=float(k)) for k in (2, 4, 8, 16, 32)}
    named |= {"cosine": _schedule("E", "cosine")}
    named |= {f"power-{n:g}": _schedule("E", "power", n=n) for n in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)}
    return _both({**named, "all": _schedule("E", "all")})


CURVE_SIZES = (50, 100, 200, 500, 1000)
"""Original sentences along the learning curve."""


def curve() -> dict[str, Changes]:
    """What the paper lacks: the learning curve over original sentences, without distilled ones and with them."""
    return {
        f"{group}-{size}": {**_schedule(group, "group"), "train.original_size": size, "train.lr_decay": 1.0}
        for size in CURVE_SIZES
        for group in "ADE"
    }


def _schedule(group: str, kind: str, k: float | None = None, n: float | None = None) -> Changes:
    return {"train.group": group, "train.schedule.type": kind, "train.schedule.k": k, "train.schedule.n": n}


def _both(named: Mapping[str, Changes]) -> dict[str, Changes]:
    return {
        f"{name}-{policy}": {**changes, "train.lr_decay": factor}
        for policy, factor in LR_POLICIES.items()
        for name, changes in named.items()
    }


def named(study: str) -> dict[str, Changes]:
    """The experiments of ``table2``, ``table3``, ``all`` (both), ``curve`` or a YAML file.

    The file maps experiments' names to values by dotted names, under ``experiments``; ``base``, where
    it is there, holds values for all of them.

    Raises:
        UserError: naming the file and what is wrong in it.
    """
    tables = {"table2": table2(), "table3": table3(), "all": {**table2(), **table3()}, "curve": curve()}
    if study in tables:
        return tables[study]
    path = Path(study)
    if not path.exists():
        raise UserError(f"study: expected {', '.join(tables)} or a YAML file, found {study!r}")
    try:
        content = params.read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: can't be read as YAML: {error}") from None
    found = content.get("experiments") if isinstance(content, dict) else None
    base = content.get("base", {}) if isinstance(content, dict) else None
    if (
        not isinstance(found, dict)
        or not found
        or not isinstance(base, dict)
        or content.keys() - {"experiments", "base"}
    ):
        raise UserError(
            f"{path}: expected experiments: {{NAME: {{train.group: A, ...}}, ...}}, and base: {{...}} or none"
        )
    for name, changes in found.items():
        if not isinstance(changes, dict):
            raise UserError(f"{path}: experiments.{name}: expected values by dotted names, found {changes!r}")
    return {str(name): {**base, **changes} for name, changes in found.items()}


def plan(study: str, common: Changes, prefix: str = "") -> list[Planned]:
    """All experiments of a study, each checked; ``common`` changes are made to all of them.

    Raises:
        UserError: at the first one that can't be.
    """
    planned = []
    for name, own in named(study).items():
        changes = {**_flat(own), **common}
        if not _NAME.fullmatch(f"{prefix}{name}"):
            raise UserError(f"study: {prefix}{name!r} can't be an experiment's name; use letters, digits, - and _")
        for key in changes:
            if not key.startswith("train."):
                raise UserError(
                    f"study: {name} changes {key}, which the stages before train depend on; a study changes train.* "
                    "only (for others: `dvc exp run --queue -S ...`)"
                )
        try:
            planned.append(Planned(f"{prefix}{name}", changes, params.load(changes=changes)))
        except UserError as error:
            raise UserError(f"study {study}, experiment {name}: {error}") from None
    return planned


def _flat(changes: Changes, before: str = "") -> dict[str, object]:
    """Nested values by dotted names."""
    flat: dict[str, object] = {}
    for key, value in changes.items():
        flat |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return flat


def run(study: str, common: Changes, prefix: str = "", dry_run: bool = False) -> None:
    """Train what is missing, and record every experiment that is not.

    Raises:
        UserError: where the repository, the study or a command of DVC's fails.
    """
    planned = plan(study, common, prefix)
    if dry_run:
        for one in planned:
            print(shlex.join(["dvc", "exp", "run", "-n", one.name, *_arguments(one.changes)]))
        return
    recorded = _recorded()
    _dvc("repro", "align")
    todo = [one for one in planned if one.name not in recorded or not _same(one, recorded[one.name])]
    clash = [one.name for one in todo if one.name in recorded]
    if clash:
        raise UserError(
            f"study: {', '.join(clash)}: recorded already, with other parameters, data or code; choose another "
            f"--prefix, or forget the old ones first: dvc exp remove {' '.join(clash)}"
        )
    if todo:
        _train(todo)
        for number, one in enumerate(todo, 1):
            print(f"recording {number}/{len(todo)}: {one.name}", flush=True)
            _dvc("exp", "run", "--temp", "-n", one.name, *_arguments(one.changes))
    _show(planned)


def _train(planned: Sequence[Planned]) -> None:
    store = Store()
    works: dict[str, Work] = {}
    total = 0
    for one in planned:
        found = experiment(one.params)
        total += len(found.cells)
        works |= {cell.key(): Work(cell, found.data, STUDENT) for cell in found.cells}
    missing = {key: work for key, work in works.items() if not store.folder(key).done()}
    print(
        f"{len(planned)} experiments of {total} students, {len(works)} of them different; "
        f"{len(works) - len(missing)} were trained before, {len(missing)} to train",
        flush=True,
    )
    with board() as shown:
        task = shown.task("epochs", sum(len(work.cell.shares) for work in missing.values())) if missing else None
        train_all(list(missing.values()), store, lambda _, row: task.step(note=f"(seed {row.seed})") if task else None)


def _arguments(changes: Changes) -> list[str]:
    return [part for key, value in changes.items() for part in ("-S", f"{key}={_written(value)}")]


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # stages call python
    variables = {**os.environ, "PATH": path, "TINYNER_CELLS": str(Store().root)}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)  # noqa: S603


def _dvc(*arguments: str) -> None:
    result = _run(sys.executable, "-m", "dvc", *arguments)
    if result.returncode:
        said = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith(("ERROR", "tinyner:"))]
        raise UserError(f"dvc {' '.join(arguments)} failed: {' '.join(said) or result.stderr[-500:]}")


def _git(*arguments: str) -> str:
    result = _run("git", *arguments)
    if result.returncode:
        raise UserError(
            f"study: git {arguments[0]} failed: {result.stderr.strip()}; run this in a Git repository with a commit"
        )
    return result.stdout


def _recorded() -> dict[str, str]:
    """Commits of the experiments that DVC has recorded on the current commit, by name."""
    head = _git("rev-parse", "HEAD").strip()
    prefix = f"refs/exps/{head[:2]}/{head[2:]}/"
    lines = _git("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
    return {name.removeprefix(prefix): commit for name, commit in map(str.split, lines)}


def _same(one: Planned, commit: str) -> bool:
    """Whether an experiment that was recorded has these parameters, today's code, and today's data."""
    theirs = params.parsed(_git("show", f"{commit}:params.yaml"))
    lock = yaml.safe_load(_git("show", f"{commit}:dvc.lock"))
    ours: dict[str, Any] = yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))
    upstream = ("prepare", "annotate", "clean", "align")
    return (
        theirs == one.params
        and not _git("diff", "--name-only", commit, "--", "src", "dvc.yaml", "prompts").strip()
        and all(lock["stages"].get(stage) == ours["stages"].get(stage) for stage in upstream)
    )


def _show(planned: Sequence[Planned]) -> None:
    """Every experiment's score on test."""
    recorded = _recorded()
    table = Table("experiment", title="Strict F1 on test, mean ± std over seeds", box=None, title_justify="left")
    for name in ("seeds", "F1", "±"):
        table.add_column(name, justify="right")
    for one in planned:
        metrics = json.loads(_git("show", f"{recorded[one.name]}:metrics/evaluate.json"))
        std = metrics["f1_std"]
        seeds = str(len(one.params.train.seeds))
        table.add_row(one.name, seeds, f"{metrics['f1']:.3f}", "" if std is None else f"{std:.3f}")
    console = Console()
    console.print(table)
    console.print("See `dvc exp show`; `dvc exp apply NAME` brings one to the workspace.", highlight=False)
