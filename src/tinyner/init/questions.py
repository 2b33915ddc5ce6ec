"""Ask step by step, on a terminal, what ``tinyner init`` is to know; after each answer it says what it sees."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from rich import prompt
from rich.text import Text

from tinyner.annotate.server_address import problem
from tinyner.errors import UserError
from tinyner.init import look, parameters, sizes, summary
from tinyner.init.look import Gold, Looker
from tinyner.init.options import Options
from tinyner.init.project import OWN
from tinyner.init.scheme import Scheme
from tinyner.init.scheme_source import read_scheme
from tinyner.params import Params
from tinyner.terminal import harmless_console

T = TypeVar("T")

_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".conll", ".txt")
_OF_THE_CLONE = {"requirements.txt", "requirements-dev.txt", "constraints.txt"}


class _Asked:
    """Questions whose words can't steer the terminal and are no markup: names of files and types are others' words."""

    illegal_choice_message = "Please select one of the available options"

    @classmethod
    def ask(cls, words: str, **options: Any) -> Any:
        """Return the answer; ``options`` are rich's."""
        return super().ask(Text(words), console=harmless_console(), **options)  # type: ignore[misc]


class Prompt(_Asked, prompt.Prompt):  # type: ignore[misc]
    """Ask for a text."""


class IntPrompt(_Asked, prompt.IntPrompt):  # type: ignore[misc]
    """Ask for a number."""

    validate_error_message = "Please enter a number"


class Confirm(_Asked, prompt.Confirm):  # type: ignore[misc]
    """Ask for a yes or a no."""

    validate_error_message = "Please enter Y or N"


def ask(options: Options, params: Params, params_text: str, scratch: Path) -> Options:
    """Return the options, completed by the user's answers.

    Raises:
        UserError: where the user gives no more answers.
    """

    def looker(some: Options) -> Looker:
        return Looker(some, parameters.prepare_of(params_text, some.changes), scratch)

    try:
        options = _sentences(options, looker)
        gold = None
        if options.gold is None:
            options, gold = _gold(options, looker)
        else:
            gold = looker(options).gold()
        options = _types(options, gold)
        options = _annotator(options, params)
        if gold is not None and "" in gold.contents:
            options = _sizes(options, len(gold.contents[""].sentences))
        if not options.in_git:
            options = replace(options, in_git=not Confirm.ask("Keep the texts out of Git, under DVC?", default=True))
    except EOFError:
        raise UserError("init: no more answers; nothing is written") from None
    print()
    return options


def confirmed() -> bool:
    """Return whether the plan is to be written."""
    try:
        return bool(Confirm.ask("Write this?", default=True))
    except EOFError:
        return False


def _sentences(options: Options, looker: Callable[[Options], Looker]) -> Options:
    def answer() -> Options:
        default = _likely_file()
        words = "Sentences for the LLM (CSV with a column text, JSON lines, plain text, ...)"
        source = options.sentences or (Prompt.ask(words, default=default) if default else Prompt.ask(words))
        asked = replace(options, sentences=source.strip())
        summary.show("", look.content_lines(looker(asked).target()))
        return asked

    return _until_right(answer)


def _gold(options: Options, looker: Callable[[Options], Looker]) -> tuple[Options, Gold | None]:
    def answer() -> tuple[Options, Gold | None]:
        words = "Labelled sentences (a file, or a folder with splits; Enter: none)"
        source = Prompt.ask(words, default="", show_default=False).strip()
        if not source:
            return options, None
        asked = replace(options, gold=source)
        gold = looker(asked).gold()
        summary.show("", look.gold_lines(gold))
        return asked, gold

    return _until_right(answer)


def _types(options: Options, gold: Gold | None) -> Options:
    if not options.types and gold is None:

        def answer() -> Options:
            words = "Types (DRUG: a substance given to a patient; DOSE: ...; or a .yaml file)"
            asked = replace(options, types=Prompt.ask(words).strip())
            read_scheme(asked.types or "")
            return asked

        options = _until_right(answer)
    scheme = gold.scheme if gold is not None else read_scheme(options.types or "")
    return replace(options, definitions={**options.definitions, **_definitions(scheme)})


def _definitions(scheme: Scheme) -> dict[str, str]:
    definitions = {}
    if scheme.undefined:
        print("What is each type? The LLM is shown it. (Enter: later, in params.yaml)")
    for name in scheme.undefined:
        text = Prompt.ask(f"  {name}", default="", show_default=False).strip()
        if text:
            definitions[name] = text
    return definitions


def _annotator(options: Options, params: Params) -> Options:
    online = parameters.online_annotators(params)
    if "annotate.annotator" in options.changes or not online:
        return options
    print("LLMs of params.yaml, under annotate.annotators:")
    for name, annotator in online.items():
        key = annotator.api_key_env
        needs = f", needs {key}{'' if os.environ.get(key) else ', which is not set'}" if key else ""
        print(f"  {name}: {annotator.model} at {summary.address(annotator)}{needs}")
    words = "Which one labels? It is sent your texts"  # no default: an Enter too many sends nobody's texts away
    name = Prompt.ask(words, choices=list(online), show_choices=False)
    options = replace(options, changes={**options.changes, "annotate.annotator": name})
    annotator = online[name]
    default_url = annotator.base_url
    if not default_url:
        return options

    def address() -> str:
        url: str = Prompt.ask("  URL of its server", default=default_url).strip()
        wrong = problem(url)
        if wrong is not None:
            raise UserError(wrong)
        return url

    return replace(
        options,
        base_url=options.base_url or _until_right(address),
        model=options.model or Prompt.ask("  name of the model there", default=annotator.model).strip(),
    )


def _sizes(options: Options, count: int) -> Options:
    def answer() -> Options:
        test, valid = options.test, options.valid
        if test is None:
            words = f"Of {count} labelled sentences, how many are the test set?"
            test = IntPrompt.ask(words, default=sizes.of_gold(count, valid=valid)[0])
        if not 0 <= test <= count:
            raise UserError(f"{test} is no number from 0 to {count}")
        if valid is None:
            valid = IntPrompt.ask("... and for validation?", default=sizes.of_gold(count, test)[1])
        if valid < 0 or test + valid > count:
            raise UserError(f"{test} and {valid} are not parts of {count}")
        return replace(options, test=test, valid=valid)

    return _until_right(answer)


def _until_right(answer: Callable[[], T]) -> T:
    """Return the first answer that is right; say of the others what is wrong."""
    while True:
        try:
            return answer()
        except UserError as error:
            print(f"  {error}")


def _likely_file() -> str:
    """Return the only file here or in data/own that may have sentences, "" where there are none or several."""
    paths = [
        path
        for folder in (Path(), OWN)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in _ENDINGS and path.name not in _OF_THE_CLONE
    ]
    return str(paths[0]) if len(paths) == 1 else ""
