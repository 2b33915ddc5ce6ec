"""``tinyner figure``: a drawing of runs as an SVG file, for a README or a paper."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tinyner.commands.arguments import Commands, add_archives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinyner.report.markup import Markup
    from tinyner.report.scored_runs import ScoredRun

FIGURES = {
    "learning-curve": "test F1 by number of original sentences, a line for each group",
    "domains": "the same for several corpora: a panel for each prefix of --from, with and without the LLM's sentences",
    "blends": "what the LLM's sentences add to human ones at best: teachers across, numbers of human sentences down",
}


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    figures = commands.add_parser("figure", help="a drawing of runs as an SVG file").add_subparsers(
        dest="figure", required=True
    )
    for name, description in FIGURES.items():
        parser = figures.add_parser(name, help=description, description=description)
        parser.add_argument(
            "names",
            nargs="*",
            metavar="NAME",
            help="runs of the figure (default: all of the archives, or the experiments recorded on this commit)",
        )
        add_archives(parser, "an archive of runs, a prefix before their names")
        parser.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
        parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Read the runs and draw them.

    Raises:
        UserError: where a run can't be read, the runs form no figure, or the file can't be written.
    """
    from tinyner.files import check_output, output
    from tinyner.report.inputs import prefixes_of
    from tinyner.report.scored_runs import with_scores
    from tinyner.runs.lookup import open_source
    from tinyner.runs.sources import prefix_and_file

    check_output(arguments.output)
    source = open_source(arguments.archives)
    names = list(dict.fromkeys(arguments.names or source.names()))
    prefixes = prefixes_of(names, [prefix for prefix, _ in map(prefix_and_file, arguments.archives)])
    scored_runs, _ = with_scores([source.find(name) for name in names], prefixes)
    drawing = f"{_draw(arguments.figure, scored_runs)}\n"
    if arguments.output is None:
        sys.stdout.write(drawing)
    else:
        with output(arguments.output) as file:
            file.write(drawing.encode())


def _draw(figure: str, scored_runs: "Sequence[ScoredRun]") -> "Markup":
    if figure == "domains":
        from tinyner.report.domain_panels_svg import domain_panels_svg

        return domain_panels_svg(scored_runs)
    if figure == "blends":
        from tinyner.report.blend_grid_svg import blend_grid_svg

        return blend_grid_svg(scored_runs)
    from tinyner.report.learning_curve_svg import learning_curve_svg

    return learning_curve_svg(scored_runs)
