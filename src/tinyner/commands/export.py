"""``tinyner export``: a student as a folder that others load."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tinyner.commands.arguments import Commands, add_archives

if TYPE_CHECKING:
    from tinyner.export.exporting import Options


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("export", help="write a student as others load it: Hugging Face, ONNX, spaCy")
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="new folder, or an earlier export, which is replaced"
    )
    parser.add_argument(
        "--formats", default="hf,onnx,spacy", help="which of them, separated by commas (default: %(default)s)"
    )
    add_export_options(parser)
    parser.set_defaults(run=run)


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Add what `tinyner export` and `tinyner push` have in common."""
    parser.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--check", type=Path, metavar="FILE", help="texts to check by (default: the test set here, or the dev set)"
    )
    parser.add_argument(
        "--against", metavar="NAME", help="a run on people's labels alone, for the card (default: looked for)"
    )
    add_archives(parser, "an archive that has this run")
    parser.add_argument("--license", help="of the weights, as the hub spells it, such as mit (default: not known)")
    parser.add_argument("--name", default="tinyner student", help="of the model, on its card (default: %(default)s)")


def options_of(arguments: argparse.Namespace, formats: str) -> "Options":
    """Return the options of an export, of formats separated by commas."""
    from tinyner.export.exporting import Options

    return Options(
        model=arguments.model,
        formats=[name.strip() for name in formats.split(",") if name.strip()],
        check=arguments.check,
        against=arguments.against,
        archives=arguments.archives,
        license=arguments.license,
        name=arguments.name,
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the export.

    Raises:
        UserError: where the folder, the model or a run can't be used.
    """
    from tinyner.export.exporting import export

    export(arguments.folder, options_of(arguments, arguments.formats))
