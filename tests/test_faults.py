"""Ten of the trials of bench/faults.py: what is killed, starved or disturbed is mended by a plain rerun."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

QUICK = ("prepare", "annotate-online", "annotate-batch", "clean", "align")


@pytest.mark.slow
def test_a_plain_rerun_mends_what_was_killed_starved_or_disturbed() -> None:
    command = [sys.executable, str(ROOT / "bench/faults.py"), "--trials", "10", "--seed", "1", "--jobs", "2"]
    done = subprocess.run([*command, "--kinds", *QUICK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    can_jump = any(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))  # the clock
    assert f"{14 if can_jump else 13} trials, 10 of SIGKILL" in done.stdout
    assert ("there is no libfaketime here" in done.stdout) is not can_jump
