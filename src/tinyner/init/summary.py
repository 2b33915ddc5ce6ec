"""What ``tinyner init`` prints: what there is, what is done, where the texts go, what comes next."""

import os
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from tinyner.annotate import templates
from tinyner.init import project
from tinyner.init.findings import number
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.init.writing import Changes
from tinyner.params import PARAMS_FILE, Annotator

Line = tuple[str, str]
"""A word for what a line is about, and the line."""

_STEPS = 3
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - to compare with, not to listen on
_WIDTH = 110  # columns, where no terminal says otherwise


def show(title: str, lines: Iterable[Line]) -> None:
    """Print lines below a title, the word for what each is about once."""
    rows = list(lines)
    if not rows:
        return
    print(f"{title}" if title else "", end="\n" if title else "")
    indent = 4 + max(len(about) for about, _ in rows)
    width = max(shutil.get_terminal_size((_WIDTH, 0)).columns, 2 * indent)
    before = ""
    for about, line in rows:
        words = f"  {about if about != before else '':{indent - 2}}{line}"
        print(
            textwrap.fill(words, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
        )
        before = about
    print()


def where_texts_go(plan: Plan, what: Changes, options: Options, *, is_asked: bool) -> Iterator[Line]:
    """Yield what Git, DVC and the LLM get of the user's texts; ``is_asked``: a reply is missing."""
    shots, data = plan.material.shots, plan.material.data
    texts, whose = ", ".join(map(str, data)), "the" if options.recipe else "your"
    if shots:
        kind = "of the recipe" if options.recipe else "sentences of yours"
        yield "Git", f"{plan.examples}: {number(len(shots), 'few-shot example')}, {kind} with their labels"
    if options.in_git:
        yield "Git", f"{texts} (--git)"
    else:
        yield (
            "Git",
            f"of {whose} {'other ' if shots else ''}texts only hashes: data/own/*.dvc",
        )
        yield (
            "Git",
            "no text that you put into data/own later (data/own/.gitignore): `dvc add` it, for DVC to keep it",
        )
    for path in what.ignored:
        yield "Git", f"not {path}, which is added to .gitignore"
    for path in what.tracked:
        yield "Git", f"{path} is tracked already, so Git has it: `git rm --cached {path}` takes it out of later commits"
    if not options.in_git:
        remotes = project.remotes()
        pushed = (
            f"`dvc push` copies them to {', '.join(remotes)}" if remotes else "a remote, if you set one, by `dvc push`"
        )
        yield "DVC", f"{texts}: in its cache, .dvc/cache; {pushed}"
    annotator = plan.annotator
    examples = f", and the {number(len(shots), 'example')} with each" if shots else ""
    if annotator is None:
        yield "the LLM", "nothing: all labels are in files"
    elif annotator.online and not is_asked:
        yield "the LLM", "nothing: all replies are there"
    elif annotator.online:
        yield "the LLM", f"{address(annotator)} gets {number(len(plan.asked), 'sentence')}{examples}"
    else:
        yield "the LLM", f"nothing: {plan.params.annotate.asked} has recorded replies only"


def address(annotator: Annotator) -> str:
    """Return where an annotator's requests go."""
    return annotator.base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com"


def files(what: Changes) -> Iterator[Line]:
    """Yield the files that are written and removed."""
    yield "written", ", ".join(map(str, what.written)) or "nothing, all is there already"
    for path in what.removed:
        yield "removed", str(path)
    if what.left:
        dvc_files = " ".join(str(project.dvc_file(path)) for path in what.left if project.dvc_file(path).exists())
        how = f"; `dvc remove {dvc_files}` lets go of what DVC holds of it" if dvc_files else ""
        yield "left", f"{', '.join(map(str, what.left))} of the project before: delete what you no longer need{how}"


def next_steps(plan: Plan, *, is_asked: bool) -> Iterator[Line]:
    """Yield the next three commands; ``is_asked``: a reply is missing."""
    annotator = plan.annotator
    is_online = is_asked and annotator is not None and annotator.online
    key = annotator.api_key_env if annotator is not None and is_online else None
    undefined = templates.undefined(plan.params)
    if undefined and annotator is not None:
        yield "first", f"write the definitions of {', '.join(undefined)} into {PARAMS_FILE}"
    if key and not os.environ.get(key):
        yield "first", f"export {key}=..., the key of the LLM"
    if annotator is not None and is_online and urlsplit(address(annotator)).hostname in _THIS_MACHINE:
        yield "first", f"start the server of {annotator.model} at {address(annotator)}"
    steps = [("tinyner check", "every mistake in one list, before anything is paid")]
    if {"train", "valid"} & set(plan.material.splits) and is_online:  # a pilot never asks for test sentences
        steps.append(("dvc repro prepare && tinyner pilot -n 30", "how good the LLM is on your gold sentences"))
    elif is_online:
        steps.append(("dvc repro prepare && tinyner pilot -n 10", "what the LLM answers, before it is asked for all"))
    labels = "asks the LLM" if is_online else "takes the labels that are there"
    steps.append(("dvc repro", f"{labels}, trains a student, scores it"))
    if len(steps) < _STEPS:
        steps.append(("tinyner predict more.txt", "the student on other texts"))
    width = max(len(command) for command, _ in steps)
    for count, (command, what) in enumerate(steps, 1):
        yield str(count), f"{command:{width}}  # {what}"
