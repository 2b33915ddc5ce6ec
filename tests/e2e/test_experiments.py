"""Experiments of a study and branches: recorded as by DVC, and compared as they lie in git and DVC's cache."""

import csv
import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import commit, digests, dvc_json, metrics_of, ran, run, switch, undo_changes
from tinyner.files import load
from tinyner.runs.archive import read_archive

STUDY = "../study.yaml"  # beside the project, so that git sees no change


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """Make a project on main with the two experiments of a study, s-mix and s-E, and a branch with another commit."""
    folder = copy("experiments")
    (folder / STUDY).write_text(
        "base: {train.seeds: [2, 3]}\n"
        "experiments:\n"
        "  mix: {train.group: E, train.schedule.type: simple_mix}\n"
        "  E: {train.group: E}\n"
    )
    before = digests(folder)
    output = run(folder, "tinyner", "study", STUDY, "--prefix", "s-")
    assert "2 experiments of 4 students, 2 of them different; 1 were trained before, 1 to train" in output
    assert [line.split()[0] for line in output.splitlines() if line.strip().startswith("s-")] == ["s-mix", "s-E"]
    assert digests(folder) == before
    assert run(folder, "git", "status", "--short") == ""
    # No stage reads what its commit changes.
    run(folder, "git", "switch", "-qc", "mine")
    (folder / "src/tinyner/report/notes.py").write_text("# no stage reads this\n")
    commit(folder, "Notes")
    run(folder, "git", "switch", "-q", "main")
    return folder


def test_branches_and_experiments_side_by_side(project: Path, tmp_path: Path) -> None:
    before = (run(project, "git", "rev-parse", "HEAD"), digests(project))
    names = ["main", "mine", "s-mix", "s-E"]
    test = ["--significance", "s-mix", "main"]
    printed = run(project, "tinyner", "compare", *names, *test, "--format", "csv")
    rows = list(csv.DictReader(printed.splitlines()))
    assert [row["run"] for row in rows[:4]] == names
    assert [row["train.seeds"] for row in rows[:4]] == ["1, 2", "1, 2", "2, 3", "2, 3"]
    assert [row["train.schedule.type"] for row in rows[:4]] == ["group", "group", "simple_mix", "group"]
    metrics = metrics_of(project, "mine", "evaluate")
    assert float(rows[0]["f1"]) == float(rows[1]["f1"]) == metrics["f1"]
    assert float(rows[1]["f1_std"]) == metrics["f1_std"]
    for row in rows[2:4]:
        assert float(row["f1"]) == metrics_of(project, commit_of(project, row["run"]), "evaluate")["f1"]
    assert "between s-mix and main" in printed or "s-mix beats main" in printed or "main beats s-mix" in printed
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
    assert runs["s-mix"].predictions.keys() == {2, 3}
    outside = run(tmp_path, "tinyner", "compare", "main", "s-mix", "--from", str(file))
    assert [line.split()[0] for line in outside.splitlines() if line.startswith((" main", " s-mix"))][:2] == [
        "main",
        "s-mix",
    ]


@pytest.mark.long
def test_an_experiment_becomes_a_branch_or_the_workspace(project: Path) -> None:
    before = run(project, "git", "rev-parse", "main")
    changes = ["group=D", "schedule.type=power", "schedule.n=2", "lr_decay=0.95", "epochs=4"]
    options = [part for change in changes for part in ("-S", f"train.{change}")]
    assert ran(run(project, "dvc", "exp", "run", "-n", "slower", *options)) == ["train", "evaluate"]
    assert "train.lr_decay" in run(project, "dvc", "params", "diff")
    undo_changes(project)
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
    run(project, "dvc", "exp", "remove", "slower")


def test_without_names_it_is_the_experiments_of_this_commit(project: Path) -> None:
    printed = run(project, "tinyner", "compare", "--format", "markdown")
    rows = [line.split()[1] for line in printed.splitlines() if line.startswith("| ")]
    assert rows[2:] == ["s-mix", "s-E"]


