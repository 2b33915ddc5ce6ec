"""Runs read out of a repository of git and DVC: what is there, and what can't be."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests.in_process import command

from tinyner.compare.query import Query, tables_of
from tinyner.errors import UserError
from tinyner.files import write_json, write_rows
from tinyner.params import Params
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.lookup import open_source
from tinyner.runs.repository import RepositorySource
from tinyner.runs.run import Origin
from tinyner.study.plans import table2

pytestmark = pytest.mark.slow

TEST = [{"id": f"t{number}", "words": ["Ann", "sings"], "tags": ["B-PER", "O"]} for number in range(3)]


def said(folder: Path, *arguments: str, code: int = 2, **variables: str) -> str:
    """Return what a `tinyner` command prints."""
    done = command(folder, *arguments, **variables)
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
def older(tmp_path_factory: pytest.TempPathFactory, params: Params) -> Path:
    """A repository whose one commit has a version of params.yaml with other keys than the workspace, and no curves."""
    folder = tmp_path_factory.mktemp("older")
    content = params.model_dump(mode="json")
    del content["train"]["vote_weights"]
    content["train"]["bbc_size"] = content["train"].pop("related_size")
    content["train"]["forgotten"] = 1
    folder.joinpath("params.yaml").write_text(yaml.safe_dump(content))
    folder.joinpath("src").mkdir()
    folder.joinpath("src/one.py").touch()
    write_rows(folder / "data/prepared/test.jsonl", TEST)
    for seed in content["train"]["seeds"]:
        write_rows(folder / f"predictions/seed_{seed}.jsonl", [{"id": row["id"], "tags": row["tags"]} for row in TEST])
    score = dict.fromkeys(("precision", "recall", "f1", "precision_std", "recall_std", "f1_std"), 0.5)
    rows = [{"of": of, "support": 3, **score} for of in ("micro", "macro", "PER")]
    write_json(
        folder / "metrics/evaluate.json",
        {"f1": 0.5, "summary": rows, "seeds": [{"seed": seed, "scores": rows} for seed in (1, 2)]},
    )
    git = ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    dvc = [sys.executable, "-m", "dvc"]
    for words in (
        [*git, "init", "-qb", "main"],
        [*dvc, "init", "-q"],
        [*git, "add", "-A"],
        [*git, "commit", "-qm", "x"],
    ):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    folder.joinpath("params.yaml").write_text(yaml.safe_dump(params.model_dump(mode="json")))
    return folder


def test_a_revision_with_other_keys_and_without_curves(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(older)
    run = RepositorySource().find("main")
    assert run.param("train.forgotten", int) == 1
    assert run.param("train.vote_weights", bool) is True
    assert "train.related_size" in run.params
    assert "train.bbc_size" not in run.params
    assert run.curves == []
    assert run.predictions == {seed: [row["tags"] for row in TEST] for seed in (1, 2)}
    assert "no difference shown between main and workspace" in said(
        older, "compare", "main", "workspace", "--significance", "main", "workspace", code=0
    )
    assert "1 run, " in said(older, "archive", "main", "-o", str(tmp_path / "one.jsonl.xz"), code=0)


def git(folder: Path, *words: str) -> str:
    """Return what git prints."""
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def locked(older: Path, tmp_path: Path) -> Path:
    """A clone with a dvc.lock, an experiment of the name ``mine`` on its first commit, and a tag ``A-decay``."""
    folder = tmp_path / "locked"
    shutil.copytree(older, folder)
    base = git(folder, "rev-parse", "HEAD")
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    git(folder, "add", "dvc.lock")
    git(folder, "-c", "user.name=Someone", "-c", "user.email=someone@example.org", "commit", "-qm", "lock")
    git(folder, "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/mine", "HEAD")
    git(folder, "update-ref", "refs/exps/stash", "HEAD")
    git(folder, "tag", "A-decay")
    return folder


def test_a_revision_without_gold_is_held_against_the_teachers_tags(
    older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits with the same test sentences and predictions, but other tags of the teacher."""
    folder = tmp_path / "without-gold"
    shutil.copytree(older, folder)
    monkeypatch.chdir(folder)
    stand_ins = [{"id": row["id"], "words": row["words"]} for row in TEST]
    write_rows(folder / "data/prepared/test.jsonl", stand_ins)
    content = json.loads((folder / "metrics/evaluate.json").read_text())
    write_rows(folder / "data/aligned/target.jsonl", [{**row, "spans": []} for row in TEST])
    assert said(folder, "archive", "workspace", "-o", "x.jsonl.xz") == (
        "tinyner: workspace: its scores are against gold, and its test set has no gold; make it again: `dvc repro`\n"
    )
    renamed = {"f1": "teacher_agreement", **{key: f"teacher_agreement_{key}" for key in ("summary", "seeds")}}
    write_json(folder / "metrics/evaluate.json", {renamed[key]: value for key, value in content.items()})
    for tag, examples in {"all": TEST, "two": TEST[1:]}.items():
        write_rows(folder / "data/aligned/target.jsonl", [{**row, "spans": []} for row in examples])
        git(folder, "add", "-A")
        git(folder, "-c", "user.name=Someone", "-c", "user.email=someone@example.org", "commit", "-qm", tag)
        git(folder, "tag", tag)
    runs = [RepositorySource().find(name) for name in ("all", "two", "workspace")]
    assert runs[0].test == runs[1].test
    assert runs[0].reference != runs[1].reference == runs[2].reference
    printed = said(folder, "compare", "all", "two", "workspace", code=0)
    assert "Not held against the same tags of the teacher, so not to be compared: all; two, workspace.\n" in printed
    assert "agreement with the teacher, not accuracy" in " ".join(printed.split())
    assert "*" not in printed
    printed = said(folder, "compare", "--significance", "two", "workspace", code=0)
    assert "points of agreement with the teacher, not accuracy" in printed
    assert "sentences, 95 % CI: agreement with the teacher, not accuracy" in " ".join(printed.split())
    assert "all and two: not held against the same tags" in said(folder, "compare", "--significance", "all", "two")
    assert "2 runs" in said(folder, "archive", "all", "two", "-o", "runs.jsonl.xz", code=0)
    assert [run.reference for run in read_archive(Path("runs.jsonl.xz")).values()] == [
        run.reference for run in runs[:2]
    ]


