"""``tinyner predict``: find entities in texts with a trained student."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("predict", help="find entities in files")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="plain text (a text a line), JSON lines, CSV, CoNLL columns or Parquet, also gzipped; patterns such as "
        "'notes/*.txt'; -: standard input",
    )
    parser.add_argument("--column", help="column or key of the texts or words (default: text or words)")
    parser.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="file to write, for brat a folder (default: standard output); of a run that was killed, the same command "
        "goes on",
    )
    parser.add_argument(
        "--format",
        help="jsonl, conll, csv or tsv (a row an entity), brat, html or view (default: by the ending of -o; on a "
        "terminal view; else jsonl)",
    )
    parser.add_argument("--html", type=Path, metavar="PAGE", help="a page with the entities drawn in the texts")
    parser.add_argument("--int8", action="store_true", help="8-bit weights on ONNX Runtime (extra onnx): rounded")
    parser.add_argument(
        "--runtime",
        choices=("torch", "onnx"),
        default="torch",
        help="onnx (an extra): starts in a second",
    )
    parser.add_argument("--threads", type=int, help="default: all cores")
    parser.add_argument("--skip-bad-lines", action="store_true", help="go on behind a line that can't be read")
    parser.add_argument("--min-score", type=float, default=0.0, help="leave out entities that are less probable")
    parser.add_argument(
        "--precision", type=float, help="leave out so many that on dev this share of the others was right, such as 0.95"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Label the files, and write their texts with entities.

    Raises:
        UserError: where a file, the model or an output can't be used.
    """
    from tinyner.predict.label_files import Options, label_files
    from tinyner.predict.sinks import Outputs

    label_files(
        arguments.files,
        arguments.model,
        Outputs(arguments.output, arguments.format, arguments.html),
        Options(
            column=arguments.column,
            int8=arguments.int8,
            threads=arguments.threads,
            runtime=arguments.runtime,
            skip_bad_lines=arguments.skip_bad_lines,
            min_score=arguments.min_score,
            precision=arguments.precision,
        ),
    )
