"""``tinyner predict``: find entities in a file with a trained student."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("predict", help="find entities in a file")
    parser.add_argument(
        "file", type=Path, help="plain text, a text a line, or JSON lines with text or words; -: standard input"
    )
    parser.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    parser.add_argument("--int8", action="store_true", help="8-bit weights on ONNX Runtime (extra onnx): rounded")
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--skip-bad-lines", action="store_true", help="go on behind a line that can't be read")
    parser.add_argument("--min-score", type=float, default=0.0, help="leave out entities that are less probable")
    parser.add_argument(
        "--precision", type=float, help="leave out so many that on dev this share of the others was right, such as 0.95"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Label the file, and write a JSON line a text.

    Raises:
        UserError: where the file, the model or the output can't be used.
    """
    from tinyner.predict.label_file import label_file

    label_file(
        arguments.file,
        arguments.model,
        arguments.output,
        int8=arguments.int8,
        threads=arguments.threads,
        skip_bad_lines=arguments.skip_bad_lines,
        min_score=arguments.min_score,
        precision=arguments.precision,
    )
