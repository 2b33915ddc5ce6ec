"""``tinyner init``: a project of one's own from one's sentences, labels and types, or from a recipe."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyner.commands.arguments import Commands, add_changes, changes
from tinyner.errors import UserError, listed

if TYPE_CHECKING:
    from tinyner.init.options import Options
    from tinyner.init.plan import Plan
    from tinyner.params import Params

_DESCRIPTION = """\
Turns this clone into a project of your own. It looks at your files and says what it sees; splits what is not split;
chooses few-shot examples and sizes; writes params.yaml, prompts/NAME.jsonl and data/own. On a terminal it asks for what
no flag says. docs/own-corpus.md has the rules."""


class _Once(argparse.Action):
    """Stores the value of a flag that is said once at most: of two values, one would be ignored."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value.

        Raises:
            UserError: if there is one already.
        """
        before = getattr(namespace, self.dest)
        if before is not None:
            raise UserError(
                f"init: {option_string} stands twice, with {before!r} and {values!r}; leave one of them out"
            )
        setattr(namespace, self.dest, values)


def register(commands: Commands) -> None:
    """Add the command and its arguments."""
    parser = commands.add_parser(
        "init", help="a project of your own, from your sentences and types", description=_DESCRIPTION
    )
    add = partial(parser.add_argument, action=_Once)
    add("--sentences", metavar="FILE", help="that the LLM is to label: CSV, JSON lines, text, ...")
    add("--gold", metavar="PATH", help="labelled sentences: a file, or a folder with train, valid and test")
    add(
        "--types",
        metavar="TYPES",
        help='"DRUG: a substance; DOSE: how much of it", or a .yaml file (default: of --gold)',
    )
    add("--annotator", metavar="NAME", help="who labels: an entry of annotate.annotators")
    parser.add_argument(
        "--labels",
        metavar="FILE",
        action="append",
        help="with labels of the sentences, which are taken for the LLM's; several files, or --annotator too, vote",
    )
    add("--base-url", metavar="URL", help="of the annotator's server, e.g. http://127.0.0.1:8000/v1")
    add("--model", metavar="NAME", help="the annotator's model, as its server calls it")
    add("--recipe", metavar="NAME", help="recipes/NAME.yaml, in place of files of your own")
    add("--data", metavar="PATH", help="folder or URL with the recipe's data (default: its own URL)")
    add("--test", type=int, metavar="N", help="gold sentences for the test set; without gold, the LLM's")
    add("--valid", type=int, metavar="N", help="gold sentences for validation; without gold, the LLM's")
    add("--target-size", type=int, metavar="N", help="sentences for the LLM (default: up to 2,000)")
    add("--document", metavar="KEY", help="the column or key with the document of a labelled sentence, or none")
    parser.add_argument(
        "--split-texts", action=argparse.BooleanOptionalAction, help="make a sentence of each in texts of several"
    )
    parser.add_argument("--snap", action="store_true", help="let spans that end inside a word label all of it")
    add("--encoding", metavar="NAME", help="of files that are not UTF-8, e.g. cp1252")
    add("--prompt", metavar="NAME", help="a template of prompts/ (default: scheme)")
    add("--student", metavar="PATH", help="a folder or hf:MODEL (default: as in params.yaml)")
    add("--name", help="of the examples, prompts/NAME.jsonl (default: the sentences' file's)")
    parser.add_argument("--git", action="store_true", help="keep your texts in Git, not under DVC")
    parser.add_argument("--force", action="store_true", help="overwrite files that are there")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    add_changes(parser, "of params.yaml, after all that init chooses")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Look, plan, print and write.

    Raises:
        UserError: where something is missing or can't be read rightly; then nothing is written.
    """
    from tinyner.init import project
    from tinyner.unfinished import scratch

    project.check_clone()
    options = _options(arguments)
    with scratch() as place:
        if options.recipe:
            _from_recipe(options, dry_run=arguments.dry_run)
        else:
            _from_files(options, place, dry_run=arguments.dry_run)


def _options(arguments: argparse.Namespace) -> "Options":
    from tinyner.init import flags
    from tinyner.init.options import Options

    settings = changes(arguments.set)
    labels = None if arguments.labels is None else tuple(arguments.labels)
    values = vars(arguments) | {"snap": "snap" if arguments.snap else None, "labels": labels}
    flags.check_values({flag: values[flag] for flag in flags.ALL}, settings)
    by_key = {
        "annotate.annotator": arguments.annotator,
        "prepare.student": arguments.student,
        "prepare.span_edges": values["snap"],
        "annotate.prompts.target": arguments.prompt,
        "annotate.prompts.related": arguments.prompt,
    }
    return Options(
        sentences=arguments.sentences or "",
        gold=arguments.gold,
        types=arguments.types,
        labels=labels,
        name=arguments.name,
        target_size=arguments.target_size,
        valid=arguments.valid,
        test=arguments.test,
        document=arguments.document,
        split_texts=arguments.split_texts,
        encoding=arguments.encoding,
        in_git=arguments.git,
        force=arguments.force,
        recipe=arguments.recipe,
        data=arguments.data,
        base_url=arguments.base_url,
        model=arguments.model,
        changes={key: value for key, value in by_key.items() if value is not None} | settings,
    )


