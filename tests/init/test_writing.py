"""Writing a plan: nothing is lost without --force, all or nothing is written, texts stay out of Git."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.workspace import TYPES, clone, git, labelled, params_of, texts, would_be_added, write_csv, write_jsonl
from tinyner.errors import UserError
from tinyner.init import changes, look, material, parameters, plan, project, writing
from tinyner.init.options import Options
from tinyner.init.plan import Plan


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = clone(tmp_path / "clone")
    monkeypatch.chdir(made)
    return made


def planned(options: Options, scratch: Path) -> Plan:
    text = Path("params.yaml").read_text()
    looker = look.Looker(options, parameters.prepare_of(text, options.changes), scratch)
    return plan.make(material.of_files(looker.look(), options, 42), options, text)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    sentences = write_csv(tmp_path / "notes.csv", texts(50))
    gold = write_jsonl(tmp_path / "gold.jsonl", labelled(40))
    return Options(sentences=str(sentences), gold=str(gold), types=TYPES, in_git=True)


def test_what_is_written_again_changes_nothing(folder: Path, options: Options, tmp_path: Path) -> None:
    made = planned(options, tmp_path)
    what = changes.changes(made, options, [])
    assert (what.replaced, what.removed) == ([], [])
    writing.write(what, options)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "mine")
    again = planned(options, tmp_path)
    assert changes.changes(again, options, []).written == []
    assert again.params == made.params


def test_what_would_be_lost_is_named(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own/train.txt").write_text("Rosa B-PER\n")
    (folder / "data/own/notes.csv").write_text("text\nAnother\n")
    (folder / "params.yaml").write_text((folder / "params.yaml").read_text() + "# mine\n")
    made = planned(options, tmp_path)
    what = changes.changes(made, options, [])
    with pytest.raises(UserError) as caught:
        what.check(options)
    assert str(caught.value) == (
        "init: params.yaml, which has changes that Git does not hold, and data/own/notes.csv would be overwritten, "
        "data/own/train.txt would be removed (--gold data/own uses what is labelled there); "
        "commit or move what you need, and say --force"
    )
    forced = replace(options, force=True)
    what.check(forced)
    writing.write(what, forced)
    assert not (folder / "data/own/train.txt").exists()
    assert (folder / "data/own/train.jsonl").exists()
    assert (folder / "params.yaml").read_text().endswith("# mine\n")


@pytest.mark.slow
def test_where_dvc_fails_all_is_as_it_was(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own/valid.jsonl").write_text("{}\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a file of DVC's is in Git")
    git(folder, "config", "advice.detachedHead", "false")
    options = replace(options, in_git=False, force=True)
    made = planned(options, tmp_path)
    with pytest.raises(UserError, match=r"dvc add failed: ERROR: .*valid\.jsonl.* is already tracked by SCM"):
        writing.write(changes.changes(made, options, [Path(options.sentences)]), options)
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "data/own/valid.jsonl").read_text() == "{}\n"


@pytest.mark.slow
def test_texts_are_under_dvc_and_not_in_git(folder: Path, tmp_path: Path) -> None:
    for name in ("my notes.csv", "labelled [1].jsonl", "known.csv"):
        (folder / name).write_text("")
    write_csv(folder / "my notes.csv", texts(50))
    write_jsonl(folder / "labelled [1].jsonl", labelled(40))
    options = Options(sentences="my notes.csv", gold="labelled [1].jsonl", types=TYPES)
    made = planned(options, tmp_path)
    sources = [options.sentences, options.gold or ""]
    what = changes.changes(made, options, sources)
    assert list(map(str, what.ignored)) == sources
    writing.write(what, options)
    data = ("my notes.csv", "train.jsonl", "valid.jsonl", "test.jsonl")
    assert would_be_added(folder) == sorted(
        [
            *(".gitignore", "data/own/.gitignore", "known.csv", "params.yaml", "prompts/my-notes.jsonl"),
            *(f"data/own/{name}.dvc" for name in data),
        ]
    )
    assert params_of(folder)["prepare"]["target"] == "data/own/my notes.csv"
    # Nor are files that come later, unless DVC has them.
    before = would_be_added(folder)
    (folder / "data/own/reviewed").mkdir()
    for name in ("new.txt", "later.jsonl", "reviewed/more.csv"):
        (folder / "data/own" / name).write_text("Rosa has a name.\n")
    assert would_be_added(folder) == before
    project.dvc("add", "data/own/later.jsonl", "data/own/reviewed/more.csv")
    assert set(would_be_added(folder)) - set(before) == {
        "data/own/later.jsonl.dvc",
        "data/own/reviewed/more.csv.dvc",
    }
    project.dvc("remove", "data/own/later.jsonl.dvc", "data/own/reviewed/more.csv.dvc")
    # Under Git after all: DVC lets go of them.
    options = replace(options, in_git=True, force=True)
    writing.write(changes.changes(made, options, sources), options)
    assert set(would_be_added(folder)) >= {f"data/own/{name}" for name in data}
    assert not list((folder / "data/own").glob("*.dvc"))
    assert "data/own/new.txt" in would_be_added(folder)


def test_what_git_has_already_is_said(folder: Path, tmp_path: Path) -> None:
    write_csv(folder / "notes.csv", texts(50))
    git(folder, "add", "notes.csv")
    options = Options(sentences="notes.csv", types=TYPES)
    assert list(map(str, changes.changes(planned(options, tmp_path), options, ["notes.csv"]).tracked)) == ["notes.csv"]


def test_what_the_project_before_leaves_is_named(folder: Path, options: Options, tmp_path: Path) -> None:
    made = planned(options, tmp_path)
    writing.write(changes.changes(made, options, []), options)
    assert changes.changes(made, options, []).left == []
    other = replace(options, sentences=str(write_csv(tmp_path / "letters.csv", texts(30))))
    left = changes.changes(planned(other, tmp_path), other, []).left
    assert left == [Path("data/own/notes.csv"), Path("prompts/notes.jsonl")]


def test_an_empty_file_of_examples_is_no_loss(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "prompts/notes.jsonl").write_text("\n")
    assert changes.changes(planned(options, tmp_path), options, []).replaced == []


def test_the_clones_own_examples_are_no_texts_of_the_user(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "examples").mkdir()
    write_csv(folder / "examples/notes.csv", texts(50))
    git(folder, "add", "examples")
    options = replace(options, in_git=False)
    what = changes.changes(planned(options, tmp_path), options, ["examples/notes.csv"])
    assert (what.tracked, what.ignored) == ([], [])


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("dvc.yaml", "is no clone of tinyner: it has no dvc.yaml; run this at a clone's root"),
        (".dvc", "is no clone of tinyner: it has no .dvc; "),
        (".git", "is no Git repository, which DVC needs; clone tinyner with git, or run git init"),
    ],
)
def test_another_folder_is_no_clone(missing: str, message: str, folder: Path) -> None:
    project.check_clone()
    (folder / missing).rename(folder.parent / "away")
    with pytest.raises(UserError) as caught:
        project.check_clone()
    assert message in str(caught.value)


def test_a_clone_in_another_repository_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(folder.parent, "init", "-q")
    (folder / ".git").rename(folder.parent / "away")
    with pytest.raises(UserError, match="lies in the Git repository"):
        project.check_clone()


def test_remotes_are_read_from_dvcs_configuration(folder: Path) -> None:
    assert project.remotes() == []
    (folder / ".dvc/config.local").write_text("['remote \"store\"']\n    url = s3://bucket/path\n")
    assert project.remotes() == ["store (s3://bucket/path)"]
