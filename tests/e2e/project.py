"""Make a small project: this repository's files and a slice of the real data; run commands in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests import in_process
from tests.conftest import ROOT, write_first_layer
from tests.conll import conll_2003
from tests.init.workspace import commit_all
from tinyner.params import read_yaml
from tinyner.prepare.ranking import ranked
from tinyner.rows import Sentence

TYPES = ["LOC", "MISC", "ORG", "PER"]
STUDENT = "../student"  # beside the project, so that git need not keep it
SIZES = {"target_size": 24, "original_size": 20, "related_size": 16}
SMALL = {
    "prepare": {"corpus": "data/own", "student": STUDENT, **SIZES},
    "train": {"epochs": 2, "dev_size": 12, "lr": 1.0e-3},
}
# Timings, which differ from run to run.
TIMED = {"metrics/speed.json"}


def stores(project: Path) -> dict[str, str]:
    """Return the environment variables of a project's replies and cells, and of how many processes train at once.

    In a single process torch is imported once for all seeds.
    """
    folders = {"TINYNER_REPLIES": "replies", "TINYNER_CELLS": "cells"}
    return {name: str(project.parent / folder) for name, folder in folders.items()} | {"TINYNER_WORKERS": "1"}


def run(project: Path, *command: str, ok: bool = True, **variables: str) -> str:
    """Run a command in a project as a user would, and return what it printed to both streams.

    ``tinyner`` runs in this process.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "COLUMNS": "200", **stores(project), **variables}
    program, *words = command
    if program == "tinyner":
        done = in_process.command(project, *words, **variables)
    else:
        environment = {**os.environ, **variables}
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert (done.returncode == 0) is ok, output
    return output


def run_stage(project: Path, name: str) -> tuple[int, str]:
    """Run a stage in this process; return its exit code and what it printed."""
    done = in_process.stage(project, name, COLUMNS="200", **stores(project))
    return done.returncode, done.stdout + done.stderr


def ran(output: str) -> list[str]:
    """Return the stages that DVC ran, by its output."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def change(project: Path, **values: object) -> None:
    """Edit params.yaml; ``__`` in a key is a dot."""
    path = project / "params.yaml"
    params = read_yaml(path.read_text())
    for key, value in values.items():
        *section_names, name = key.split("__")
        section = params
        for section_name in section_names:
            section = section[section_name]
        section[name] = value
    path.write_text(yaml.safe_dump(params))


def commit(project: Path, message: str) -> None:
    run(project, "git", "add", "-A")
    run(project, "git", "commit", "-qm", message)


def switch(project: Path, *branch: str) -> None:
    run(project, "git", "switch", "-q", *branch)
    run(project, "dvc", "checkout", "-q")


def undo_changes(project: Path) -> None:
    """Undo what was not committed."""
    run(project, "git", "checkout", "-q", "--", ".")
    run(project, "dvc", "checkout", "-q")


def dvc_json(project: Path, *command: str) -> Any:
    return json.loads(run(project, "dvc", *command, "--json"))


def metrics_of(project: Path, revision: str, stage: str) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads(run(project, "git", "show", f"{revision}:metrics/{stage}.json"))
    return metrics


def write_conll(path: Path, sentences: Sequence[Sentence]) -> None:
    blocks = ["\n".join(map(" ".join, zip(row["words"], row["tags"], strict=True))) for row in sentences]
    path.write_text("\n\n".join(blocks))


def clone(folder: Path) -> Path:
    """Make a git repository with this one's files and a slice of the real data as its corpus; a student beside it.

    Files that no stage needs are left out: git and DVC would look through them at each call.
    """
    copy_files(folder, "docs/", "results/", "tests/")
    (folder / "dvc.lock").unlink(missing_ok=True)
    shutil.rmtree(folder / "metrics", ignore_errors=True)
    write_conll(folder / "data/own/train.txt", ranked(conll_2003("train"), 42)[:44])  # these have recorded replies
    write_conll(folder / "data/own/valid.txt", conll_2003("valid")[:20])
    write_conll(folder / "data/own/test.txt", conll_2003("test")[:60])
    write_first_layer(folder / STUDENT)
    params = read_yaml((folder / "params.yaml").read_text())
    for section, values in SMALL.items():
        params[section] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.email", "someone@example.org")
    run(folder, "git", "config", "user.name", "Someone")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "small")
    return folder


def copy_files(folder: Path, *left_out: str) -> None:
    """Copy this repository's files into a folder, but for those whose names begin with one of these."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file() and not name.startswith(left_out):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def clone_of_this(folder: Path, *left_out: str) -> Path:
    """Make a clone of this repository, code included, as DVC wants it, but for what begins with one of these names."""
    copy_files(folder, *left_out)
    (folder / "data/recorded").mkdir(exist_ok=True)
    commit_all(folder)
    return folder


def rows_of(path: Path) -> list[Any]:
    """Return the rows of a file as it lies there: stages that DVC did not start write what its lock does not have."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def digests(project: Path) -> dict[str, str]:
    """Return the sha256 of every output by name, files of timings aside."""
    folders = ("data", "metrics", "models", "plots", "predictions")
    files = sorted(path for folder in folders for path in (project / folder).rglob("*") if path.is_file())
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if str(path.relative_to(project)) not in TIMED
    }
