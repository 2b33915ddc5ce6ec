"""Branches and experiments compared as they lie in git and DVC's cache: nothing is checked out."""

import csv
from pathlib import Path

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import commit, digests, dvc_json, metrics_of, ran, run, switch, undo_changes
from tinyner.files import load
from tinyner.runs.archive import read_archive


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """Make a project on main with two experiments and a branch with another parameter."""
    folder = copy("compare")
    run(folder, "git", "switch", "-qc", "mine")
    changes = ["group=D", "schedule.type=power", "schedule.n=2", "lr_decay=0.95", "epochs=4"]
    options = [part for change in changes for part in ("-S", f"train.{change}")]
    assert ran(run(folder, "dvc", "exp", "run", "-n", "slower", *options)) == ["train", "evaluate"]
    assert "train.lr_decay" in run(folder, "dvc", "params", "diff")
    commit(folder, "another rate")
    run(folder, "git", "switch", "-q", "main")
    run(folder, "dvc", "checkout", "-q")
    run(folder, "dvc", "exp", "run", "--temp", "-n", "mixed", "-S", "train.group=D", "-S", "train.epochs=1")
    return folder


def test_branches_and_experiments_side_by_side(project: Path, tmp_path: Path) -> None:
    before = (run(project, "git", "rev-parse", "HEAD"), digests(project))
    names = ["main", "mine", "slower", "mixed"]
    test = ["--significance", "mixed", "main"]
    printed = run(project, "tinyner", "compare", *names, *test, "--format", "csv")
    rows = list(csv.DictReader(printed.splitlines()))
    assert [row["run"] for row in rows[:4]] == names
    assert [row["train.lr_decay"] for row in rows[:4]] == ["1", "0.95", "0.95", "1"]
    assert [row["train.group"] for row in rows[:4]] == ["E", "D", "D", "D"]
    metrics = metrics_of(project, "mine", "evaluate")
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
    assert len(runs["mine"].curves) == 8
    outside = run(tmp_path, "tinyner", "compare", "main", "mixed", "--from", str(file))
    assert [line.split()[0] for line in outside.splitlines() if line.startswith((" main", " mixed"))][:2] == [
        "main",
        "mixed",
    ]


@pytest.mark.long
def test_an_experiment_becomes_a_branch_or_the_workspace(project: Path) -> None:
    before = run(project, "git", "rev-parse", "main")
    table = run(project, "dvc", "exp", "show", "--only-changed", "--csv")
    assert "slower" in table
    assert "train.epochs" in table.splitlines()[0]

    assert "Git branch 'four-epochs' has been created" in run(project, "dvc", "exp", "branch", "slower", "four-epochs")
    assert run(project, "git", "rev-parse", "four-epochs~1") == before
    switch(project, "four-epochs")
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro")
    with (project / "plots/curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row["distilled_share"]) for row in rows] == pytest.approx([1, 8 / 9, 5 / 9, 0])
    with (project / "plots/curves_by_seed.csv").open() as file:
        rates = [float(row["lr"]) for row in csv.DictReader(file)]
    assert rates == pytest.approx([1e-3 * 0.95**epoch for epoch in range(4)] * 2)
    difference = dvc_json(project, "metrics", "diff", "--all", "main", "four-epochs")
    new = difference["metrics/evaluate.json"]["f1"]["new"]
    assert new == metrics_of(project, "four-epochs", "evaluate")["f1"]
    switch(project, "main")

    run(project, "dvc", "exp", "apply", "slower")
    assert {"params.yaml", "metrics/evaluate.json"} <= set(run(project, "git", "diff", "--name-only").split())
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro")
    undo_changes(project)
    assert run(project, "git", "status", "--short") == ""


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
