"""Runs read out of a repository of git and DVC: what is there, and what can't be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tinyner.params import Params
from tinyner.revisions import Source
from tinyner.rows import write_json, write_rows

TEST = [{"id": f"t{number}", "words": ["Ann", "sings"], "tags": ["B-PER", "O"]} for number in range(3)]


def said(folder: Path, *arguments: str, code: int = 2, **variables: str) -> str:
    """What a `tinyner` command prints."""
    words = [sys.executable, "-m", "tinyner.cli", *arguments]
    environment = {**os.environ, **variables}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of git and DVC without a commit."""
    folder = tmp_path_factory.mktemp("empty")
    for words in (["git", "init", "-q", "-b", "main"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory, knobs: Params) -> Path:
    """A repository whose one commit has a version of params.yaml with other keys, and no training curves."""
    folder = tmp_path_factory.mktemp("older")
    content = knobs.model_dump(mode="json")
    del content["train"]["vote_weights"]
    content["train"]["forgotten"] = 1
    folder.joinpath("params.yaml").write_text(yaml.safe_dump(content))
    folder.joinpath("src").mkdir()
    folder.joinpath("src/one.py").touch()
    write_rows(folder / "data/prepared/test.jsonl", TEST)
    for seed in content["train"]["seeds"]:
        write_rows(folder / f"predictions/seed_{seed}.jsonl", [{"id": row["id"], "tags": row["tags"]} for row in TEST])
    score = dict.fromkeys(("precision", "recall", "f1", "precision_std", "recall_std", "f1_std"), 0.5)
    rows = [{"of": of, "support": 3, **score} for of in ("micro", "macro", "PER")]
    write_json(folder / "metrics/evaluate.json", {"f1": 0.5, "summary": rows, "seeds": [{"seed": 1}, {"seed": 2}]})
    git = ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    dvc = [sys.executable, "-m", "dvc"]
    for words in (
        [*git, "init", "-qb", "main"],
        [*dvc, "init", "-q"],
        [*git, "add", "-A"],
        [*git, "commit", "-qm", "x"],
    ):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder


def test_a_revision_with_other_keys_and_without_curves(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(older)
    run = Source().find("main").whole()
    assert run.knobs["train"]["forgotten"] == 1
    assert run.curves == []
    assert run.predictions == {seed: [row["tags"] for row in TEST] for seed in (1, 2)}
    assert "no difference shown between main and workspace" in said(
        older, "compare", "main", "workspace", "--proof", "main", "workspace", code=0
    )
    assert "1 runs" in said(older, "archive", "main", "-o", str(tmp_path / "one.jsonl.xz"), code=0)
