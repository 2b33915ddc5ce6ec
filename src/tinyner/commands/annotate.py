"""``tinyner annotate``: what an annotation will cost, before anything is sent, or the stage itself."""

from collections.abc import Mapping

from tinyner.commands.arguments import Commands, add_changes
from tinyner.commands.arguments import changes as changes_of
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("annotate", help="what annotation will cost, before anything is sent")
    parser.add_argument("--estimate", action="store_true", help="print requests, tokens and dollars, and send nothing")
    add_changes(parser, "as `dvc exp run` does")
    parser.set_defaults(run=lambda arguments: run(changes_of(arguments.set), only=arguments.estimate))


def run(changes: Mapping[str, object], *, only: bool) -> None:
    """Print the estimate with some parameters changed; without ``only`` run the stage.

    Raises:
        UserError: where the parameters or the files at hand do not allow it.
    """
    if only:
        from tinyner.commands.estimate import print_estimate

        print_estimate(changes)
    elif changes:
        raise UserError("tinyner annotate: -S goes with --estimate; to run with other parameters: dvc exp run -S")
    else:
        from tinyner.annotate.__main__ import main

        main()
