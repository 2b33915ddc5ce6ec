"""Locks on open files: one process at a time, given back by its end, and a word where there are none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinyner.locks import lock

HOLDER = """
import sys, time
from tinyner.locks import lock
file = open(sys.argv[1], "a")
print(lock(file.fileno(), wait=sys.argv[2] == "wait"), flush=True)
time.sleep(600)
"""
WITHOUT_FCNTL = "import sys; sys.modules['fcntl'] = None\n"
WITHOUT_SUPPORT = """
import errno, fcntl
def flock(descriptor, operation):
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")
fcntl.flock = flock
"""


def hold(path: Path, wait: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(path), wait], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_lock_is_held_by_a_single_process_and_given_back_by_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    first = hold(path, "wait")
    assert first.stdout is not None
    assert first.stdout.readline() == "True\n"
    with path.open("a") as file:
        assert not lock(file.fileno(), wait=False)
        waiting = hold(path, "wait")
        first.kill()
        first.wait()
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "True\n"
        assert not lock(file.fileno(), wait=False)
        waiting.kill()
        waiting.wait()
        assert lock(file.fileno(), wait=False)
    for process in (first, waiting):
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "hidden", [WITHOUT_FCNTL, WITHOUT_SUPPORT], ids=["Python without it", "a file system without it"]
)
def test_without_locks_that_is_said_a_single_time(hidden: str, tmp_path: Path) -> None:
    script = f"{hidden}\nfrom tinyner.locks import lock\nfile = open('file', 'w')\n"
    script += "print([lock(file.fileno(), wait=wait) for wait in (False, True, False)])"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[True, True, True]\n"
    lines = [line for line in done.stderr.splitlines() if line.startswith("tinyner: ")]
    assert len(lines) == 1
    assert "don't run a command twice at once" in lines[0]


def test_another_error_is_no_lack_of_locks() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        lock(10**6, wait=False)
