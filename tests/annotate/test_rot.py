"""Every kind of file that holds replies, damaged at random: see bench/rot.py."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_no_damage_makes_another_reply() -> None:
    command = [sys.executable, str(ROOT / "bench/rot.py"), "store", "--flips", "16", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "store-requests" in done.stdout
