"""The pipeline and the commands in surroundings that others have: docs/portability.md."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import digests, ran, stores

# Names of all that a command connects to or looks up, but for sockets in the file system.
RECORDING = """
import os, sys
def _record(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") or (
        event == "socket.connect" and not isinstance(arguments[1], (str, bytes))
    ):
        with open(os.environ["CONNECTIONS"], "a", encoding="utf-8") as file:
            file.write(f"{sys.argv} {event} {arguments[-1]!r}\\n")
sys.addaudithook(_record)
"""
# What is not there on macOS or Windows is hidden before a module is run.
HIDING = """
import os, runpy, select, sys
sys.modules["fcntl"] = None
del os.sched_getaffinity, select.poll, os.pread
from tinyner import unfinished
unfinished.CLOSES_FIRST = True
if __name__ == "__main__":
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""
TEXT = "Angela Merkel met Tony Blair in Zürich …"


@cache
def works(*command: str) -> bool:
    """Return whether a command can be run here; unshare needs a kernel that lets it."""
    return (
        shutil.which(command[0]) is not None
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )


def without_network() -> list[str]:
    if not works("unshare", "-rn", "true"):
        pytest.skip("unshare makes no namespace without a network here")
    return ["unshare", "-rn"]


def read_only(folder: Path) -> list[str]:
    """Return what a command begins with that sees a folder as one of a read-only disk; root may write to all others."""
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$PWD" && exec "$@"'
    if not works("unshare", "-rm", "sh", "-c", script, str(folder), "true"):
        pytest.skip("unshare and mount make no read-only folder here")
    return ["unshare", "-rm", "sh", "-c", script, str(folder)]


Variables = Mapping[str, str | None]
"""Of the environment; None takes one out."""


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """Return a project that ran, in a folder whose name has blanks and letters beyond ASCII."""
    return copy("Ärger mit Leerzeichen - 東京 ")


