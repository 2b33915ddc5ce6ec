"""Commands and stages run as a user runs them, but in this process, which imports nothing anew."""

import importlib
import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tinyner import cli, errors


def call(folder: Path, main: Callable[[], None], **variables: str) -> CompletedProcess[str]:
    """Call a main function in a folder with environment variables; return its exit code and what it printed."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True) for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        for name, value in variables.items():
            patch.setenv(name, value)
        try:
            errors.run(main)
        except SystemExit as end:
            code = int(end.code or 0)
    for stream in (out, err):
        stream.seek(0)
    return CompletedProcess([], code, out.read(), err.read())


def command(folder: Path, *words: str, **variables: str) -> CompletedProcess[str]:
    """Run ``tinyner`` with these words."""
    return call(folder, lambda: cli.run(words), **variables)


def stage(folder: Path, name: str, **variables: str) -> CompletedProcess[str]:
    """Run a stage as ``python -m tinyner.NAME`` does, not DVC: it takes files as they lie there."""
    module = importlib.import_module(f"tinyner.{name}.__main__")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["__main__"], "__spec__", module.__spec__)
        return call(folder, module.main, **variables)
