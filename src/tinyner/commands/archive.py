"""``tinyner archive``: runs, their predictions included, in one file that git can hold."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands, add_run_names
from tinyner.errors import UserError

SUFFIX = ".jsonl.xz"


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("archive", help="write runs, predictions included, to one file that git can hold")
    add_run_names(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, help=f"file to write, {SUFFIX}")
    parser.add_argument("--append", action="store_true", help="keep the runs that OUTPUT has, and add those it lacks")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the runs named, those of a study, or all that are recorded on the current commit.

    Raises:
        UserError: where a run does not exist, or its predictions or curves are not kept.
    """
    names, study, prefix, output = arguments.names, arguments.study, arguments.prefix, arguments.output
    if names and study:
        raise UserError("give names or --study, not both")
    if names and prefix:
        raise UserError(f"--prefix {prefix}: goes with --study, or no names; write names in full")
    if not output.name.endswith(SUFFIX):
        raise UserError(f"-o {output}: expected a name that ends in {SUFFIX}")
    from tinyner.files import check_output
    from tinyner.plurals import number
    from tinyner.runs.archive import append_to_archive, write_archive
    from tinyner.runs.lookup import open_source
    from tinyner.study.plans import named

    check_output(output)
    source = open_source(arguments.archives)
    chosen = [f"{prefix}{name}" for name in named(study)] if study else names or source.names(prefix)
    runs = [source.find(name) for name in dict.fromkeys(chosen)]
    if arguments.append:
        added = append_to_archive(output, runs)
        print(f"{output}: {number(added, 'run')} added, {number(len(runs) - added, 'run')} in it before", end=", ")
    else:
        write_archive(output, runs)
        print(f"{output}: {number(len(runs), 'run')}", end=", ")
    print(f"{output.stat().st_size / 1e6:.2f} MB")
    elsewhere = source.elsewhere(run.name for run in runs)
    if elsewhere:
        print(elsewhere)
