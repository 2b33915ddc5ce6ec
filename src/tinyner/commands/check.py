"""``tinyner check --gpu``: whether training works on this machine's GPU, and how fast."""

import argparse

from tinyner.errors import UserError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("check", help="whether training works on this machine's GPU, and how fast")
    parser.add_argument("--gpu", action="store_true", help="compare its losses with the CPU's, and time an epoch")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Check what the arguments name.

    Raises:
        UserError: where they name nothing, or the check fails.
    """
    if not arguments.gpu:
        raise UserError("check: nothing to check was named; the one thing there is: tinyner check --gpu")
    from tinyner.commands.gpu_check import check_gpu

    check_gpu()
