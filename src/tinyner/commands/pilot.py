"""``tinyner pilot``: how good the LLM is on some gold sentences, before all sentences are paid for."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinyner.commands.arguments import Commands, add_changes, changes
from tinyner.errors import UserError


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser("pilot", help="how good the LLM is on some gold sentences, before you pay for all")
    parser.add_argument("-n", type=int, metavar="N", help="sentences (default: annotate.gold_size, else 30)")
    parser.add_argument(
        "--prompt",
        action="append",
        default=[],
        metavar="NAME",
        help="of prompts/NAME.txt; several are compared (default: annotate.prompts.target)",
    )
    parser.add_argument(
        "--annotator",
        action="append",
        default=[],
        metavar="NAME",
        help="under annotate.annotators; several are compared (default: annotate.annotator)",
    )
    add_changes(parser, "a parameter to change, as `dvc exp run` does")
    parser.add_argument("-o", "--json", type=Path, metavar="FILE", help="write the whole result: every score and reply")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Ask for gold sentences, and print how good the replies are; without gold, ask for others and print the replies.

    Raises:
        UserError: where there is no sentence to ask for, or the annotator can't be asked, or replies are missing.
    """
    if arguments.n is not None and arguments.n < 1:
        raise UserError(f"pilot: -n {arguments.n}: expected the number of sentences, at least 1")
    from tinyner.files import check_output

    check_output(arguments.json)  # before anything is paid
    from tinyner.annotate.gold_sentences import SIZE, shown_texts
    from tinyner.pilot.candidates import candidates
    from tinyner.pilot.gold import has_gold

    compared = candidates(arguments.prompt, arguments.annotator, changes(arguments.set))
    count = arguments.n or compared[0].params.annotate.gold_size or SIZE
    prompt_texts = [text for candidate in compared for text in shown_texts(candidate.params)]
    if has_gold(compared[0].params):
        from tinyner.pilot.result import pilot_content, run_pilot
        from tinyner.pilot.show import show

        pilot = run_pilot(count, compared, prompt_texts)
        try:
            _write(pilot_content(pilot), arguments.json)
        finally:
            show(pilot)  # what was paid for is seen even if it can't be written
    else:
        from tinyner.pilot.look import look_content, run_look
        from tinyner.pilot.show_look import show_look

        look = run_look(count, compared, prompt_texts)
        try:
            _write(look_content(look), arguments.json)
        finally:
            show_look(look)


def _write(content: Mapping[str, Any], path: Path | None) -> None:
    if path is not None:
        from tinyner.files import output
        from tinyner.pilot.result import as_json

        with output(path) as file:
            file.write(as_json(content))
