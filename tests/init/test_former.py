"""The project before: what nothing uses any more is named, and goes by --force if it can be had back."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.workspace import git, init, labelled, planned, texts, write_csv, write_jsonl
from tinyner.init import changes
from tinyner.init.options import Options
from tinyner.prepare import init_record


@pytest.fixture
def other(options: Options, tmp_path: Path) -> Options:
    """Options for other sentences."""
    return replace(options, sentences=str(write_csv(tmp_path / "letters.csv", texts(30))), force=True)


def test_what_no_commit_has_stays(folder: Path, options: Options, other: Options, tmp_path: Path) -> None:
    init(options, tmp_path)
    assert changes.changes(planned(options, tmp_path), options, []).left == {}
    what = changes.changes(planned(other, tmp_path), other, [])
    assert what.cleared == []
    assert what.left == {
        Path("data/own/notes.csv"): "neither a commit nor DVC's cache has it",
        Path("prompts/notes.jsonl"): "no commit has it",
    }


def test_what_a_commit_has_goes_by_force(folder: Path, options: Options, other: Options, tmp_path: Path) -> None:
    init(options, tmp_path)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "notes")
    cautious = replace(other, force=False)
    what = changes.changes(planned(cautious, tmp_path), cautious, [])
    assert what.left == dict.fromkeys([Path("data/own/notes.csv"), Path("prompts/notes.jsonl")], "--force removes it")
    (folder / "prompts/notes.jsonl").write_text("{}\n")
    what = init(other, tmp_path)
    assert what.cleared == [Path("data/own/notes.csv")]
    assert what.left == {Path("prompts/notes.jsonl"): "it has changed since init wrote it"}
    assert not (folder / "data/own/notes.csv").exists()
    assert (folder / "prompts/notes.jsonl").exists()
    record = init_record.load(Path("data/own"))
    assert "data/own/notes.csv" not in record.written
    assert "data/own/letters.csv" in record.written


def test_files_of_the_user_stay(folder: Path, options: Options, other: Options, tmp_path: Path) -> None:
    write_csv(folder / "data/own/mine.csv", texts(40))
    (folder / "prompts/mine.jsonl").write_bytes(b"\n")  # the bytes that init would write
    mine = Options(sentences="data/own/mine.csv", types=options.types, in_git=True)
    init(mine, tmp_path)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "mine")
    what = init(other, tmp_path)
    assert (what.cleared, what.left) == ([], {Path("data/own/mine.csv"): "init did not write it"})
    assert (folder / "prompts/mine.jsonl").exists()


def test_what_the_new_project_uses_stays(folder: Path, options: Options, other: Options, tmp_path: Path) -> None:
    init(options, tmp_path)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "notes")
    related = replace(other, changes={"prepare.related": "data/own/notes.csv"})
    assert changes.changes(planned(related, tmp_path), related, []).cleared == [Path("prompts/notes.jsonl")]


def test_the_files_that_are_read_are_noted_down(folder: Path, options: Options, tmp_path: Path) -> None:
    source = write_jsonl(folder / "data/own/labelled.jsonl", labelled(40))
    options = replace(options, gold="data/own/labelled.jsonl")
    init(options, tmp_path, Path("data/own/labelled.jsonl"))
    record = init_record.load(Path("data/own"))
    assert list(record.read) == ["data/own/labelled.jsonl"]
    assert init_record.is_unchanged(source, record.read["data/own/labelled.jsonl"])
    assert sorted(record.written) == [
        *("data/own/notes.csv", "data/own/test.jsonl", "data/own/train.jsonl", "data/own/valid.jsonl"),
        "prompts/notes.jsonl",
    ]
