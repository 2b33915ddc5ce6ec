"""``tinyner predict``: find entities in texts with a trained student."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("predict", help="find entities in files")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="plain text (a text a line), JSON lines, CSV, CoNLL columns or Parquet, also gzipped; patterns such as "
        "'notes/*.txt'; with -o FOLDER/ folders and URLs, too; -: standard input",
    )
    parser.add_argument(
        "--column", help="column or key of the texts or words, or a column's number (default: text or words)"
    )
    parser.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "-o",
        "--output",
        help="file to write, in place of an older one; for brat a folder; -: standard output (the default). A folder "
        "that exists, a name that ends in "
        "/, or a URL: a file for each that is read. Of a run that was killed, the same command goes on",
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
        "--precision",
        type=float,
        help="keep the entities above the score from which this share was right on dev, such as 0.95",
    )
    parser.add_argument(
        "--engine",
        choices=("local", "ray"),
        default="local",
        help="ray: on the cluster at $RAY_ADDRESS or this machine's, a file a task, with -o FOLDER/ (extra ray)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Label the files, and write their texts with entities.

    Raises:
        UserError: where a file, the model or an output can't be used.
    """
    from tinyner.predict.options import Options

    options = Options(
        column=arguments.column,
        int8=arguments.int8,
        threads=arguments.threads,
        runtime=arguments.runtime,
        skip_bad_lines=arguments.skip_bad_lines,
        min_score=arguments.min_score,
        precision=arguments.precision,
    )
    if _asks_for_shards(arguments):
        from tinyner.shards.label_shards import label_shards

        if arguments.output is None or arguments.html is not None:
            raise UserError(
                "--engine ray, folders and URLs: files are written into a folder; say -o FOLDER/, and no --html"
            )
        label_shards(
            arguments.files,
            arguments.model,
            arguments.output,
            options,
            named_format=arguments.format,
            engine=arguments.engine,
        )
        return
    from tinyner.predict.label_files import label_files
    from tinyner.predict.sinks import Outputs

    output = None if arguments.output in {None, "-"} else Path(arguments.output)
    label_files(arguments.files, arguments.model, Outputs(output, arguments.format, arguments.html), options)


def _asks_for_shards(arguments: argparse.Namespace) -> bool:
    """Return whether each file is to become a file of its own."""
    output = arguments.output or ""
    is_folder = output.endswith("/") or Path(output).is_dir()
    has_urls = any("://" in name for name in (*arguments.files, output))
    return arguments.engine == "ray" or has_urls or (bool(output) and is_folder and arguments.format != "brat")
