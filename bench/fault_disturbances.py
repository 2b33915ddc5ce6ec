"""The ways in which ``bench/faults.py`` disturbs a command: each runs it, and says what came of it."""

import contextlib
import os
import random
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fault_kinds import Kind
from fault_processes import Run
from fault_server import Provider

if TYPE_CHECKING:
    from faults import Bench, Undisturbed

Disturbed = Run
_DAY = 86_400
_FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def _sh(*command: str) -> bool:
    """Run a command of the system's; return whether it succeeded."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _can_mount() -> bool:
    """Return whether this user may mount, which not every root may."""
    if os.geteuid() or shutil.which("mount") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        return _sh("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder) and _sh("umount", folder)


class Disturbance:
    """A way to disturb a run, chosen by a seeded generator."""

    interruptions = 1  # of a run that asks

    def __init__(
        self, *, bench: "Bench", name: str, kind: Kind, whole: "Undisturbed", random_: random.Random, place: Path
    ) -> None:
        """Take what is disturbed; ``place`` is where the copy will be."""
        self.bench, self.name, self.kind, self.whole, self.random, self.place_ = (
            bench,
            name,
            kind,
            whole,
            random_,
            place,
        )
        self.runs: list[Run] = []

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        raise NotImplementedError

    @classmethod
    def lacks(cls) -> str:
        """Return what this machine lacks for it, "" where nothing."""
        return ""

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Prepare where the copy will be, in a block."""
        yield

    def start(self, *, is_fresh: bool, log: str = "run", **variables: str) -> Run:
        """Start the command."""
        run = self.bench.start(self.place_, self.kind, is_fresh=is_fresh, log=log, **variables)
        self.runs.append(run)
        return run

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Run the command, disturbed; return what came of it, and add what is wrong."""
        raise NotImplementedError

    def end_of(self, run: Run, wrong: list[str]) -> str:
        """Return how a run ended: with success, or refused, with one line."""
        code, output = run.wait(), run.output()
        if not code:
            return "succeeded"
        lines = [line for line in output.splitlines() if line.startswith(("tinyner: ", "ERROR: "))]
        if "Traceback" in output or not lines or (code != 2 and self.kind.command[0] != "dvc"):
            wrong.append(f"ended with {code} and no line of its own: {output[-3000:]}")
        return "refused"


class Killed(Disturbance):
    """SIGKILL."""

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        return "SIGKILL"

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Kill it at a random moment."""
        del wrong
        modes = ["time", "change"] + (["call"] if self.whole.calls else [])
        mode, is_group = self.random.choice(modes), self.random.random() < 0.7
        if self.kind.command[0] == "dvc" or self.name == "study":
            mode = "time"
        variables: dict[str, str] = {}
        fired = threading.Event()
        if mode == "change":
            variables = {
                "FAULT_ROOT": str(self.place_),
                "FAULT_AT": str(self.random.randint(1, max(1, self.whole.changes))),
                "FAULT_COUNTER": str(self.place_.with_name(f"{self.place_.name}.changes")),
                "FAULT_MAIN": "" if is_group else "1",
            }
        elif mode == "call":
            at = self.random.randint(1, self.whole.calls)
            provider.on_call = lambda number: fired.set() if number >= at else None
        run = self.start(is_fresh=is_fresh, **variables)
        if mode == "time":
            time.sleep(self.random.random() * self.whole.seconds)
            run.kill(is_group=is_group)
        elif mode == "call":
            fired.wait(max(60.0, 3 * self.whole.seconds))
            run.kill(is_group=is_group)
        code = run.wait()
        fired.set()
        if is_group:
            run.wait_for_group()
        return "killed" if code == -9 else "a part killed" if code else "was faster"


