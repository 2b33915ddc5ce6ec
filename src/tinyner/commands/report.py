"""``tinyner report``: the results of runs as one HTML file that loads nothing from the network."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands, add_archives


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("report", help="all that was found, as one HTML file")
    parser.add_argument("names", nargs="*", help="experiments, branches, tags, commits, or runs of the archives")
    add_archives(parser, "an archive of runs, a prefix before their names (without this and names: the workspace)")
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="a repository whose sentences and replies are shown; one a teacher (default: this one)",
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("reports/report.html"), help="file to write (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Read the runs and sentences, and write the page.

    Raises:
        UserError: where a run can't be read, or the file not be written.
    """
    from tinyner.errors import listed
    from tinyner.files import check_output, output
    from tinyner.pipeline_files import advice
    from tinyner.report.inputs import gather
    from tinyner.report.page import page
    from tinyner.stand_ins import ALIGNED

    check_output(arguments.output)
    inputs = gather(arguments.names, arguments.archives, arguments.data or [Path()])
    html = page(inputs).encode()
    with output(arguments.output) as file:
        file.write(html)
    runs = "run" if len(inputs.runs) == 1 else "runs"
    print(f"{arguments.output}: {len(inputs.runs)} {runs}, {len(html):,} bytes")
    missing = dict.fromkeys(name for corpus in inputs.corpora for name in corpus.missing)
    if missing:
        brings = advice(Path(ALIGNED)) or "run `dvc repro align`"  # it comes last of those that are read
        print(f"some sections lack {listed(missing)}; {brings}")