def _from_files(options: "Options", scratch: Path, *, dry_run: bool) -> None:
    from tinyner import fetch
    from tinyner.init import flags, look, material, parameters, plan, questions, summary, teacher_files
    from tinyner.init.look import Looker
    from tinyner.params import PARAMS_FILE, load_params

    params, text = load_params(), PARAMS_FILE.read_text(encoding="utf-8")
    teachers = teacher_files.teacher_files(options.labels or (), params.annotate.annotators)
    options = teacher_files.with_their_annotators(options, teachers)
    missing = _missing(options, params)
    asks = bool(missing) and sys.stdin.isatty() and sys.stdout.isatty()
    if options.data is not None:
        raise UserError("init: --data goes with --recipe")
    if missing and not asks:
        raise UserError(f"init: needs {listed(missing)}; on a terminal, it asks for what it needs")
    if asks:
        options = questions.ask(options, params, text, scratch)
    annotator = parameters.chosen_annotator(params, options.changes)
    server = parameters.server_changes(options.base_url, options.model, annotator, params)
    splits_texts = options.changes.get("prepare.split_texts", options.split_texts)
    options = replace(
        options,
        changes={**server, **options.changes},
        split_texts=splits_texts if isinstance(splits_texts, bool) else None,
    )
    looker = Looker(options, parameters.prepare_of(text, options.changes), scratch)
    gold_files = looker.gold_files()
    flags.check_files(options, [split for split in gold_files if split])
    seen = looker.look()
    of_files = material.of_files(seen, options, parameters.seed(text, options.changes), teachers)
    made = plan.make(of_files, options, text)
    names = [fetch.address(name) for name in (options.sentences, *(options.labels or ()))]
    names += [file.name for file in gold_files.values()]
    sources = [fetch.local(name) for name in names if not fetch.is_url(name)]
    if seen.gold is not None and seen.gold.folder is not None:  # what else lies there is the user's, too
        sources.append(seen.gold.folder)
    summary.show("What there is", look.lines(seen))
    _finish(made, options, sources, dry_run=dry_run, asks=asks)


def _missing(options: "Options", params: "Params") -> list[str]:
    from tinyner.init import parameters

    missing = [] if options.sentences else ["--sentences FILE"]
    if not options.gold and not options.types and not options.labels:
        missing.append("--types TYPES (or --gold PATH)")
    if parameters.chosen_annotator(params, options.changes) is None:
        missing.append(parameters.annotator_needed(params))
    return missing


def _from_recipe(options: "Options", *, dry_run: bool) -> None:
    from tinyner.init import flags, parameters, plan, recipes, summary
    from tinyner.params import PARAMS_FILE, load_params

    name = options.recipe
    assert name
    flags.check_recipe(options)
    params, text, recipe = load_params(), PARAMS_FILE.read_text(encoding="utf-8"), recipes.load(name)
    source = options.data or recipe.url
    if source is None:
        raise UserError(f"init: recipes/{name}.yaml has no URL of its data; name a folder or URL: --data")
    overrides = recipes.overrides(recipe)
    annotator = parameters.chosen_annotator(params, {**overrides, **options.changes})
    if annotator is None:
        needed = parameters.annotator_needed(params)
        raise UserError(f"init: recipes/{name}.yaml names no annotator, so this needs {needed}")
    server = parameters.server_changes(options.base_url, options.model, annotator, params)
    options = replace(options, changes={**server, **options.changes})
    prepare = parameters.prepare_of(text, {**overrides, **options.changes})
    made = plan.make(recipes.material(recipe, name, source, prepare), options, text, overrides)
    if not any(key.startswith("annotate.") for key in options.changes):
        recipes.check_prompt(recipe, name, made)
    summary.show(recipe.title, recipes.lines(recipe))
    _finish(made, replace(options, name=name), recipes.sources(recipe, source), dry_run=dry_run, asks=False)


def _finish(made: "Plan", options: "Options", sources: Sequence[Path], *, dry_run: bool, asks: bool) -> None:
    from tinyner.commands.init_cost import cost_of
    from tinyner.init import changes, feasible, questions, summary, writing

    feasible.check(made)
    costs, is_asked = cost_of(made)
    what = changes.changes(made, options, sources)
    if not dry_run:
        what.check(options)
    summary.show("What is made of it", made.reasons)
    summary.show("What becomes of what is there", summary.former(what))
    summary.show("Where your texts go", summary.where_texts_go(made, what, options, is_asked=is_asked))
    summary.show("What the annotation costs", [("", line) for line in costs])
    if dry_run:
        summary.show("What would be written", summary.files(what), is_last=True)
        what.check(options)
    elif asks and not questions.confirmed():
        print("nothing is written")
    else:
        beside = writing.write(what, options)
        summary.show("Done", [*summary.files(what, beside), *summary.in_git(made, what, options)])
        summary.show("What comes next", summary.next_steps(made, is_asked=is_asked), is_last=True)