def test_an_archive_says_where_its_runs_come_from(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(locked)
    base, commit = git(locked, "rev-parse", "main~1"), git(locked, "rev-parse", "main")
    lock = hashlib.sha256(b"schema: '2.0'\n").hexdigest()
    params_now = (locked / "params.yaml").read_text()
    assert yaml.safe_load(params_now)["train"]["seeds"] == [1, 2]
    assert "3 runs" in said(locked, "archive", "mine", "main~1", "workspace", "-o", "runs.jsonl.xz", code=0)
    runs = read_archive(Path("runs.jsonl.xz"))
    assert runs["mine"].origin == Origin(commit=commit, baseline=base, lock=lock)
    assert runs["main~1"].origin == Origin(commit=base)
    assert runs["workspace"].origin == Origin(baseline=commit, lock=lock)


def test_what_is_not_typed_is_not_taken_from_elsewhere(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag A-decay is no run of the study that the archive has."""
    monkeypatch.chdir(locked)
    run = RepositorySource().find("main").renamed("A-fixed")
    sections = {**run.sections, "train": {**run.sections["train"], **nested("A-fixed")}}
    write_archive(Path("runs.jsonl.xz"), [replace(run, sections=sections)])
    query = Query(archives=["runs.jsonl.xz"], table="2")
    (table,) = tables_of(query, open_source(query.archives))
    assert any(note.startswith("Missing: B-fixed, C-fixed, D-fixed, E-fixed, A-decay, ") for note in table.notes)
    assert not any("Not from an archive" in note for note in table.notes)


def test_rows_that_are_not_from_an_archive_are_named(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(locked)
    write_archive(Path("runs.jsonl.xz"), [RepositorySource().find("main").renamed("mine")])
    source = open_source(["runs.jsonl.xz"])
    (rows,) = tables_of(Query(["mine", "main"]), source)
    assert rows.notes[-1] == "Not from an archive, but from this repository: main."
    rows, proof = tables_of(Query(["mine"], against="main"), source)[::2]
    assert not rows.notes
    assert proof.notes[-1] == "Not from an archive, but from this repository: main."
    assert not any(
        "Not from" in note for table in tables_of(Query(["main"]), RepositorySource()) for note in table.notes
    )
    printed = said(locked, "archive", "mine", "main", "--from", "runs.jsonl.xz", "-o", "both.jsonl.xz", code=0)
    assert printed.endswith("Not from an archive, but from this repository: main.\n")


def nested(name: str) -> dict[str, object]:
    """Return what an experiment of Table 2 sets in the section train."""
    changes = {key.removeprefix("train."): value for key, value in table2()[name].items()}
    schedule = {key.removeprefix("schedule."): changes.pop(key) for key in list(changes) if "." in key}
    return {**changes, "schedule": schedule}


@pytest.mark.parametrize("text", ["train: {lr: 2020-99-99}\n", "train: [1, 2\n", "\xff"])
def test_broken_params_of_a_revision_are_one_line(text: str, locked: Path) -> None:
    (locked / "params.yaml").write_bytes(text.encode("latin-1"))
    git(locked, "commit", "-qam", "broken")
    output = said(locked, "compare", "HEAD")
    assert output.startswith("tinyner: HEAD: params.yaml is not valid YAML: ")
    assert output.count("\n") == 1


def test_damaged_metrics_of_a_revision_are_one_line(locked: Path) -> None:
    content = json.loads((locked / "metrics/evaluate.json").read_text())
    del content["summary"][0]["precision"]
    write_json(locked / "metrics/evaluate.json", content)
    assert said(locked, "compare", "workspace") == (
        "tinyner: workspace: its metrics can't be read: evaluate.summary.0.precision: is missing; make them again: "
        "`dvc repro`\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "HEAD:params.yaml"], "HEAD:params.yaml: is no commit, but part of one; name a branch, tag"),
        (["compare", "HEAD:src"], "HEAD:src: is no commit, but part of one"),
        (["compare", "HEAD^{tree}"], "HEAD^{tree}: is no commit, but part of one"),
        (["compare", ""], "'' is no name of a run; for the files as they lie here say workspace"),
        (["compare", "--significance", "main", ""], "'' is no name of a run"),
        (["compare", "--table", "1", "--prefix", "x-"], "no experiment is recorded on this commit; name some runs"),
        (["compare", "main", "--prefix", "x-"], "--prefix x-: goes with --study, --table, or no names"),
        (["archive", "main", "--prefix", "x-", "-o", "x.jsonl.xz"], "--prefix x-: goes with --study, or no names"),
        (["compare", "main", "-o", "src"], "-o src: is a folder; name a file in it"),
        (["compare", "main", "-o", "params.yaml/x.txt"], "-o params.yaml/x.txt: can't be written: "),
        (["report", "main", "-o", "."], "-o .: is a folder; name a file in it"),
        (["report", "main", "-o", "params.yaml/x.html"], "-o params.yaml/x.html: can't be written: "),
        (["archive", "main", "-o", "params.yaml/x.jsonl.xz"], "-o params.yaml/x.jsonl.xz: can't be written: "),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], message: str, older: Path) -> None:
    output = said(older, *arguments)
    assert output.startswith(f"tinyner: {message}")
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize("columns", ["abc", "0", "-3"])
def test_columns_that_are_no_number(columns: str, older: Path) -> None:
    output = said(older, "compare", "main", COLUMNS=columns)
    assert output == (f"tinyner: COLUMNS={columns}: expected the width of the text in columns, e.g. COLUMNS=120\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare"], "git rev-parse failed: "),
        (["compare", "main"], "main: no experiment, branch, tag or commit here"),
        (["compare", "--table", "2"], "none of the experiments of table2 is here"),
        (["compare", "workspace"], "workspace: has no params.yaml"),
        (["report"], "workspace: has no params.yaml"),
        (["report", "main"], "main: no experiment, branch, tag or commit here"),
    ],
)
def test_before_the_first_commit(arguments: list[str], message: str, empty: Path) -> None:
    output = said(empty, *arguments)
    assert output.startswith(f"tinyner: {message}")
    assert len(output.splitlines()) == 1


def test_a_report_before_the_first_commit(older: Path, tmp_path: Path) -> None:
    for words in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    for name in ("data", "metrics", "predictions"):
        shutil.copytree(older / name, tmp_path / name)
    shutil.copyfile(older / "params.yaml", tmp_path / "params.yaml")
    assert "report.html: 1 run," in said(tmp_path, "report", code=0)


def test_a_damaged_copy_in_dvcs_cache_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file and of one in a folder, also where the workspace lacks them, and DVC reads its cache in their place."""
    monkeypatch.chdir(tmp_path)
    rows = [{"id": row["id"], "tags": row["tags"]} for row in TEST]
    write_rows(Path("data/prepared/test.jsonl"), TEST)
    write_rows(Path("predictions/seed_1.jsonl"), rows)
    outs = "[data/prepared/test.jsonl, predictions]"
    Path("dvc.yaml").write_text(f"stages: {{train: {{cmd: 'true', outs: {outs}}}}}")
    Path("params.yaml").write_text("train: {seeds: [1]}")
    git = ["git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    dvc = [sys.executable, "-m", "dvc"]
    for words in ([*git, "init", "-qb", "main"], [*dvc, "init", "-q"], [*dvc, "commit", "-f"], [*git, "add", "-A"]):
        subprocess.run(words, check=True, capture_output=True)
    subprocess.run([*git, "commit", "-qm", "x"], check=True, capture_output=True)
    for name in ("main", "workspace"):
        assert RepositorySource().find(name).predictions == {1: [["B-PER", "O"]] * 3}
    predictions = Path("predictions/seed_1.jsonl")
    predictions.write_bytes(predictions.read_bytes().replace(b"B-PER", b"B-ORG"))
    with pytest.raises(
        UserError, match=r"seed_1\.jsonl: is not what dvc\.lock has of stage train: .*`dvc commit train`"
    ):
        assert RepositorySource().find("workspace").predictions
    assert RepositorySource().find("main").predictions == {1: [["B-PER", "O"]] * 3}
    shutil.rmtree("predictions")
    assert RepositorySource().find("workspace").predictions == {1: [["B-PER", "O"]] * 3}
    for path in Path(".dvc/cache/files/md5").rglob("*"):
        if path.is_file() and b"B-PER" in path.read_bytes() and b"words" not in path.read_bytes():
            path.chmod(0o644)
            path.write_bytes(path.read_bytes().replace(b"B-PER", b"B-LOC"))
    for name in ("main", "workspace"):
        with pytest.raises(UserError, match=r"seed_1\.jsonl: its copy \S+ in DVC's cache is damaged"):
            assert RepositorySource().find(name).predictions
