"""``tinyner check``: every mistake in one list, before anything is paid or trained; ``--gpu``: the GPU alone."""

import argparse

from tinyner.commands.arguments import Commands, add_changes, changes
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "check", help="every mistake of params, data, prompts, server and disk in one list; or the GPU"
    )
    parser.add_argument("--no-request", action="store_true", help="send nothing to the annotator's server")
    add_changes(parser, "a parameter to change, as `dvc exp run` does")
    parser.add_argument(
        "--gpu", action="store_true", help="instead: compare the GPU's losses with the CPU's, and time an epoch"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Check what the pipeline depends on, or the GPU.

    Raises:
        UserError: where there is an error.
    """
    if arguments.gpu:
        from tinyner.commands.gpu_check import check_gpu

        check_gpu()
        return
    from tinyner.checks.all_checks import check_all
    from tinyner.checks.show import show

    findings = check_all(changes(arguments.set), may_send=not arguments.no_request)
    show(findings)
    errors = findings.count("error")
    if errors:
        raise UserError(f"check: {errors} error{'' if errors == 1 else 's'} to mend, listed above")
