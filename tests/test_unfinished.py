"""What killed processes left half made is removed by whoever comes next; what others make stays."""

import contextlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner import locks, unfinished
from tinyner.cli import run
from tinyner.errors import UserError
from tinyner.files import atomic, check_output
from tinyner.stage_lock import alone
from tinyner.unfinished import put_folder, scratch, unfinished_file

KILLED = """
import os, signal, sys
from pathlib import Path
from tinyner.files import atomic
from tinyner.unfinished import scratch
place = Path(sys.argv[2])
with scratch(place, ".made-") as folder, atomic(place / "out") as file:
    (folder / "half").write_bytes(b"ha")
    file.write(b"ha")
    file.flush()
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("ready", flush=True)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def killed(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, "killed", str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(names(folder)) == 3  # a file, a folder and its lock


@pytest.mark.slow
def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_there(tmp_path: Path) -> None:
    killed(tmp_path)
    with atomic(tmp_path / "other") as file:
        file.write(b"whole")
    with scratch(tmp_path, ".made-"):
        pass
    assert names(tmp_path) == ["other"]


@pytest.mark.parametrize("begin", [alone("stage", lambda: None), lambda: run(["migrate", "no.yaml"])])
def test_stages_and_commands_sweep_also_where_they_make_no_folder(
    begin: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a training that was killed just behind its last cell: the next run finds all trained."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "tinyner-0123abcd").mkdir()
    (tmp_path / "tinyner-0123abcd/ids.npy").touch()
    (tmp_path / "tinyner-0123abcd.lock").touch()
    (tmp_path / "tinyner-others").mkdir()
    with contextlib.suppress(UserError):
        begin()
    assert names(tmp_path) == ["tinyner-others"]


@pytest.mark.slow
def test_the_check_of_an_output_removes_it_too(tmp_path: Path) -> None:
    killed(tmp_path)
    check_output(tmp_path / "out")
    assert [name for name in names(tmp_path) if "out" in name] == []


@pytest.mark.slow
def test_what_another_process_makes_stays(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, "alive", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        with atomic(tmp_path / "out") as file, scratch(tmp_path, ".made-"):
            file.write(b"mine")
        assert (tmp_path / "out").read_bytes() == b"mine"
        assert len(names(tmp_path)) == 4
        other.communicate("")
    assert other.returncode == 0
    assert (tmp_path / "out").read_bytes() == b"ha"
    assert names(tmp_path) == ["out"]


def test_files_of_others_with_such_names_stay(tmp_path: Path) -> None:
    others = [".out.1234.tmp", ".out.deadbeef.tmp", "out.deadbeef.tinyner.tmp", ".made-x.lock", ".made-deadbeef"]
    for name in others:
        (tmp_path / name).write_bytes(b"")
    with atomic(tmp_path / "out"), scratch(tmp_path, ".made-"):
        pass
    assert names(tmp_path) == sorted([*others, "out"])


def test_where_there_are_no_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_lock", lambda descriptor, wait: (False, "no locks available"))
    left = tmp_path / ".out.deadbeef.tinyner.tmp"
    left.write_bytes(b"of somebody who may live")
    with atomic(tmp_path / "out") as file:
        file.write(b"whole")
    assert names(tmp_path) == [left.name, "out"]


def test_a_file_that_was_swept_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, tries = locks.hold, 0

    def swept(descriptor: int) -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            next(tmp_path.glob(".out.*")).unlink()
        return hold(descriptor)

    monkeypatch.setattr(locks, "hold", swept)
    with unfinished_file(tmp_path / "out") as file:
        file.write(b"whole")
    assert tries == 2
    assert (tmp_path / "out").read_bytes() == b"whole"
    assert names(tmp_path) == ["out"]


def test_an_error_names_the_file_that_could_not_be_written(tmp_path: Path) -> None:
    def write() -> None:
        with unfinished_file(tmp_path / "out"):
            raise OSError(28, "No space left on device")  # as a write does, without a name

    with pytest.raises(OSError, match="No space left") as caught:
        write()
    assert caught.value.filename == str(tmp_path / "out")
    assert names(tmp_path) == []


def test_a_folder_takes_the_place_of_another_one_or_leaves_it(tmp_path: Path) -> None:
    made, target = tmp_path / "made", tmp_path / "target"
    for folder in (made, target):
        folder.mkdir()
        (folder / "file").write_text(folder.name)
    put_folder(made, target, tmp_path / "before")
    assert (target / "file").read_text() == "made"
    assert (tmp_path / "before/file").read_text() == "target"
    with pytest.raises(FileNotFoundError):
        put_folder(made, target, tmp_path / "before2")
    assert (target / "file").read_text() == "made"


def test_nothing_else_makes_temporary_files() -> None:
    """A rule of its own: what is made elsewhere, nobody removes. An unlinked file is gone with its process."""
    importing = ("import tempfile", "from tempfile import")
    sources = {path.relative_to(ROOT / "src/tinyner").as_posix(): path for path in (ROOT / "src/tinyner").rglob("*.py")}
    users = {
        name
        for name, path in sources.items()
        if any(line.strip().startswith(importing) for line in path.read_text().splitlines())
    }
    assert users == {"unfinished.py", "predict/parquet_texts.py", "corpus_files/spool.py"}
    # These sweep by themselves, under the annotator's lock.
    named = {name for name, path in sources.items() if '.tmp"' in path.read_text()}
    assert named == {"unfinished.py", "train/store.py", "annotate/reply_log.py", "annotate/log_migration.py"}


@pytest.mark.parametrize("closes_first", [False, True])
def test_a_file_is_closed_before_its_name_changes_where_an_open_one_cant_be_renamed(
    closes_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where an open file can't be deleted either."""
    were_closed: list[bool] = []

    def seen(path: Path, change: Callable[..., Path | None], *arguments: Path) -> Path | None:
        were_closed.append(not any(path.samefile(link) for link in Path("/proc/self/fd").iterdir() if link.exists()))
        return change(path, *arguments)

    replace, unlink = Path.replace, Path.unlink
    monkeypatch.setattr(unfinished, "CLOSES_FIRST", closes_first)
    monkeypatch.setattr(Path, "replace", lambda path, target: seen(path, replace, target))
    with unfinished_file(tmp_path / "out") as file:
        file.write(b"whole")
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: seen(path, unlink) if path.exists() else None)
    with scratch(tmp_path, ".made-") as folder:
        (folder / "a").write_text("b")
    assert were_closed == [closes_first, closes_first]
    assert (tmp_path / "out").read_bytes() == b"whole"
    assert names(tmp_path) == ["out"]
