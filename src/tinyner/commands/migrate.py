"""``tinyner migrate``: an old params.yaml, or an old study, under today's keys."""

import argparse
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("migrate", help="rewrite an old params.yaml, or an old study, under today's keys")
    parser.add_argument("file", nargs="?", metavar="FILE", help="params.yaml, or a study's YAML (default: params.yaml)")
    parser.add_argument("--dry-run", action="store_true", help="print what would change, and write nothing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Rewrite the file, and print a line for each key that changed.

    Raises:
        UserError: where the file can't be read or written, or would still be refused; then it stays as it is.
    """
    from tinyner.commands.rewritten_yaml import rewrite
    from tinyner.files import atomic
    from tinyner.params import PARAMS_FILE

    path = Path(arguments.file or PARAMS_FILE)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}; name a params.yaml or a study") from None
    except ValueError as error:
        raise UserError(f"{path}: not valid YAML: {error}") from None
    rewritten = rewrite(text, path)
    for line in rewritten.lines:
        print(line)
    if not rewritten.lines:
        print(f"{path}: nothing to do")
    elif arguments.dry_run:
        print(f"{path}: would be rewritten ({len(rewritten.lines)} keys)")
    else:
        try:
            with atomic(path) as file:
                file.write(rewritten.text.encode())
        except OSError as error:
            raise UserError(f"{path}: can't be written: {error.strerror}") from None
        print(f"{path}: rewritten ({len(rewritten.lines)} keys)")
