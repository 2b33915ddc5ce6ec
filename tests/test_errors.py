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


WITHOUT_POLL = "import select; del select.poll\n"  # as on Windows


def end(body: str, *, closed: str = "", before: str = "") -> tuple[int, bytes | None, bytes | None]:
    """Run ``main`` of this body; exit code, standard output and error, of which ``closed`` has no reader.

    ``before`` is run before all.
    """
    reading, writing = os.pipe()
    os.close(reading)
    streams = {name: writing if name == closed else subprocess.PIPE for name in ("stdout", "stderr")}
    script = before + MAIN.format(body=textwrap.indent(body, "    ").strip())
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


OLD_LOCALES = {
    "C, as Python reads it": ({"LC_ALL": "C"}, "utf-8"),
    "C, not made UTF-8": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "ascii"),
    "Western Europe": ({"PYTHONIOENCODING": "latin-1"}, "latin-1"),
    "Windows": ({"PYTHONIOENCODING": "cp437"}, "cp437"),
    "UTF-8": ({"PYTHONIOENCODING": "utf-8"}, "utf-8"),
}


@pytest.mark.parametrize("locale", OLD_LOCALES)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_every_text_is_printed_in_every_locale(locale: str, stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variables, encoding = OLD_LOCALES[locale]
    for name in ("LC_ALL", "LANG", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = "0.5 ± 0.1 … Zürich 東京 \udcff"
    code, output, errors = end(f"print({text!a}, file=sys.{stream})")
    assert (code, b"Traceback" in (errors or b"")) == (0, False)
    printed = ((output if stream == "stdout" else errors) or b"").decode(encoding).strip()
    assert printed.startswith(("0.5 ± 0.1", "0.5 +- 0.1"))
    assert printed.endswith("\ufffd" if encoding == "utf-8" else "\\ufffd")
    assert ("東京" in printed) is (encoding == "utf-8")
    assert ("\\u6771\\u4eac" in printed) is (encoding != "utf-8")


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


@pytest.mark.parametrize(
    "body", ["print('a little')", "print('much' * 50_000)", "sys.stdout.buffer.write(b'x' * 10**6)"]
)
def test_a_closed_pipe_is_seen_without_poll(body: str) -> None:
    assert end(body, closed="stdout", before=WITHOUT_POLL) == (141, None, b"")


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


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            "raise OSError(28, 'x', 'data/a')",
            "tinyner: data/a: No space left on device; make room, and run this again\n",
        ),
        (
            "raise PermissionError(13, 'x', 'data/a')",
            "tinyner: data/a: Permission denied; see that this user may write there, and run this again\n",
        ),
        (
            "from tinyner.files import write_json\n"
            "import resource, signal\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
            "write_json(__import__('pathlib').Path('/tmp/tinyner-test.json'), 'a' * 100)",
            "tinyner: /tmp/tinyner-test.json: File too large; make room, and run this again\n",
        ),
        (
            "raise Exception('Error while serializing: I/O error: No space left on device (os error 28)')",
            "tinyner: a file: No space left on device; make room, and run this again\n",
        ),
    ],
)
def test_a_full_or_forbidden_disk_is_one_line(body: str, line: str) -> None:
    """Those of libraries in Rust are no OSError, and name no file."""
    assert end(body) == (2, b"", line.encode())


def test_other_errors_of_the_system_keep_their_traceback() -> None:
    code, _, error = end("raise OSError(5000, 'x')")
    assert code == 1
    assert error is not None
    assert b"Traceback" in error
