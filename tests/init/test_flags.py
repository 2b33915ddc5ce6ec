"""Every flag of ``tinyner init`` in every situation: it is used, or refused; never ignored in silence."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import in_process
from tests.init.test_recipes import write_recipe
from tests.init.workspace import TYPES, clone, commit_all, git, labelled, texts, write_csv, write_jsonl
from tinyner.commands import init

BASE = "what the situation is made of"
ELSEWHERE = "tested in test_writing.py and test_init.py"
USED = "something is written otherwise than without it"

Outcomes = dict[str, tuple[str, str]]
"""By flag: its value, and what becomes of it, or a part of the message."""

COMMON: Outcomes = {
    "--annotator": ("openai", BASE),
    "--target-size": ("9", USED),
    "--snap": ("", USED),
    "--prompt": ("json", USED),
    "--student": ("hf:some/model", USED),
    "--git": ("", ELSEWHERE),
    "--force": ("", ELSEWHERE),
    "--dry-run": ("", ELSEWHERE),
    "--set": ("train.epochs=4", USED),
}
OF_FILES: Outcomes = {
    **COMMON,
    "--sentences": ("notes.csv", BASE),
    "--base-url": ("http://127.0.0.1:9/v1", USED),
    "--model": ("another", USED),
    "--recipe": ("made", "init: --sentences"),
    "--data": ("parted", "init: --data goes with --recipe"),
    "--split-texts": ("", USED),
    "--no-split-texts": ("", USED),
    "--encoding": ("cp1252", "init: --encoding cp1252: all files are UTF-8 already; leave it out"),
    "--name": ("mine", USED),
    "--labels": ("labels.jsonl", USED),
}
BY_RECIPE = "can't go with --recipe, which says all of that"
SITUATIONS: dict[str, tuple[list[str], Outcomes]] = {
    "no gold": (
        ["--sentences", "notes.csv", "--types", TYPES, "--annotator", "openai"],
        {
            **OF_FILES,
            "--types": (TYPES, BASE),
            "--gold": ("gold.jsonl", USED),
            "--test": ("5", USED),
            "--valid": ("5", USED),
            "--document": ("ward", "init: --document ward says how --gold is split, and there is no --gold"),
        },
    ),
    "a file of gold": (
        ["--sentences", "notes.csv", "--gold", "gold.jsonl", "--annotator", "openai"],
        {
            **OF_FILES,
            "--types": (TYPES, USED),
            "--gold": ("gold.jsonl", BASE),
            "--test": ("5", USED),
            "--valid": ("5", USED),
            "--document": ("ward", USED),
        },
    ),
    "gold that is split": (
        ["--sentences", "notes.csv", "--gold", "split", "--annotator", "openai"],
        {
            **OF_FILES,
            "--types": (TYPES, USED),
            "--gold": ("split", BASE),
            "--test": ("5", "init: --test 5: split has a file for test, which is taken whole; leave it out, or name a"),
            "--valid": ("5", USED),  # there is none
            "--document": ("ward", "init: --document ward: split is split already, into train and test; leave it out"),
        },
    ),
    "a recipe": (
        ["--recipe", "made", "--data", "parted"],
        {
            **COMMON,
            "--annotator": ("openai", USED),
            "--base-url": ("http://127.0.0.1:9/v1", USED),
            "--model": ("another", USED),
            "--recipe": ("made", BASE),
            "--data": ("parted", BASE),
            **{
                flag: (value, f"init: {flag} {BY_RECIPE}")
                for flag, value in {
                    "--sentences": "notes.csv",
                    "--gold": "gold.jsonl",
                    "--types": TYPES,
                    "--test": "5",
                    "--valid": "5",
                    "--document": "ward",
                    "--encoding": "cp1252",
                    "--split-texts": "",
                    "--no-split-texts": "",
                    "--name": "mine",
                    "--labels": "labels.jsonl",
                }.items()
            },
        },
    ),
}
SITUATIONS["a recipe"][1]["--no-split-texts"] = ("", f"init: --split-texts {BY_RECIPE}")
CASES = [(situation, flag) for situation, (_, outcomes) in SITUATIONS.items() for flag in outcomes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with files of all situations, which are in Git."""
    folder = clone(tmp_path_factory.mktemp("flags") / "clone")
    both = [f"{first} {second}" for first, second in zip(texts(10), texts(20)[10:], strict=True)]
    write_csv(folder / "notes.csv", [*texts(60)[20:], *both])
    write_jsonl(folder / "labels.jsonl", labelled(40, first=20))
    gold = [{**row, "ward": index // 6} for index, row in enumerate(labelled(60))]
    write_jsonl(folder / "gold.jsonl", gold)
    (folder / "split").mkdir()
    write_jsonl(folder / "split/train.jsonl", gold[:30])
    write_jsonl(folder / "split/test.jsonl", gold[30:])
    write_recipe(folder)
    commit_all(folder)
    return folder


@pytest.fixture
def run(folder: Path) -> Iterator["Run"]:
    yield Run(folder)
    git(folder, "checkout", "-q", ".")
    git(folder, "clean", "-fdq")


class Run:
    """Runs ``tinyner init`` in a clone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def message(self, *words: str) -> str:
        done = in_process.command(self.folder, "init", "--git", *words)
        assert done.returncode == 2, done.stdout
        assert done.stderr.count("\n") == 1
        return done.stderr

    def files(self, *words: str) -> dict[str, str]:
        """What it writes."""
        done = in_process.command(self.folder, "init", "--git", "--force", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        paths = [
            self.folder / "params.yaml",
            *(self.folder / "prompts").iterdir(),
            *(self.folder / "data/own").iterdir(),
        ]
        return {str(path): path.read_text() for path in paths if path.is_file()}


@pytest.fixture(scope="module")
def before(folder: Path) -> dict[str, dict[str, str]]:
    """What is written in each situation, filled as it is needed."""
    return {}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_table_has_every_flag(situation: str) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    init.register(commands)
    flags = {name for action in commands.choices["init"]._actions for name in action.option_strings}
    assert set(SITUATIONS[situation][1]) == {flag for flag in flags if flag.startswith("--")} - {"--help"}


REFUSED = [case for case in CASES if SITUATIONS[case[0]][1][case[1]][1] not in (BASE, ELSEWHERE, USED)]


@pytest.mark.parametrize(("situation", "flag"), REFUSED)
def test_a_flag_without_use_is_refused(situation: str, flag: str, run: Run) -> None:
    words, outcomes = SITUATIONS[situation]
    value, part = outcomes[flag]
    assert f"tinyner: {part}" in run.message(*words, flag, *filter(None, [value]))


@pytest.mark.slow
@pytest.mark.parametrize(("situation", "flag"), [case for case in CASES if SITUATIONS[case[0]][1][case[1]][1] == USED])
def test_a_flag_is_used(situation: str, flag: str, run: Run, before: dict[str, dict[str, str]]) -> None:
    words, outcomes = SITUATIONS[situation]
    if flag == "--split-texts":  # texts are split without it, as a fifth of them have several sentences
        assert run.files(*words, flag) == run.files(*words)
        return
    if situation not in before:
        before[situation] = run.files(*words)
        git(run.folder, "checkout", "-q", ".")
        git(run.folder, "clean", "-fdq")
    assert run.files(*words, flag, *filter(None, [outcomes[flag][0]])) != before[situation]


VALUES = [flag for flag, (value, _) in SITUATIONS["no gold"][1].items() if value and flag != "--set"]


@pytest.mark.parametrize("flag", VALUES)
def test_a_flag_is_said_once_and_is_not_empty(flag: str, run: Run) -> None:
    words, outcomes = SITUATIONS["no gold"]
    value = outcomes[flag][0]
    others = words if flag not in words else [word for word in words if word not in (flag, value)]
    assert f"init: {flag} stands twice, with" in run.message(*others, flag, value, flag, value)
    if not value.isdigit():
        assert f"init: {flag} is empty" in run.message(*others, flag, " ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-S", "annotate.annotator=local"], "--annotator and -S annotate.annotator say two"),
        (["--prompt", "json", "-S", "annotate.prompts={target: cot, related: json}"], "-S annotate.prompts.target say"),
        (["--snap", "-S", "prepare.span_edges=refuse"], "init: --snap and -S prepare.span_edges say two things"),
        (["--target-size", "9", "-S", "prepare.target_size=10"], "--target-size and -S prepare.target_size say two"),
        (["--test", "9", "-S", "prepare.test_from_target=10"], "--test and -S prepare.test_from_target say two things"),
        (["--no-split-texts", "-S", "prepare.split_texts=true"], "--split-texts and -S prepare.split_texts say two"),
        (["--model", "a", "-S", "annotate.annotators.openai.model=b"], "--model and -S annotate.annotators.openai.mo"),
        (
            ["-S", "prepare.target=x.csv"],
            "-S prepare.target can't go with what init finds in the files; see --sentences",
        ),
        (["-S", "prepare.corpus=none"], "-S prepare.corpus can't go with what init finds in the files; see --gold"),
        (["-S", "types.X=[]"], "-S types.X can't go with what init finds in the files; see --types"),
        (["-S", "types={X: []}"], "-S types.X can't go with what init finds in the files; see --types"),
        (["--test", "-1"], "init: --test -1: expected a number of sentences, at least 0"),
        (["--target-size", "0"], "init: --target-size 0: expected a number of sentences, at least 1"),
        (["--base-url", "localhost:8000"], "init: --base-url: 'localhost:8000' is no address; it begins with http:/"),
        (["--base-url", "ht://x"], "init: --base-url: 'ht://x' is no address; it begins with http:// or"),
        (["-S", "annotate.annotators.local.base_url=x:1"], "annotate.annotators.local.base_url: 'x:1' is no add"),
        (["--test", "0"], "init: --test 0: without a test set nothing is scored; say how many of the LLM's sentences"),
    ],
)
def test_two_things_for_a_parameter_are_refused(words: list[str], message: str, run: Run) -> None:
    assert message in run.message(*SITUATIONS["no gold"][0], *words)


@pytest.mark.slow
def test_a_parameter_counts_as_its_flag_does(run: Run) -> None:
    words = SITUATIONS["no gold"][0]
    pairs = {
        ("--target-size", "20"): ("-S", "prepare.target_size=20"),
        ("--test", "3"): ("-S", "prepare.test_from_target=3"),
        ("--valid", "0"): ("-S", "prepare.valid_from_target=0"),
        ("--no-split-texts",): ("-S", "prepare.split_texts=false"),
    }
    for flag, setting in pairs.items():
        assert run.files(*words, *flag) == run.files(*words, *setting) == run.files(*words, *flag, *setting)
