"""What Git and DVC say of the clone, whatever signs a path has."""

import subprocess
from pathlib import Path

import pytest

from tests.init.workspace import commit_all, git
from tinyner.errors import UserError
from tinyner.init import project


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


@pytest.mark.parametrize(
    "name", ["a[b].csv", "*.csv", ":(top)a.csv", " a", "\u30ce.csv", "-a", '"a"', "a\nb", "!a", "#a"]
)
def test_a_path_stands_for_itself(name: str, folder: Path) -> None:
    (folder / "my").mkdir()
    path = Path("my") / name
    for other in (path, Path("my/other.csv"), Path("my/ab.csv"), Path(name)):
        other.write_text("text\n")
    git(folder, "add", "-A", "my/other.csv", "my/ab.csv")
    assert project.in_git([path]) == [path]
    assert (project.is_tracked(path), project.is_kept_out(path), project.is_held(path)) == (False, False, False)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    assert (project.is_tracked(path), project.is_held(path)) == (True, True)
    path.write_text("other\n")
    assert (project.is_changed(path), project.is_changed(Path("my/other.csv"))) == (True, False)


def test_texts_in_a_repository_within_this_one_stay_there(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "notes.csv").write_text("text\n")
    commit_all(inner)
    assert project.is_kept_out(Path("inner/notes.csv"))
    subprocess.run(["git", "add", "inner"], check=True, capture_output=True)
    assert project.is_kept_out(Path("inner/notes.csv"))


def test_the_rule_by_which_git_goes_is_named(folder: Path) -> None:
    (folder / "my").mkdir()
    (folder / "my/.gitignore").write_text("*.csv\n!n*.csv\n")
    for name in ("a.csv", "notes.csv", "b.txt"):
        (folder / "my" / name).write_text("text\n")
    rules = [project.rule_for(Path("my") / name) for name in ("a.csv", "notes.csv", "b.txt")]
    assert rules == ["my/.gitignore:1:*.csv", "my/.gitignore:2:!n*.csv", ""]


def test_a_link_is_a_file_of_the_clone_and_so_is_what_it_leads_to(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "real.csv", tmp_path / "away.csv"):
        path.write_text("text\n")
    (folder / "my").mkdir()
    (folder / "my/link.csv").symlink_to("../real.csv")
    (folder / "my/away.csv").symlink_to(tmp_path / "away.csv")
    assert project.places(Path("my/link.csv")) == [Path("my/link.csv"), Path("real.csv")]
    assert project.places(tmp_path / "clone/my/../my/away.csv") == [Path("my/away.csv")]
    assert project.places(tmp_path / "away.csv") == project.places(Path()) == project.places(Path("..")) == []
    assert project.places(Path("my/..")) == []
    assert project.places(Path("my/")) == [Path("my")]
