"""What ``tinyner init`` prints: what there is, what is done, where the texts go, what comes next."""

import os
import shlex
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tinyner.annotate import templates
from tinyner.init import ignoring, project
from tinyner.init.changes import Changes, is_of_the_clone, moved_in_words
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.params import PARAMS_FILE, Annotator
from tinyner.plurals import number

Line = tuple[str, str]
"""A word for what a line is about, and the line."""

_SHOWN = 3  # files
_STEPS = 4
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - to compare with, not to listen on
_WIDTH = 110  # columns, where no terminal says otherwise


def show(title: str, lines: Iterable[Line], *, is_last: bool = False) -> None:
    """Print lines below a title, the word for what each is about once, and a blank line unless they are the last."""
    rows = list(lines)
    if not rows:
        return
    print(f"{title}" if title else "", end="\n" if title else "")
    longest = max(len(about) for about, _ in rows)
    indent = 4 + longest if longest else 2
    width = max(shutil.get_terminal_size((_WIDTH, 0)).columns, 2 * indent)
    before = ""
    for about, line in rows:
        words = f"  {about if about != before else '':{indent - 2}}{line}"
        print(
            textwrap.fill(words, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
        )
        before = about
    if not is_last:
        print()


def where_texts_go(plan: Plan, what: Changes, options: Options, *, is_asked: bool) -> Iterator[Line]:
    """Yield what Git, DVC and the LLM are to get of the user's texts; ``is_asked``: a reply is missing."""
    shots = plan.material.shots
    whose, place = "the recipe's" if options.recipe else "your", "other texts" if shots else "texts"
    if shots:
        kind = "of the recipe" if options.recipe else "sentences of yours"
        yield "Git", f"{plan.examples}: {number(len(shots), 'few-shot example')}, {kind} with their labels"
    for moved in _moved_examples(what):
        yield "Git", f"{moved}: the examples that were there before; `git add -A` takes them, unless you move them"
    if options.in_git:
        yield "Git", f"{_list([*what.texts, *what.others])} (--git)"
    else:
        yield "Git", f"data/own/*.dvc, the hashes of {whose} {place}"
        yield (
            "Git",
            "no text that you put into data/own later (data/own/.gitignore): `dvc add` it, for DVC to keep it",
        )
    for path in what.ignored:
        yield "Git", f"not {path}{'/' if path.is_dir() else ''}, which is added to .gitignore"
    for path in what.tracked:
        yield (
            "Git",
            f"{path} is tracked already, so Git has it: `git rm --cached {project.words([path])}` takes it out of "
            "later commits",
        )
    if not options.in_git:
        remotes = project.remotes()
        pushed = (
            f"`dvc push` copies them to {', '.join(remotes)}" if remotes else "a remote, if you set one, by `dvc push`"
        )
        yield "DVC", f"{_list(what.texts)}: in its cache, .dvc/cache; {pushed}"
    if what.others and not options.in_git:
        listed = _list(what.others[:_SHOWN])
        more = f" and {len(what.others) - _SHOWN} more" if len(what.others) > _SHOWN else ""
        yield "neither", f"{listed}{more}: Git ignores what else lies in data/own, and DVC keeps what you `dvc add`"
    annotator = plan.annotator
    if annotator is None:
        yield "the LLM", "nothing: all labels are in files"
    elif annotator.online and not is_asked:
        yield "the LLM", "nothing: all replies are there"
    elif annotator.online:
        yield "the LLM", f"{address(annotator)} gets {sent(plan)}"
    else:
        yield "the LLM", f"nothing: {plan.params.annotate.asked} has recorded replies only"


def sent(plan: Plan) -> str:
    """Return what the LLM is sent, in words."""
    parts = [number(len(plan.asked), "sentence")]
    if plan.related:
        parts.append(number(len(plan.related), "related one"))
    if plan.gold:
        parts.append(f"to be scored, {number(len(plan.gold), 'labelled one')} without the labels")
    sentences = " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    sentences = sentences.replace(" and to be scored, ", " and, to be scored, ")
    annotate_params, shots = plan.params.annotate, len(plan.material.shots)
    if annotate_params.few_shot == "similar":
        of_train = number(len(plan.sets.original), "labelled one")
        return f"{sentences}, and with each the {annotate_params.shots} most like it of {of_train}, with their labels"
    return f"{sentences}, and the {number(shots, 'example')} with each" if shots else sentences


def address(annotator: Annotator) -> str:
    """Return where an annotator's requests go."""
    return annotator.base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com"


def former(what: Changes) -> Iterator[Line]:
    """Yield what becomes of files of a project before, and of files that are overwritten."""
    if what.moved:
        yield "kept", moved_in_words(what.moved)
    splits = [path for path in what.removed if path not in what.moved]
    if splits:
        yield "removed", f"{_list(splits)}: called as a split is, and this project has none of that name"
    empty = [path for path in what.cleared if not path.read_bytes().strip()]
    for paths, why in (
        ([path for path in what.cleared if path not in empty], "a commit or DVC's cache has {them}"),
        (empty, "nothing is in {them}"),
    ):
        if paths:
            them = "it" if len(paths) == 1 else "them"
            because = why.format(them=them)
            yield "removed", f"{_list(paths)}: init wrote {them}, nothing uses {them}, and {because}"
    for path, why in what.left.items():
        yield "left", f"{project.words([path])}, which nothing uses any more: {why}"


def files(what: Changes, beside: Sequence[Path] = ()) -> Iterator[Line]:
    """Yield the files that are written, moved and removed; ``beside``: those that are written beside these."""
    yield "written", _list([*what.written, *beside]) or "nothing, all is there already"
    for path, place in what.moved.items():
        yield "moved", f"{project.words([path])} to {project.words([place])}"
    if what.gone:
        yield "removed", _list(what.gone)


def in_git(plan: Plan, what: Changes, options: Options) -> Iterator[Line]:
    """Yield what Git itself says, once all is written: whether it would take texts, and takes what it is to have."""
    if options.in_git:
        expected = [*what.texts, plan.examples]
    else:
        exposed = list(ignoring.exposed([path for path in what.sources if not is_of_the_clone(path)]))
        for path, why in exposed:
            yield "LOOK OUT", f"{path} {why}"
        if not exposed:
            examples = [*([plan.examples] if plan.material.shots else []), *_moved_examples(what)]
            but = f", and the examples in {_list(examples)}" if examples else ""
            whose = "the recipe's" if options.recipe else "your"
            yield "Git", f"asked: of {whose} texts it gets only hashes, data/own/*.dvc{but}"
        expected = [*map(project.dvc_file, what.to_dvc), plan.examples]
    for path in expected:
        if project.is_kept_out(path):
            yield "LOOK OUT", f"{path} stays out of Git by {project.rule_for(path)}; `git add -f` adds it nevertheless"


def _moved_examples(what: Changes) -> list[Path]:
    """Return where examples are moved that were written over: into prompts/, which Git holds."""
    return [place for place in what.moved.values() if place.parent == project.PROMPTS]


def _list(paths: Iterable[Path]) -> str:
    return ", ".join(project.words([path]) for path in paths)


def next_steps(plan: Plan, *, is_asked: bool) -> Iterator[Line]:
    """Yield the next commands; ``is_asked``: a reply is missing."""
    annotator = plan.annotator
    is_online = is_asked and annotator is not None and annotator.online
    key = annotator.api_key_env if annotator is not None and is_online else None
    undefined = templates.undefined(plan.params)
    if undefined and annotator is not None:
        what = "definition" if len(undefined) == 1 else "definitions"
        yield "first", f"write the {what} of {', '.join(undefined)} into {PARAMS_FILE}"
    if key and not os.environ.get(key):
        yield "first", f"export {key}=..., the key of the LLM"
    if annotator is not None and is_online and urlsplit(address(annotator)).hostname in _THIS_MACHINE:
        yield "first", f"start the server of {annotator.model} at {address(annotator)}"
    commit = shlex.join(["git", "commit", "-m", f"Project {plan.material.name}"])
    steps = [
        (f"git add -A && {commit}", "a state to come back to, and to compare with"),
        ("tinyner check", "every mistake in one list, before anything is paid"),
    ]
    if {"train", "valid"} & set(plan.material.splits) and is_online:  # a pilot never asks for test sentences
        steps.append(("dvc repro prepare && tinyner pilot", "how good the LLM is on your gold sentences"))
    elif is_online:
        steps.append(("dvc repro prepare && tinyner pilot -n 10", "what the LLM answers, before it is asked for all"))
    labels = "asks the LLM" if is_online else "takes the labels that are there"
    steps.append(("dvc repro", f"{labels}, trains a student, scores it"))
    if len(steps) < _STEPS:
        steps.append(("tinyner predict ../more.txt", "the student on other texts"))
    width = max(len(command) for command, _ in steps)
    for count, (command, what) in enumerate(steps, 1):
        yield str(count), f"{command:{width}}  # {what}"
