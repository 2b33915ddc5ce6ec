"""Arguments that several commands have."""

import argparse
import sys
from collections.abc import Sequence
from typing import TypeAlias

from tinyner.errors import UserError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # argparse has no public name for it
"""What a command registers its parser with."""


def add_run_names(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose runs: names, archives, a study, a prefix."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="experiment, branch, tag, commit, or workspace (default: the experiments recorded on this commit)",
    )
    add_archives(parser, "an archive whose runs are known by name, PREFIX before each")
    parser.add_argument("--study", help="the experiments of table2, table3, all, curve, or a YAML file")
    parser.add_argument("--prefix", default="", help="before each experiment's name in a study or table")


def add_archives(parser: argparse.ArgumentParser, help: str) -> None:  # noqa: A002, as argparse has it
    """Add ``--from [PREFIX=]FILE``, which may be given several times."""
    parser.add_argument("--from", dest="archives", action="append", default=[], metavar="[PREFIX=]FILE", help=help)


def add_changes(parser: argparse.ArgumentParser, help: str) -> None:  # noqa: A002, as argparse has it
    """Add ``-S KEY=VALUE``, which may be given several times."""
    parser.add_argument("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help=help)


def changes(assignments: Sequence[str]) -> dict[str, object]:
    """Return the values of ``-S`` by today's dotted names; say on standard error which names were old.

    Raises:
        UserError: where one is not KEY=VALUE.
    """
    from tinyner.migration import old_names_note, todays_changes
    from tinyner.params import value_of

    values: dict[str, object] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise UserError(f"-S {assignment}: expected KEY=VALUE, e.g. -S train.epochs=6")
        values[key] = value_of(text)
    todays, old_names = todays_changes(values)
    if old_names:
        print(f"tinyner: -S: {old_names_note(old_names)}", file=sys.stderr)
    return todays
