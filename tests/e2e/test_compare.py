"""Branches and experiments compared as they lie in git and DVC's cache: nothing is checked out."""

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import digests, run
from tinyner.files import load
from tinyner.runs.archive import read_archive


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """Make a project on main with two experiments and a branch with another parameter."""
    folder = copy("compare")
    run(folder, "git", "switch", "-qc", "mine")
    run(folder, "dvc", "exp", "run", "-n", "slower", "-S", "train.lr_decay=0.95")
    _commit(folder, "another rate")
    run(folder, "git", "switch", "-q", "main")
    run(folder, "dvc", "checkout", "-q")
    run(folder, "dvc", "exp", "run", "--temp", "-n", "mixed", "-S", "train.group=D", "-S", "train.epochs=1")
    return folder


def _commit(folder: Path, message: str) -> None:
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", message)


def test_branches_and_experiments_side_by_side(project: Path, tmp_path: Path) -> None:
    before = (run(project, "git", "rev-parse", "HEAD"), digests(project))
    names = ["main", "mine", "slower", "mixed"]
    test = ["--significance", "mixed", "main"]
    printed = run(project, "tinyner", "compare", *names, *test, "--format", "csv")
    rows = list(csv.DictReader(printed.splitlines()))
    assert [row["run"] for row in rows[:4]] == names
    assert [row["train.lr_decay"] for row in rows[:4]] == ["1", "0.95", "0.95", "1"]
    assert [row["train.group"] for row in rows[:4]] == ["E", "E", "E", "D"]
    metrics = json.loads(run(project, "git", "show", "mine:metrics/evaluate.json"))
    assert float(rows[1]["f1"]) == float(rows[2]["f1"]) == metrics["f1"]
    assert float(rows[1]["f1_std"]) == metrics["f1_std"]
    assert "between mixed and main" in printed or "mixed beats main" in printed or "main beats mixed" in printed
    assert (run(project, "git", "rev-parse", "HEAD"), digests(project)) == before
    assert run(project, "git", "status", "--short") == ""

    file = tmp_path / "runs.jsonl.xz"
    assert f"{file}: 4 runs" in run(project, "tinyner", "archive", *names, "-o", str(file))
    archived = run(project, "tinyner", "compare", "--from", str(file), *test, "--format", "csv", *names)
    assert archived == printed
    runs = read_archive(file)
    assert list(runs) == names
    assert runs["main"].predictions[2] == [row["tags"] for row in load(project / "predictions/seed_2.jsonl")]
    assert len(runs["mine"].curves) == 4
    outside = run(tmp_path, "tinyner", "compare", "main", "mixed", "--from", str(file))
    assert [line.split()[0] for line in outside.splitlines() if line.startswith((" main", " mixed"))][:2] == [
        "main",
        "mixed",
    ]


def test_without_names_it_is_the_experiments_of_this_commit(project: Path) -> None:
    printed = run(project, "tinyner", "compare", "--format", "markdown")
    rows = [line.split()[1] for line in printed.splitlines() if line.startswith("| ")]
    assert rows[2:] == ["slower", "mixed"]


def test_what_is_not_there_is_one_line(project: Path) -> None:
    assert (
        "tinyner: mxied: no experiment, branch, tag or commit here, nor in an archive given; did you mean mixed"
        in run(project, "tinyner", "compare", "mxied", ok=False)
    )
    first = run(project, "git", "rev-list", "--max-parents=0", "HEAD").strip()
    assert f"tinyner: {first}: has no metrics/evaluate.json; run `dvc repro evaluate` on {first}, commit it" in run(
        project, "tinyner", "compare", first, ok=False
    )
    table = run(project, "tinyner", "compare", "--table", "2", ok=False)
    assert "tinyner: none of the experiments of table2 is here; make them: `tinyner study table2`" in table


def test_predictions_that_are_not_kept(project: Path, tmp_path: Path) -> None:
    kept = project / ".dvc/cache/files/md5"
    aside = tmp_path / "md5"
    kept.rename(aside)
    try:
        assert run(project, "tinyner", "compare", "mine", "mixed").count("mixed") >= 1
        output = run(project, "tinyner", "compare", "mine", "mixed", "--pairs", ok=False)
    finally:
        aside.rename(kept)
    assert (
        "tinyner: mine: data/prepared/test.jsonl is not in DVC's cache; get it from a remote with `dvc fetch" in output
    )
    assert "Traceback" not in output


def test_a_name_on_several_commits(project: Path) -> None:
    """That on the current commit is meant; where there is none, the choices are named."""
    head, other = (run(project, "git", "rev-parse", name).strip() for name in ("main", "mine"))
    experiment = run(project, "git", "rev-parse", f"refs/exps/{head[:2]}/{head[2:]}/mixed").strip()
    elsewhere = f"refs/exps/{other[:2]}/{other[2:]}/mixed"
    run(project, "git", "update-ref", elsewhere, other)
    lines = run(project, "tinyner", "compare", "mixed", experiment, "--format", "csv").splitlines()
    assert lines[1].split(",")[1:] == lines[2].split(",")[1:]
    run(project, "git", "commit", "-q", "--allow-empty", "-m", "later")
    output = run(project, "tinyner", "compare", "mixed", ok=False)
    assert "tinyner: mixed: experiments on 2 commits have this name; say which: refs/exps/" in output
    assert "0.95" in run(project, "tinyner", "compare", elsewhere, "main")
    run(project, "git", "update-ref", "-d", elsewhere)
    assert "mixed" in run(project, "tinyner", "compare", "mixed")
