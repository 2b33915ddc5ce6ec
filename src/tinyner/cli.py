"""The ``tinyner`` command: what is done beside the pipeline's stages, a module of ``tinyner.commands`` each."""

import argparse
from collections.abc import Sequence

from tinyner import errors
from tinyner.commands import (
    annotate,
    archive,
    check,
    compare,
    figure,
    init,
    migrate,
    pilot,
    plots_page,
    predict,
    report,
    scorers,
    serve,
    study,
)

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
    scorers,
    migrate,
)
"""In the order of the help; each module registers its own arguments."""


def main() -> None:
    """Parse the command line and run the command."""
    errors.run(run)


def run(words: Sequence[str] | None = None) -> None:
    """Run the command of these words, or of the command line.

    Raises:
        UserError: where the user has something to mend.
    """
    parser = argparse.ArgumentParser(prog="tinyner", description="What is done beside the pipeline's stages.")
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.register(commands)
    arguments = parser.parse_args(words)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
