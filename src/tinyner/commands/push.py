"""``tinyner push``: a student to a hub."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.commands.export import add_export_options, options_of


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("push", help="upload a student to the Hugging Face hub, where one is logged in")
    parser.add_argument(
        "repository", metavar="REPO_ID", help="USER/NAME; is made where it is not there (HF_ENDPOINT: the hub)"
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="of `tinyner export` (default: an export is made)"
    )
    parser.add_argument(
        "--private",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether a new repository is private; it is, unless you say --no-private",
    )
    add_export_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Upload the student.

    Raises:
        UserError: where nobody is logged in, or the hub refuses or is not reached.
    """
    from tinyner.export.pushing import push

    push(arguments.repository, arguments.folder, options_of(arguments, "hf"), private=arguments.private)
