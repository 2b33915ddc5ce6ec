"""A small clone in which ``tinyner init`` works, and files of a user who has texts about medicine."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tinyner.init import changes, look, material, parameters, plan, writing
from tinyner.init.changes import Changes
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.params import read_yaml

TYPES = "DRUG (medicine): a substance given to a patient; DOSE: how much of it; ROUTE"
_DRUGS = ("aspirin", "warfarin", "ibuprofen", "heparin")
_DOSES = ("5 mg", "two tablets", "500 ml")


def clone(folder: Path) -> Path:
    """Make a Git repository of what ``tinyner init`` needs of this one."""
    folder.mkdir(parents=True)
    for name in (
        "params.yaml",
        "dvc.yaml",
        ".dvc/config",
        ".dvc/.gitignore",
        ".gitignore",
        ".dvcignore",
        "data/own/README.md",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    for name in ("prompts", "recipes"):
        shutil.copytree(ROOT / name, folder / name)
    commit_all(folder)
    return folder


def commit_all(folder: Path) -> None:
    """Make a folder a Git repository that has all its files."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.email", "someone@example.org")
    git(folder, "config", "user.name", "Someone")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "clone")


def git(folder: Path, *words: str) -> str:
    return subprocess.run(("git", *words), cwd=folder, capture_output=True, text=True, check=True).stdout


def would_be_added(folder: Path) -> list[str]:
    """The files that `git add -A` would add."""
    lines = git(folder, "add", "-A", "--dry-run").splitlines()
    return sorted(line.removeprefix("add ").strip("'") for line in lines)


def params_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml((folder / "params.yaml").read_text())
    return content


def texts(count: int) -> list[str]:
    """Texts about medicine, each another."""
    patterns = (
        "Patient {index} was given {dose} of {drug} yesterday.",
        "On day {index} the {drug} was stopped.",
        "Patient {index} needs nothing.",
    )
    return [
        patterns[index % 3].format(index=index, drug=_DRUGS[index % 4], dose=_DOSES[index % 5 % 3])
        for index in range(count)
    ]


def labelled(count: int, *, first: int = 1000) -> list[dict[str, Any]]:
    """Rows of doccano's export, each with another text."""
    names = {**dict.fromkeys(_DRUGS, "DRUG"), **dict.fromkeys(_DOSES, "DOSE")}
    rows = []
    for index, text in enumerate(texts(first + count)[first:]):
        places = [(text.find(part), part) for part in names if part in text]
        rows.append(
            {"id": index, "text": text, "label": [[start, start + len(part), names[part]] for start, part in places]}
        )
    return rows


def write_csv(path: Path, rows: list[str]) -> Path:
    path.write_text("id,text\n" + "".join(f'n{index},"{text}"\n' for index, text in enumerate(rows)))
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def planned(options: Options, scratch: Path) -> Plan:
    """What ``tinyner init`` would make of files, in the clone that is the current folder."""
    text = Path("params.yaml").read_text()
    looker = look.Looker(options, parameters.prepare_of(text, options.changes), scratch)
    return plan.make(material.of_files(looker.look(), options, 42), options, text)


def init(options: Options, scratch: Path, *sources: Path) -> Changes:
    """Write what ``tinyner init`` would; ``sources`` as ``changes.changes`` has them."""
    what = changes.changes(planned(options, scratch), options, sources)
    writing.write(what, options)
    return what