def start(project: Path, *command: str, ok: bool = True, variables: Variables | None = None) -> str:
    """Run a command as a process of its own, without what this project's tests set; None unsets a variable."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    values: Mapping[str, str | None] = {
        **os.environ, "PATH": path, "COLUMNS": "200", **stores(project), "HF_HUB_OFFLINE": None, **(variables or {})
    }  # fmt: skip
    environment = {name: value for name, value in values.items() if value is not None}
    done = subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    output = done.stdout + done.stderr
    assert (done.returncode == 0) is ok, output
    assert "Traceback" not in output
    return output


@pytest.mark.long
def test_the_whole_pipeline_in_the_worst_surroundings(project: Path, tmp_path: Path) -> None:
    """No network, a proxy that is not there, no home, the C locale, a hidden GPU; nothing trained before.

    The same bytes come out, also with a process for each seed: the first run had one for both.
    """
    before = digests(project)
    assert len(before) > 40
    (tmp_path / "sitecustomize.py").write_text(RECORDING, encoding="utf-8")
    cache_folder = os.environ.get("TINYNER_CACHE") or Path.home() / ".cache/tinyner"
    proxy, connections = "http://127.0.0.1:9", tmp_path / "connections"
    surroundings = {
        "HOME": "/proc/home", "XDG_CACHE_HOME": None, "TINYNER_CACHE": str(cache_folder),
        "LC_ALL": "C", "LANG": None, "PYTHONUTF8": None, "PYTHONIOENCODING": None,
        "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": str(tmp_path), "CONNECTIONS": str(connections),
        "TINYNER_CELLS": str(tmp_path / "cells"), "TINYNER_REPLIES": str(tmp_path / "replies"), "TINYNER_WORKERS": "2",
    }  # fmt: skip
    output = start(project, *without_network(), "dvc", "repro", "--force", variables=surroundings)
    assert len(ran(output)) == 6
    assert "; 2 to train, " in output
    assert "mean ± std over seeds" in output
    assert digests(project) == before
    assert not connections.exists(), connections.read_text(encoding="utf-8")
    assert start(project, "git", "status", "--short") in ("", " M dvc.lock\n M metrics/speed.json\n")
    start(project, "git", "checkout", "-q", "--", ".")
    start(project, "dvc", "checkout", "-q")


def test_a_locale_of_ascii_takes_every_text(project: Path, tmp_path: Path) -> None:
    """Python itself reads the C locale as UTF-8; here it must not. (DVC can't be run so in a folder beyond ASCII.)"""
    before = digests(project)
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": None}
    output = start(project, sys.executable, "-m", "tinyner.evaluate", variables=ascii_only)
    assert "mean +- std over seeds" in output
    assert digests(project) == before
    assert TEXT in start(project, "tinyner", "predict", str(tmp_path / "a.txt"), variables=ascii_only)  # rows are UTF-8
    assert "tinyner: Z\\xfcrich.txt: no such file" in start(
        project, "tinyner", "predict", "Zürich.txt", ok=False, variables={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    )


@pytest.mark.long
def test_commands_that_read_need_no_right_to_write(project: Path, tmp_path: Path) -> None:
    """A read-only clone, of another owner's say, with a home that is read-only too; outputs go elsewhere."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "Grüße an alle.txt").write_text(TEXT, encoding="utf-8")
    begin = [*read_only(project), *read_only(home)]
    variables = {"HOME": str(home), "XDG_CACHE_HOME": None, "TINYNER_CACHE": None}
    tables = start(project, *begin, "tinyner", "compare", "main", "--format", "csv", variables=variables)
    assert "\nmain," in tables
    start(project, *begin, "tinyner", "report", "-o", str(tmp_path / "Bericht - neu.html"), variables=variables)
    assert (tmp_path / "Bericht - neu.html").stat().st_size > 100_000
    result = tmp_path / "Ergebnis für alle.jsonl"
    start(
        project,
        *begin,
        "tinyner",
        "predict",
        str(tmp_path / "Grüße an alle.txt"),
        "-o",
        str(result),
        variables=variables,
    )
    assert json.loads(result.read_text(encoding="utf-8"))["text"] == TEXT
    refused = start(project, *begin, "tinyner", "report", ok=False, variables=variables)
    assert refused.startswith("tinyner: -o reports/report.html: can't be written: Read-only file system")


@pytest.mark.long
def test_what_linux_alone_has_is_not_needed(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    expected = start(project, "tinyner", "predict", str(tmp_path / "a.txt"))
    hidden = [sys.executable, "-c", HIDING]
    temporary = {"TMPDIR": str(tmp_path)}  # where no process that has locks takes its folders for a killed one's
    result = tmp_path / "out.jsonl"
    output = start(
        project, *hidden, "tinyner.cli", "predict", str(tmp_path / "a.txt"), "-o", str(result), variables=temporary
    )
    assert result.read_text(encoding="utf-8") == expected
    assert "files can't be locked here" in output
    before = digests(project)
    cells = {"TINYNER_CELLS": str(tmp_path / "cells")}
    assert "epochs:" in start(project, *hidden, "tinyner.train", variables=temporary | cells)
    assert digests(project) == before
    start(project, "git", "checkout", "-q", "--", "metrics/speed.json")


@pytest.mark.long
def test_without_git_the_pipeline_runs_by_a_single_setting(project: Path, tmp_path: Path) -> None:
    """As from a tarball: DVC asks for git unless it is told that there is none."""
    with subprocess.Popen(["git", "archive", "HEAD"], cwd=project, stdout=subprocess.PIPE) as archive:
        (tmp_path / "project").mkdir()
        subprocess.run(["tar", "-x"], cwd=tmp_path / "project", stdin=archive.stdout, check=True)
    there = tmp_path / "project"
    shutil.copytree(project / ".dvc/cache", there / ".dvc/cache")
    start(there, "dvc", "config", "core.no_scm", "true")
    start(there, "dvc", "checkout")
    assert "Data and pipelines are up to date." in start(there, "dvc", "repro")
    refused = start(there, "tinyner", "compare", ok=False)
    assert refused.startswith("tinyner: git rev-parse failed: fatal: not a git repository")
    assert start(there, "tinyner", "report", "-o", "report.html").startswith("report.html: 1 run")


@pytest.mark.long
def test_a_temporary_folder_that_cannot_be_written_is_named(project: Path) -> None:
    output = start(project, sys.executable, "-m", "tinyner.train", variables={"TMPDIR": "/dev/null/tmp"})
    assert "trained before" in output  # Python takes another folder: /tmp, or this one