def test_what_is_not_there_is_one_line(project: Path) -> None:
    assert (
        "tinyner: s-mxi: no experiment, branch, tag or commit here, nor in an archive given; did you mean s-mix"
        in run(project, "tinyner", "compare", "s-mxi", ok=False)
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
        assert run(project, "tinyner", "compare", "mine", "s-mix").count("s-mix") >= 1
        output = run(project, "tinyner", "compare", "mine", "s-mix", "--pairs", ok=False)
    finally:
        aside.rename(kept)
    assert (
        "tinyner: mine: data/prepared/test.jsonl is not in DVC's cache; get it from a remote with `dvc fetch" in output
    )
    assert "Traceback" not in output


def test_a_study_is_recorded_as_dvc_would_have(project: Path, tmp_path: Path) -> None:
    """After applying an experiment of the study nothing is left to run; a second study records nothing twice."""
    table = run(project, "dvc", "exp", "show", "--csv")
    assert all(f"\ns-{name}," in table for name in ("mix", "E"))
    assert table.startswith("Experiment,rev,typ,Created,parent,f1,f1_std,precision,recall,macro_f1,LOC")
    # A commit that changes nothing that was read makes no run another; nor does where a run is kept.
    archive = str(tmp_path / "study.jsonl.xz")
    assert "2 runs, " in run(project, "tinyner", "archive", "s-mix", "s-E", "-o", archive)
    run(project, "git", "switch", "-q", "mine")
    again = run(project, "tinyner", "study", STUDY, "--prefix", "s-")
    assert "2 of 2 experiments exist already" in again
    assert "recording" not in again
    run(project, "git", "switch", "-q", "main")
    run(project, "dvc", "exp", "remove", "s-E")
    by_archive = run(project, "tinyner", "study", STUDY, "--prefix", "s-", "--have", archive)
    assert by_archive.splitlines()[-5:] == again.splitlines()[-5:]
    clash = run(project, "tinyner", "study", STUDY, "--prefix", "s-", "-S", "train.lr=1e-4", ok=False)
    assert "tinyner: study: s-mix: recorded already, with other parameters" in clash
    run(project, "dvc", "exp", "apply", "s-mix")
    recorded = run(project, "git", "show", f"{commit_of(project, 's-mix')}:metrics/evaluate.json")
    assert json.loads((project / "metrics/evaluate.json").read_text()) == json.loads(recorded)
    assert [row["seed"] for row in json.loads(recorded)["seeds"]] == [2, 3]
    assert "Data and pipelines are up to date." in run(project, "dvc", "repro")
    undo_changes(project)
    # The same experiment by DVC alone: it finds the stage in its run cache, and gets the same metrics.
    options = ("-S", "train.group=E", "-S", "train.schedule.type=simple_mix", "-S", "train.seeds=[2, 3]")
    plain = run(project, "dvc", "exp", "run", "-n", "plain", *options)
    assert "Stage 'train' is cached - skipping run" in plain
    by_study, by_dvc = (
        {file: run(project, "git", "show", f"{name}:{file}") for file in ("params.yaml", "metrics/evaluate.json")}
        for name in (commit_of(project, "s-mix"), commit_of(project, "plain"))
    )
    assert by_study == by_dvc


def commit_of(project: Path, experiment: str) -> str:
    refs = run(project, "git", "for-each-ref", "--format=%(refname) %(objectname)", "refs/exps").splitlines()
    return next(line.split()[1] for line in refs if line.split()[0].endswith(f"/{experiment}"))


def test_a_name_on_several_commits(project: Path) -> None:
    """That on the current commit is meant; where there is none, the choices are named."""
    other = run(project, "git", "rev-parse", "mine").strip()
    experiment = commit_of(project, "s-mix")
    elsewhere = f"refs/exps/{other[:2]}/{other[2:]}/s-mix"
    run(project, "git", "update-ref", elsewhere, other)
    lines = run(project, "tinyner", "compare", "s-mix", experiment, "--format", "csv").splitlines()
    assert lines[1].split(",")[1:] == lines[2].split(",")[1:]
    run(project, "git", "commit", "-q", "--allow-empty", "-m", "later")
    output = run(project, "tinyner", "compare", "s-mix", ok=False)
    assert "tinyner: s-mix: experiments on 2 commits have this name; say which: refs/exps/" in output
    rows = csv.DictReader(run(project, "tinyner", "compare", elsewhere, experiment, "--format", "csv").splitlines())
    assert [row["train.seeds"] for row in rows] == ["1, 2", "2, 3"]
    run(project, "git", "update-ref", "-d", elsewhere)
    assert "s-mix" in run(project, "tinyner", "compare", "s-mix")
