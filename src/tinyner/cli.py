"""The ``tinyner`` command: what is done beside the pipeline's stages, a module of ``tinyner.commands`` each."""

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from tinyner import errors
from tinyner.commands import (
    annotate,
    archive,
    check,
    compare,
    export,
    figure,
    init,
    migrate,
    pilot,
    plots_page,
    predict,
    push,
    report,
    scorers,
    serve,
    serve_student,
    study,
)
from tinyner.errors import UserError
from tinyner.unfinished import sweep_temporary

COMMANDS = (
    init,
    check,
    study,
    compare,
    archive,
    annotate,
    pilot,
    serve,
    report,
    figure,
    plots_page,
    predict,
    serve_student,
    export,
    push,
    scorers,
    migrate,
)
"""In the order of the help; each module registers its own arguments."""


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are a line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """Raise a UserError that names the command."""
        command = self.prog.removeprefix("tinyner").strip()
        raise UserError(f"{command + ': ' if command else ''}{message}; see `{self.prog} --help`")


def main() -> None:
    """Parse the command line and run the command."""
    signal.signal(signal.SIGTERM, _end)
    errors.run(run)


def _end(number: int, _: object) -> NoReturn:
    """End with the exit code of a signal, after what is unfinished is put away."""
    sys.exit(128 + number)


def run(words: Sequence[str] | None = None) -> None:
    """Run the command of these words, or of the command line.

    Raises:
        UserError: where the user has something to mend.
    """
    parser = _Parser(prog="tinyner", description="What is done beside the pipeline's stages.")
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.register(commands)
    arguments, others = parser.parse_known_args(words)
    if others:
        command = arguments.command
        raise UserError(f"{command}: unrecognized arguments: {' '.join(others)}; see `tinyner {command} --help`")
    sweep_temporary()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
