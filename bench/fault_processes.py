"""Start commands as processes that lead a group of their own: fresh ones, or forked from one that has imported all.

Most of what a short run costs is imports, so most trials fork. ``Nursery`` is that process; it has no thread.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

HOOK = Path(__file__).parent / "fault_hook"
TIMEOUT = 3600.0  # seconds; on a busy machine, a study takes minutes


@dataclass
class Run:
    """A process that was started, and where its output goes."""

    pid: int
    log: Path
    nursery: "Nursery | None"
    process: "subprocess.Popen[bytes] | None"

    def kill(self, *, is_group: bool) -> None:
        """Kill the process, or its group, which has its number."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if is_group else os.kill)(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Return the exit code, negative for a signal's."""
        if self.process is not None:
            return self.process.wait(TIMEOUT)
        assert self.nursery is not None
        return self.nursery.wait(self.pid)

    def wait_for_group(self) -> None:
        """Wait until no process of the group is left, orphans included.

        Raises:
            TimeoutError: where one stays.
        """
        end = time.monotonic() + TIMEOUT
        while group := _group(self.pid):
            if time.monotonic() > end:
                raise TimeoutError(f"still running: {group}")
            time.sleep(0.02)

    def output(self) -> str:
        """Return what was printed to both streams."""
        return self.log.read_text(errors="replace")


def _group(number: int) -> list[int]:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return []
    members = []
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if os.getpgid(process.pid) == number and process.info["status"] != psutil.STATUS_ZOMBIE:
                members.append(process.pid)
        except ProcessLookupError:
            continue
    return members


class Nursery:
    """A process that forks children, each of which runs a command."""

    def __init__(self, modules: Sequence[str]) -> None:
        """Fork it, and have it import modules; call this before the first thread is started."""
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._requests)
            os.close(self._answers)
            try:
                _nurse(modules, os.fdopen(requests), os.fdopen(answers, "w"))
            finally:
                os._exit(0)
        os.close(requests)
        os.close(answers)
        self._lines, self._lock = os.fdopen(self._answers), threading.Lock()

    def _ask(self, **request: object) -> Any:
        with self._lock:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
            return json.loads(self._lines.readline())

    def start(self, command: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path) -> Run:
        """Start a command, whose first word is python or tinyner."""
        pid = self._ask(command=list(command), folder=str(folder), variables=_hooked(variables), log=str(log))
        return Run(pid, log, self, None)

    def wait(self, pid: int) -> int:
        """Return the exit code of a child.

        Raises:
            TimeoutError: where it doesn't end.
        """
        end = time.monotonic() + TIMEOUT
        while (code := self._ask(wait=pid)) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"{pid} doesn't end")
            time.sleep(0.01)
        return int(code)

    def close(self) -> None:
        """End it."""
        os.close(self._requests)
        os.waitpid(self._pid, 0)


def _nurse(modules: Sequence[str], requests: Any, answers: Any) -> None:
    for name in modules:
        importlib.import_module(name)
    for line in requests:
        request = json.loads(line)
        if "wait" in request:
            ended, status = os.waitpid(request["wait"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            answer = os.fork()
            if not answer:
                os.setsid()
                code = 1
                try:
                    code = _child(**request)
                finally:
                    os._exit(code)
        print(json.dumps(answer), file=answers, flush=True)


def _child(command: Sequence[str], folder: str, variables: Mapping[str, str], log: str) -> int:
    """Become a command; return its exit code."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None  # which an import may have set, by the variables of before
    from tinyner import cli, errors  # noqa: PLC0415, in the child alone

    if "FAULT_ROOT" in variables:
        runpy.run_path(str(HOOK / "sitecustomize.py"))
    code: Any = 0
    try:
        if command[0] == "tinyner":
            sys.argv = list(command)
            errors.run(lambda: cli.run(command[1:]))
        else:
            sys.argv = ["", *command[3:]]
            warnings.simplefilter("ignore")  # that the module is imported already
            runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _hooked(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, with the hook for new processes where it has something to do."""
    is_needed = {"FAULT_ROOT", "FAKETIME_NO_CACHE"} & variables.keys()
    return {**variables, **({"PYTHONPATH": str(HOOK)} if is_needed else {})}


def start_fresh(command: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path) -> Run:
    """Start a command as a user does."""
    words = [sys.executable, *command[1:]] if command[0] == "python" else list(command)
    with log.open("wb") as file:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=_hooked(variables),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Run(process.pid, log, None, process)
