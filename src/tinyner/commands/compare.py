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
_WIDTH = 100  # columns of text, where no terminal says otherwise


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "compare", help="experiments, branches, tags, commits side by side; the paper's tables"
    )
    add_run_names(parser)
    parser.add_argument(
        "--table", choices=("1", "2", "3", "curve"), help="the paper's table; curve: F1 over original sentences"
    )
    parser.add_argument(
        "--proof",
        nargs=2,
        action="append",
        default=[],
        metavar=("A", "B"),
        help="whether A beats B, by seeds and test sentences; several: p after Holm",
    )
    parser.add_argument("--against", metavar="NAME", help="whether each row beats this one, p after Holm")
    parser.add_argument("--pairs", action="store_true", help="whether each row beats each other, p after Holm")
    parser.add_argument("--type", metavar="TYPE", help="of entities that the three above count (default: all)")
    parser.add_argument("--figure", choices=("3",), help="the paper's weight curves, w0 by epoch, as a table")
    parser.add_argument("--epochs", type=int, metavar="T", help="of the figure (default: what the runs have)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Compare runs, and print the tables or write them to a file.

    Raises:
        UserError: where a run or what a table needs of it is missing.
    """
    from tinyner.compare.selection import Wanted, tables_of
    from tinyner.files import output
    from tinyner.runs.lookup import open_source

    wanted = Wanted(
        arguments.names,
        arguments.archives,
        arguments.table,
        arguments.study,
        arguments.prefix,
        [(a, b) for a, b in arguments.proof],
        arguments.against,
        arguments.pairs,
        arguments.type,
        arguments.figure,
        arguments.epochs,
    )
    tables = tables_of(wanted, open_source(wanted.archives))
    if arguments.output is None:
        print(drawn(tables, arguments.format, terminal=sys.stdout.isatty()), end="")
    else:
        with output(arguments.output) as file:
            file.write(drawn(tables, arguments.format).encode())
    if arguments.format == "csv":
        for note in (note for table in tables for note in table.notes):
            print(note, file=sys.stderr)


def drawn(tables: Sequence["Table"], form: str, terminal: bool = False) -> str:
    """Return the tables in one of FORMATS; text is as wide as a terminal, else $COLUMNS or 100 columns."""
    from tinyner.compare import render

    if form == "text":
        return render.text(tables, _width(terminal), terminal)
    return {"markdown": render.markdown, "csv": render.comma_separated, "latex": render.latex}[form](tables)


def _width(terminal: bool) -> int:
    from rich.console import Console

    columns = os.environ.get("COLUMNS")
    if columns and not (columns.isdecimal() and int(columns)):
        raise UserError(f"COLUMNS={columns}: expected the width of the text in columns, e.g. COLUMNS=120")
    if terminal:
        return Console().width
    return int(columns) if columns else _WIDTH
