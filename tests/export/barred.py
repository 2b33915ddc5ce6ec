"""Python processes that may not import some packages: what an export needs is what is left."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_PROGRAM = """
import sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None  # an import of it fails
sys.argv = sys.argv[2:]
import runpy
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_without(packages: Sequence[str], program: Path, *words: str) -> str:
    """Run a program that fails where it imports one of the packages; return what it prints."""
    command = [sys.executable, "-I", "-X", "utf8", "-c", _PROGRAM, ",".join(packages), str(program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=program.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout
