"""``tinyner compare``: experiments, branches, tags and commits side by side, and the paper's tables of them."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinyner.commands.arguments import Commands, add_run_names
from tinyner.errors import UserError

if TYPE_CHECKING:
    from tinyner.compare.table import Table

FORMATS = ("text", "markdown", "csv", "latex")
_WIDTH = 100  # columns of text if neither a terminal nor $COLUMNS says otherwise


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "compare", help="experiments, branches, tags, commits side by side; the paper's tables"
    )
    add_run_names(parser)
    parser.add_argument(
        "--table",
        choices=("1", "2", "3", "curve", "blends"),
        help="the paper's table; curve: F1 over original sentences; blends: what the best gains, by teacher and size",
    )
    parser.add_argument(
        "--significance",
        nargs=2,
        action="append",
        default=[],
        metavar=("A", "B"),
        help="test whether A beats B, by seeds and test sentences; several: p after Holm",
    )
    parser.add_argument("--proof", nargs=2, action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="NAME",
        help="test whether each row beats this one, p after Holm; once",
    )
    parser.add_argument("--pairs", action="store_true", help="test whether each row beats each other, p after Holm")
    parser.add_argument("--type", metavar="TYPE", help="of entities that the three above count (default: all)")
    parser.add_argument(
        "--gold", metavar="FILE", help="hold the predictions against the labels in FILE, e.g. a corrected test set"
    )
    parser.add_argument("--figure", choices=("3",), help="the paper's weight curves, w0 by epoch, as a table")
    parser.add_argument("--epochs", type=int, metavar="T", help="of the figure (default: what the runs have)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Compare runs, and print the tables or write them to a file.

    Raises:
        UserError: if a run or what a table needs of it is missing.
    """
    from tinyner.compare.query import Query, tables_of
    from tinyner.files import check_output, output
    from tinyner.runs.lookup import open_source

    check_output(arguments.output)
    if len(arguments.against) > 1:
        raise UserError(
            f"--against {' --against '.join(arguments.against)}: p is adjusted over the comparisons with one run; give "
            "it once, and run the command again for each"
        )
    if arguments.proof:
        print("tinyner: --proof is called --significance since 0.2; the old name goes with 0.3", file=sys.stderr)
    query = Query(
        names=arguments.names,
        archives=arguments.archives,
        table=arguments.table,
        study=arguments.study,
        prefix=arguments.prefix,
        significance=[(first, second) for first, second in arguments.significance + arguments.proof],
        against=next(iter(arguments.against), None),
        all_pairs=arguments.pairs,
        entity_type=arguments.type,
        gold=arguments.gold,
        figure=arguments.figure,
        epochs=arguments.epochs,
    )
    tables = tables_of(query, open_source(query.archives))
    if arguments.output is None:
        print(_rendered(tables, arguments.format, terminal=sys.stdout.isatty()), end="")
    else:
        with output(arguments.output) as file:
            file.write(_rendered(tables, arguments.format).encode())
    if arguments.format == "csv":
        for note in (note for table in tables for note in table.notes):
            print(note, file=sys.stderr)


def _rendered(tables: Sequence["Table"], form: str, terminal: bool = False) -> str:
    """Return the tables in one of FORMATS; text is as wide as the terminal, else $COLUMNS or 100 columns."""
    from tinyner.compare import render
    from tinyner.compare.render_text import text

    if form == "text":
        return text(tables, _width(terminal), terminal)
    return {"markdown": render.markdown, "csv": render.comma_separated, "latex": render.latex}[form](tables)


def _width(terminal: bool) -> int:
    from rich.console import Console

    columns = os.environ.get("COLUMNS")
    if columns and not (columns.isdecimal() and int(columns)):
        raise UserError(f"COLUMNS={columns}: expected the width of the text in columns, e.g. COLUMNS=120")
    if terminal:
        return Console().width
    return int(columns) if columns else _WIDTH
