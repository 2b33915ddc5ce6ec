"""A mistake in the command line is one line with exit code 2; a signal to end leaves nothing behind."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.in_process import command


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "the following arguments are required: command; see `tinyner --help`"),
        (["predict"], "predict: the following arguments are required: FILE; see `tinyner predict --help`"),
        (
            ["predict", "x", "--colour"],
            "predict: unrecognized arguments: --colour; see `tinyner predict --help`",
        ),
        (["predict", "x", "--min-score", "a"], "predict: argument --min-score: invalid float value: 'a'; see"),
        (["predict", "x", "--min-score", "90"], "--min-score: expected a probability, 0 to 1, such as 0.5"),
        (["predict", "x", "--min-score", "nan"], "--min-score: expected a probability, 0 to 1, such as 0.5"),
        (["predict", "x", "--precision", "95"], "--precision: expected a share, 0 to 1, such as 0.95"),
    ],
)
def test_a_wrong_command_is_one_line(words: list[str], line: str, tmp_path: Path) -> None:
    done = command(tmp_path, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"tinyner: {line}")


@pytest.mark.slow
def test_sigterm_ends_a_command_as_its_code_says_and_puts_away_what_is_unfinished(tmp_path: Path) -> None:
    program = """if True:
        import signal, sys, tempfile, time
        from tinyner import cli, errors
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        def work(words=None):
            with tempfile.TemporaryDirectory(dir=sys.argv[1]):
                print("begun", flush=True)
                time.sleep(60)
        cli.run = work
        cli.main()
    """
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    assert len([*tmp_path.iterdir()]) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    assert [*tmp_path.iterdir()] == []