class Full(Disturbance):
    """A disk that is full: a tmpfs, or, where none can be mounted, a limit on the size of files."""

    can_mount = _can_mount()

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        return f"disk full ({'a tmpfs' if cls.can_mount else 'RLIMIT_FSIZE'})"

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Mount a tmpfs."""
        if not self.can_mount:
            yield
            return
        self.place_.mkdir()
        assert _sh("mount", "-t", "tmpfs", "-o", "size=512m", "tmpfs", str(self.place_))
        try:
            yield
        finally:
            _sh("umount", "-l", str(self.place_))

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Leave less room than it needs."""
        room = int(self.random.random() * self.whole.grows)
        if self.can_mount:
            status = os.statvfs(self.place_)
            used = (status.f_blocks - status.f_bfree) * status.f_frsize
            assert _sh("mount", "-o", f"remount,size={used + room}", str(self.place_))
            outcome = self.end_of(self.start(is_fresh=is_fresh), wrong)
            self.runs[0].wait_for_group()
            assert _sh("mount", "-o", "remount,size=512m", str(self.place_))
            return outcome
        run = self.start(is_fresh=is_fresh)
        room = max(room, 8192)  # what it prints is a file, too
        resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        return self.end_of(run, wrong)


class ReadOnly(Disturbance):
    """A folder that can't be written: by a mount, or, where none can be made, by its permissions."""

    can_mount = Full.can_mount

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        return f"read-only folder ({'mounted' if cls.can_mount else 'by permissions'})"

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Make one of the folders that it writes to read-only."""
        folder = self.place_ / self.random.choice((*self.kind.written, *self.kind.stores))
        folder.mkdir(parents=True, exist_ok=True)
        with self._read_only(folder):
            outcome = self.end_of(self.start(is_fresh=is_fresh), wrong)
            self.runs[0].wait_for_group()
        return outcome

    @contextlib.contextmanager
    def _read_only(self, folder: Path) -> Iterator[None]:
        if self.can_mount:
            assert _sh("mount", "--bind", str(folder), str(folder))
            try:
                assert _sh("mount", "-o", "remount,bind,ro", str(folder))
                yield
            finally:
                assert _sh("umount", str(folder))
            return
        mode = folder.stat().st_mode
        folder.chmod(0o500)
        yield
        folder.chmod(mode)


class Twice(Disturbance):
    """The same command twice at once."""

    interruptions = 0

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        return "twice at once"

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Start another one a moment later."""
        first = self.start(is_fresh=is_fresh)
        time.sleep(self.random.random() * self.whole.seconds / 2)
        second = self.start(is_fresh=is_fresh, log="second")
        outcomes = sorted((self.end_of(first, wrong), self.end_of(second, wrong)))
        if outcomes == ["refused", "refused"]:
            wrong.append(f"both were refused: {first.output()[-500:]} {second.output()[-500:]}")
        return "both succeeded" if outcomes[0] == "succeeded" else "one refused"


class Jump(Disturbance):
    """A clock that jumps, by libfaketime: of the wall, files' times included."""

    interruptions = 0

    @classmethod
    def title(cls) -> str:
        """Return what it is called in a table."""
        return "clock jumps (libfaketime)"

    @classmethod
    def lacks(cls) -> str:
        """Return the library, where it is not there."""
        return "" if _FAKETIME else "libfaketime"

    def run(self, provider: Provider, wrong: list[str], *, is_fresh: bool) -> str:
        """Start it at another time, and set the clock midway."""
        clock = self.place_.with_name(f"{self.place_.name}.clock")
        offsets = self.random.sample((-400 * _DAY, -2 * _DAY, -7200, 0, 7200, 30 * _DAY, 400 * _DAY), 2)
        clock.write_text(f"{offsets[0]:+d}\n")
        run = self.start(
            is_fresh=True,
            LD_PRELOAD=str(_FAKETIME[0]),
            FAKETIME_TIMESTAMP_FILE=str(clock),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )
        time.sleep(self.random.random() * self.whole.seconds)
        clock.write_text(f"{offsets[1]:+d}\n")
        outcome = self.end_of(run, wrong)
        if outcome == "refused":
            wrong.append(f"refused: {run.output()[-2000:]}")
        return outcome


FAULTS: dict[str, type[Disturbance]] = {
    "killed": Killed,
    "full": Full,
    "read-only": ReadOnly,
    "twice": Twice,
    "jump": Jump,
}
