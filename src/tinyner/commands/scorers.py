"""``tinyner scorers``: the strict scorer and the paper's on the same predictions (docs/paper.md)."""

import argparse

from tinyner.commands.arguments import Commands


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("scorers", help="the strict scorer and the paper's on the same predictions")
    parser.add_argument(
        "--conllpp", metavar="FILE", help="CoNLL++'s test file (default: as prepared, of prepare.conllpp)"
    )
    parser.add_argument("--sentence", metavar="ID", help="print this test sentence step by step instead")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table, or the sentence."""
    from tinyner.compare import scorers

    print(scorers.sentence(arguments.sentence) if arguments.sentence else scorers.table(arguments.conllpp))
