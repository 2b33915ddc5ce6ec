"""Rules of .gitignore, asked of Git itself."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.init.workspace import git
from tinyner.init import ignoring, project

_NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda name: name not in (".", "..", ".git", ".gitignore")
)
_SIGNS = st.text(st.sampled_from(" #!*?[]\\\n\r\t.a-:\"'é"), min_size=1, max_size=6).filter(
    lambda name: name.strip(".")
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("repository")
    git(made, "init", "-q")
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=_SIGNS | _NAMES, in_folder=st.booleans())
def test_a_file_of_any_name_is_ignored(
    name: str, in_folder: bool, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    path = Path("my") / name if in_folder else Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("text\n")
    try:
        assert not project.is_kept_out(path)
        ignoring.FILE.write_bytes(ignoring.with_paths(b"*.pyc", Path(), [path]))
        assert project.is_kept_out(path)
    finally:
        path.unlink()
        ignoring.FILE.unlink(missing_ok=True)


def test_a_file_whose_name_is_no_utf_8_is_ignored(folder: Path) -> None:
    name = os.fsdecode(b"n\xf6tes \xff.csv")
    (folder / name).write_text("text\n")
    (folder / ".gitignore").write_bytes(b"# \xe9\n*.pyc")
    ignoring.FILE.write_bytes(ignoring.with_paths(ignoring.FILE.read_bytes(), Path(), [Path(name)]))
    assert project.is_kept_out(Path(name))
    assert ignoring.FILE.read_bytes().startswith(b"# \xe9\n*.pyc\n/n\xf6tes")


def test_a_folder_is_ignored_with_all_that_it_has(folder: Path) -> None:
    (folder / "my [data] ").mkdir()
    (folder / "my [data] /a.csv").write_text("text\n")
    ignoring.FILE.write_bytes(ignoring.with_paths(b"", Path(), [Path("my [data] ")]))
    assert project.is_kept_out(Path("my [data] "))


def test_rules_of_the_user_stay_in_data_own() -> None:
    before = b"# mine\n/later.csv\r\n"
    ignored = ignoring.of_own(before, [], ignored=True)
    assert ignored.endswith(before)
    assert ignoring.of_own(ignored, [], ignored=True) == ignored
    assert ignoring.of_own(ignored, [], ignored=False) == before


def test_the_nearest_rule_is_made_to_ignore_a_file(folder: Path) -> None:
    (folder / "my").mkdir()
    (folder / "my/.gitignore").write_text("!a.csv")
    for name in ("my/a.csv", "my/b.csv", "tracked.csv"):
        (folder / name).write_text("text\n")
    git(folder, "add", "tracked.csv")
    (folder / ".gitignore").write_text("/my/a.csv\n/my/b.csv\n")
    assert ignoring.make_sure([Path("my/a.csv"), Path("my/b.csv"), Path("tracked.csv")]) == [Path("my/.gitignore")]
    assert (folder / "my/.gitignore").read_text() == "!a.csv\n/a.csv\n"
    assert project.is_kept_out(Path("my/a.csv"))
    assert list(ignoring.exposed([Path("my/a.csv"), Path("tracked.csv")])) == [
        (Path("tracked.csv"), "is in Git: `git rm --cached tracked.csv` takes it out of later commits")
    ]
