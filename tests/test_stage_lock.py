"""A stage waits for another run of itself in the same clone, and for no other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinyner.stage_lock import alone, held

HOLDING = """
import sys
from tinyner.stage_lock import held
with held(sys.argv[1]):
    print("holds", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".dvc").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def holder(name: str) -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-c", HOLDING, name], subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


@pytest.mark.slow
def test_a_second_run_waits_for_the_first_and_says_so(clone: Path) -> None:
    with holder("train") as first:
        assert first.stdout is not None
        assert first.stdin is not None
        assert first.stdout.readline() == "holds\n"
        with held("clean"):
            pass
        with holder("train") as second:
            assert second.stdout is not None
            waits = "another run of train is under way in this clone: waiting for its end\n"
            assert second.stdout.readline() == waits
            first.kill()  # however it ends
            assert second.stdout.readline() == "holds\n"
            second.communicate("\n")


@pytest.mark.slow
def test_what_a_killed_run_started_holds_the_lock_on(clone: Path) -> None:
    """As DVC's processes do that a killed study leaves behind."""
    with held("study") as descriptor:
        assert descriptor is not None
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    with holder("study") as second:
        assert second.stdout is not None
        assert second.stdout.readline().startswith("another run of study is under way")
        child.communicate(b"\n")
        assert second.stdout.readline() == "holds\n"
        second.communicate("\n")


def test_outside_of_a_clone_there_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done: list[int] = []
    alone("clean", lambda: done.append(1))()
    assert done == [1]
    assert [*tmp_path.iterdir()] == []


def test_a_clone_that_can_t_be_written_has_none(clone: Path) -> None:
    (clone / ".dvc/tmp").write_text("no folder")
    with held("clean") as descriptor:
        assert descriptor is None
