"""The ``tinyner`` command: what is done beside the pipeline's stages."""

import argparse
from pathlib import Path

from tinyner import errors, params
from tinyner.commands import check
from tinyner.errors import UserError


def main() -> None:
    """Parse the command line and run the command."""
    errors.run(_main)


def _main() -> None:
    arguments = _parser().parse_args()
    if arguments.command == "check":
        arguments.run(arguments)
    elif arguments.command == "study":
        from tinyner import study  # noqa: PLC0415, a command loads what it needs

        study.run(arguments.study, _changes(arguments.set), arguments.prefix, arguments.dry_run)
    elif arguments.command == "compare":
        from tinyner.compare import command  # noqa: PLC0415

        wanted = command.Wanted(
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
        command.run(wanted, arguments.format, arguments.output)
    elif arguments.command == "archive":
        from tinyner import archive  # noqa: PLC0415

        archive.run(arguments.names, arguments.archives, arguments.study, arguments.prefix, arguments.output)
    elif arguments.command == "annotate":
        from tinyner import estimate  # noqa: PLC0415

        estimate.run(_changes(arguments.set), only=arguments.estimate)
    elif arguments.command == "serve":
        from tinyner import serve  # noqa: PLC0415

        serve.run(arguments.model, arguments.port, arguments.threads, arguments.parallel, arguments.context)
    elif arguments.command == "report":
        from tinyner.report import command as report  # noqa: PLC0415

        report.run(arguments.names, arguments.archives, arguments.data, arguments.output)
    elif arguments.command == "plots-page":
        from tinyner import plots_page  # noqa: PLC0415

        plots_page.run()
    else:
        from tinyner import predict  # noqa: PLC0415

        predict.run(arguments.file, arguments.model, arguments.output, int8=arguments.int8, threads=arguments.threads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tinyner", description="What is done beside the pipeline's stages.")
    commands = parser.add_subparsers(dest="command", required=True)
    study = commands.add_parser("study", help="train a table of experiments at once, and record each with DVC")
    study.add_argument("study", help="table2, table3, all, curve, or a YAML file of experiments")
    study.add_argument("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help="for all its experiments")
    study.add_argument("--prefix", default="", help="before each experiment's name")
    study.add_argument("--dry-run", action="store_true", help="print the experiments as commands, and do nothing")
    compare = commands.add_parser(
        "compare", help="experiments, branches, tags, commits side by side; the paper's tables"
    )
    _add_runs(compare)
    compare.add_argument(
        "--table", choices=("1", "2", "3", "curve"), help="the paper's table; curve: F1 over original sentences"
    )
    compare.add_argument(
        "--proof",
        nargs=2,
        action="append",
        default=[],
        metavar=("A", "B"),
        help="whether A beats B, by seeds and test sentences; several: p after Holm",
    )
    compare.add_argument("--against", metavar="NAME", help="whether each row beats this one, p after Holm")
    compare.add_argument("--pairs", action="store_true", help="whether each row beats each other, p after Holm")
    compare.add_argument("--type", metavar="TYPE", help="of entities that the three above count (default: all)")
    compare.add_argument("--figure", choices=("3",), help="the paper's weight curves, w0 by epoch, as a table")
    compare.add_argument("--epochs", type=int, metavar="T", help="of the figure (default: what the runs have)")
    compare.add_argument(
        "--format", choices=("text", "markdown", "csv", "latex"), default="text", help="default: %(default)s"
    )
    compare.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    archive = commands.add_parser("archive", help="write runs, predictions included, to one file that git can hold")
    _add_runs(archive)
    archive.add_argument("-o", "--output", type=Path, required=True, help="file to write, .jsonl.xz")
    annotate = commands.add_parser("annotate", help="what annotation will cost, before anything is sent")
    annotate.add_argument(
        "--estimate", action="store_true", help="print requests, tokens and dollars, and send nothing"
    )
    annotate.add_argument("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help="as `dvc exp run` does")
    serve = commands.add_parser("serve", help="a small LLM behind an OpenAI-compatible endpoint here (extra local-llm)")
    serve.add_argument("model", nargs="?", default="smollm2", help="smollm2 (default, from pip), or a GGUF file")
    serve.add_argument("--port", type=int, default=8017, help="default: %(default)s")
    serve.add_argument("--threads", type=int, help="default: all cores")
    serve.add_argument("--parallel", type=int, default=1, help="replies at a time (default: %(default)s)")
    serve.add_argument("--context", type=int, default=4096, help="tokens of prompt and reply (default: %(default)s)")
    report = commands.add_parser("report", help="all that was found, as one HTML file")
    report.add_argument("names", nargs="*", help="experiments, branches, tags, commits, or runs of the archives")
    report.add_argument(
        "--from",
        dest="archives",
        action="append",
        default=[],
        metavar="[PREFIX=]FILE",
        help="an archive of runs, a prefix before their names (without this and names: the workspace)",
    )
    report.add_argument(
        "--data",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="a repository whose sentences and replies are shown; one a teacher (default: this one)",
    )
    report.add_argument(
        "-o", "--output", type=Path, default=Path("reports/report.html"), help="file to write (default: %(default)s)"
    )
    commands.add_parser("plots-page", help="have `dvc plots` write pages that need no network (extra plots)")
    predict = commands.add_parser("predict", help="find entities in a file")
    predict.add_argument("file", type=Path, help="plain text, a text a line, or JSON lines with text or words")
    predict.add_argument(
        "-m", "--model", type=Path, default=Path("models/student"), help="folder (default: %(default)s)"
    )
    predict.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    predict.add_argument("--int8", action="store_true", help="8-bit weights on ONNX Runtime (extra onnx): rounded")
    predict.add_argument("--threads", type=int, help="default: all cores")
    check.register(commands)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="experiment, branch, tag, commit, or workspace (default: the experiments recorded on this commit)",
    )
    parser.add_argument(
        "--from",
        dest="archives",
        action="append",
        default=[],
        metavar="[PREFIX=]FILE",
        help="an archive whose runs are known by name, PREFIX before each",
    )
    parser.add_argument("--study", help="the experiments of table2, table3, all, curve, or a YAML file")
    parser.add_argument("--prefix", default="", help="before each experiment's name in a study or table")


def _changes(given: list[str]) -> dict[str, object]:
    changes = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise UserError(f"-S {one}: expected KEY=VALUE, e.g. -S train.epochs=6")
        changes[key] = params.value_of(value)
    return changes


if __name__ == "__main__":
    main()
