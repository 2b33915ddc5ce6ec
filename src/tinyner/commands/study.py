"""``tinyner study``: a table of experiments, all their students trained at once, each recorded by DVC."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands, add_changes, changes
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("study", help="train a table of experiments at once, and record each with DVC")
    parser.add_argument("study", help="table2, table3, all, curve, or a YAML file of experiments")
    parser.add_argument("--group", choices=("D", "E"), help="whose data the schedules of table3 blend (default: E)")
    add_changes(parser, "for all its experiments")
    parser.add_argument("--prefix", default="", help="before each experiment's name")
    parser.add_argument(
        "--have", action="append", default=[], type=Path, metavar="ARCHIVE", help="skip runs that an archive holds"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the experiments as commands, and do nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train and record the missing experiments, or print the `dvc exp run` commands for all.

    Raises:
        UserError: where --group is given with another study than table3, or the study can't be run.
    """
    common = changes(arguments.set)
    if arguments.group:
        if arguments.study != "table3" or "train.group" in common:
            raise UserError(f"--group {arguments.group}: goes with table3, and without -S train.group")
        common = {**common, "train.group": arguments.group}
    if arguments.dry_run:
        from tinyner.study import plans

        for experiment in plans.plan(arguments.study, common, arguments.prefix):
            print(plans.command(experiment.name, experiment.changes))
        return
    from tinyner.study import recording

    recording.run(arguments.study, common, arguments.prefix, arguments.have)
