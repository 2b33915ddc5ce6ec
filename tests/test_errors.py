"""How a command and a stage end, whole processes each: exit codes, and one line where something is wrong."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow

MAIN = """
import sys
from rich.console import Console
from tinyner import errors
from tinyner.errors import UserError

def main():
    {body}

errors.run(main)
"""


def end(body: str, *, closed: str = "") -> tuple[int, bytes | None, bytes | None]:
    """Run ``main`` of this body; exit code, standard output and error, of which ``closed`` has no reader."""
    reading, writing = os.pipe()
    os.close(reading)
    streams = {name: writing if name == closed else subprocess.PIPE for name in ("stdout", "stderr")}
    script = MAIN.format(body=textwrap.indent(body, "    ").strip())
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run([sys.executable, "-c", script], check=False, env=buffered, **streams)  # type: ignore[call-overload]
    os.close(writing)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("body", "code", "output", "line"),
    [
        ("print('done')", 0, b"done\n", b""),
        ("print('half'); raise UserError('types: none\\n  given')", 2, b"half\n", b"tinyner: types: none given\n"),
        ("raise KeyboardInterrupt", 130, b"", b"tinyner: interrupted\n"),
        ("raise KeyboardInterrupt('run again')", 130, b"", b"tinyner: interrupted; run again\n"),
        ("print('help'); sys.exit(0)", 0, b"help\n", b""),
        ("sys.exit(2)", 2, b"", b""),
    ],
)
def test_an_end_has_its_exit_code(body: str, code: int, output: bytes, line: bytes) -> None:
    assert end(body) == (code, output, line)


@pytest.mark.parametrize(
    "body",
    [
        "print('a little, written at the end')",
        "print('much, written at once' * 10_000)",
        "sys.stdout.buffer.write(b'bytes' * 100_000)",
        "print('as argparse does'); sys.exit(0)",
        "Console().print('by rich')",
    ],
)
def test_a_closed_pipe_is_141_and_no_word(body: str) -> None:
    assert end(body, closed="stdout") == (141, None, b"")


def test_a_mistake_is_said_though_nobody_reads_the_output() -> None:
    assert end("print('half'); raise UserError('types: none')", closed="stdout") == (
        141,
        None,
        b"tinyner: types: none\n",
    )
    assert end("raise UserError('types: none')", closed="stderr") == (141, b"", None)


def test_another_pipe_that_breaks_is_an_error() -> None:
    code, _, trace = end("raise BrokenPipeError(32, 'to a worker')")
    assert code == 1
    assert trace is not None
    assert b"to a worker" in trace
