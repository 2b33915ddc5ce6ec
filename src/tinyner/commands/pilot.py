"""``tinyner pilot``: how good the LLM is on some gold sentences, before all sentences are paid for."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands, add_changes, changes
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("pilot", help="how good the LLM is on some gold sentences, before you pay for all")
    parser.add_argument("-n", type=int, default=30, metavar="N", help="gold sentences (default: %(default)s)")
    parser.add_argument(
        "--prompt",
        action="append",
        default=[],
        metavar="NAME",
        help="of prompts/NAME.txt; several are compared (default: annotate.prompts.target)",
    )
    parser.add_argument(
        "--annotator",
        action="append",
        default=[],
        metavar="NAME",
        help="under annotate.annotators; several are compared (default: annotate.annotator)",
    )
    add_changes(parser, "a parameter to change, as `dvc exp run` does")
    parser.add_argument("-o", "--json", type=Path, metavar="FILE", help="write the whole result: every score and reply")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Ask for gold sentences, and print how good the replies are.

    Raises:
        UserError: where there is no gold, or the annotator can't be asked, or replies are missing.
    """
    if arguments.n < 1:
        raise UserError(f"pilot: -n {arguments.n}: expected the number of sentences, at least 1")
    if arguments.json is not None and arguments.json.is_dir():  # before anything is paid
        raise UserError(f"-o {arguments.json}: is a folder; name a file in it")
    from tinyner.pilot.result import as_json, run_pilot
    from tinyner.pilot.show import show

    pilot = run_pilot(arguments.n, arguments.prompt, arguments.annotator, changes(arguments.set))
    if arguments.json is not None:
        from tinyner.files import output

        with output(arguments.json) as file:
            file.write(as_json(pilot))
    show(pilot)
