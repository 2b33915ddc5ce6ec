"""Writing a plan: all or nothing is written, texts stay out of Git, under DVC."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.workspace import (
    TYPES,
    git,
    init,
    labelled,
    params_of,
    planned,
    texts,
    would_be_added,
    write_csv,
    write_jsonl,
)
from tinyner.errors import UserError
from tinyner.init import changes, ignoring, project, writing
from tinyner.init.options import Options


def test_what_is_written_again_changes_nothing(folder: Path, options: Options, tmp_path: Path) -> None:
    what = changes.changes(planned(options, tmp_path), options, [])
    assert (what.replaced, what.removed) == ([], [])
    params = init(options, tmp_path).files.keys()
    assert Path("params.yaml") in params
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "mine")
    again = changes.changes(planned(options, tmp_path), options, [])
    assert (again.files, again.written, again.gone) == ({}, [], [])


def test_where_writing_fails_all_is_as_it_was(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own/test.jsonl").write_text("mine\n")
    options = replace(options, force=True)
    what = changes.changes(planned(options, tmp_path), options, [])
    assert what.moved == {Path("data/own/test.jsonl"): Path("data/own/test.before.jsonl")}
    (folder / "prompts/notes.jsonl").mkdir()  # since the look at it
    before = git(folder, "status", "--porcelain", "-uall")
    with pytest.raises(UserError, match=r"prompts/notes\.jsonl: can't be written: Is a directory; nothing is changed"):
        writing.write(what, options)
    assert git(folder, "status", "--porcelain", "-uall") == before
    assert (folder / "data/own/test.jsonl").read_text() == "mine\n"


@pytest.mark.slow
def test_where_dvc_fails_all_is_as_it_was(folder: Path, options: Options, tmp_path: Path) -> None:
    options = replace(options, in_git=False)
    what = changes.changes(planned(options, tmp_path), options, [])
    (folder / "data/own/valid.jsonl").write_text("{}\n")  # since the look at it
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a file of DVC's is in Git")
    with pytest.raises(UserError, match=r"dvc add failed: ERROR: .*valid\.jsonl.* is already tracked by SCM"):
        writing.write(what, options)
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "data/own/valid.jsonl").read_text() == "{}\n"


@pytest.mark.slow
def test_texts_are_under_dvc_and_not_in_git(folder: Path, tmp_path: Path) -> None:
    sources = [Path("my/notes #1 [a].csv"), Path("labelled?.jsonl ")]
    (folder / "my").mkdir()
    (folder / "data/own/crowd").mkdir()
    (folder / "known.csv").write_text("")
    write_csv(folder / sources[0], texts(50))
    write_jsonl(folder / sources[1], labelled(40))
    labels = "data/own/crowd/a #1.jsonl"
    write_jsonl(folder / labels, labelled(50, first=0))
    (folder / "data/own/kept.csv").write_text("text\n")
    (folder / "my/.gitignore").write_text("!*.csv")  # rules of the user's, by which Git would take texts
    (folder / "data/own/.gitignore").write_text("!kept.csv\n!train*\n")
    of_labels = {"annotate.annotators.claude.labels": labels, "annotate.annotator": "claude"}
    options = Options(sentences=str(sources[0]), gold=str(sources[1]), types=TYPES, changes=of_labels)
    what = init(options, tmp_path, *sources)
    assert what.ignored == sources
    assert what.others == [Path("data/own/kept.csv")]
    data = ("notes-1-a.csv", "train.jsonl", "valid.jsonl", "test.jsonl", "crowd/a #1.jsonl")
    added = would_be_added(folder)
    assert added == sorted(
        [
            *(".gitignore", "data/own/.gitignore", "data/own/.init.json", "data/own/kept.csv", "known.csv"),
            *("my/.gitignore", "params.yaml", "prompts/notes-1-a.jsonl"),
            *(f"data/own/{name}.dvc" for name in data),
        ]
    )
    assert {path for path in what.written if path.suffix == ".dvc"} == {Path(f"data/own/{name}.dvc") for name in data}
    assert list(ignoring.exposed(sources)) == [
        (
            Path("data/own/kept.csv"),
            "is let into Git by data/own/.gitignore:8:!kept.csv; take that line out if this has texts",
        )
    ]
    assert params_of(folder)["prepare"]["target"] == "data/own/notes-1-a.csv"
    # Nor are files that come later, unless DVC has them.
    (folder / "data/own/reviewed").mkdir()
    for name in ("new.txt", "later.jsonl", "reviewed/more.csv"):
        (folder / "data/own" / name).write_text("Rosa has a name.\n")
    assert would_be_added(folder) == added
    project.dvc("add", "data/own/later.jsonl", "data/own/reviewed/more.csv")
    assert set(would_be_added(folder)) - set(added) == {"data/own/later.jsonl.dvc", "data/own/reviewed/more.csv.dvc"}
    # Under Git after all: DVC lets go of what is the project's, and keeps the rest out of Git.
    what = init(replace(options, in_git=True), tmp_path, *sources)
    assert set(what.gone) == {Path(f"data/own/{name}.dvc") for name in data}
    added = would_be_added(folder)
    assert set(added) >= {"data/own/new.txt", *(f"data/own/{name}" for name in data)}
    assert not {"data/own/later.jsonl", "data/own/reviewed/more.csv"} & set(added)
    # And back: once Git has them, DVC can't.
    git(folder, "add", "-A")
    message = (
        r"data/own/train\.jsonl.* are in Git, and so can't be under DVC; `git rm --cached .*'data/own/crowd/a #1\."
    )
    with pytest.raises(UserError, match=message):
        changes.changes(planned(options, tmp_path), options, sources)
    git(folder, "rm", "-q", "--cached", *(f"data/own/{name}" for name in data))
    init(options, tmp_path, *sources)
    assert not {f"data/own/{name}" for name in data} & set(would_be_added(folder))


@pytest.mark.slow
def test_what_the_project_before_leaves_goes_if_dvc_or_a_commit_has_it(
    folder: Path, options: Options, tmp_path: Path
) -> None:
    options = replace(options, in_git=False)
    init(options, tmp_path)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "notes")
    other = Options(sentences=str(write_csv(tmp_path / "letters.csv", texts(30))), types=TYPES, force=True)
    (folder / "data/own/test.jsonl").write_text("mine\n")  # no longer what DVC has
    what = init(other, tmp_path)
    assert what.cleared == [Path("data/own/notes.csv"), Path("prompts/notes.jsonl")]
    assert what.left == {}
    assert sorted(path.name for path in (folder / "data/own").iterdir()) == [
        *(".gitignore", ".init.json", "README.md", "letters.csv", "letters.csv.dvc", "test.before.jsonl")
    ]
    assert (folder / "data/own/test.before.jsonl").read_text() == "mine\n"
    git(folder, "checkout", "-q", "HEAD", ".")  # and it can be had back
    project.dvc("checkout", "-q", "data/own/notes.csv.dvc", "data/own/train.jsonl.dvc", "data/own/test.jsonl.dvc")
    assert (folder / "data/own/notes.csv").read_text() == Path(options.sentences).read_text()
