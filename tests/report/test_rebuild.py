"""The commands that the report prints make the runs that it shows."""

import html
import itertools
import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.report import made
from tinyner.params import value_of
from tinyner.report import rebuild
from tinyner.report.inputs import Inputs
from tinyner.report.scored_runs import with_scores
from tinyner.runs.run import Run
from tinyner.study.plans import plan, table2, table3


def commands(runs: Iterable[Run], archives: Iterable[str] = (), prefixes: Mapping[str, str] | None = None) -> list[str]:
    scored_runs, _ = with_scores(runs, prefixes or {})
    inputs = Inputs({}, {}, [], [], dict.fromkeys(archives, ""), "tinyner report", [])
    return [html.unescape(line) for line in re.findall("<code>(.*?)</code>", rebuild.commands(scored_runs, inputs))]


def changes(words: list[str]) -> dict[str, object]:
    pairs = [word.partition("=") for before, word in itertools.pairwise(words) if before == "-S"]
    return {key: value_of(value) for key, _, value in pairs}


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_a_study_is_made_as_its_runs_were() -> None:
    names = {f"quarter-{group}-fixed": group for group in "ABCDE"}
    runs = [
        made.small_run(name, group=group, lr_decay=1.0, target_size=250, original_size=250, dev_size=200)
        for name, group in names.items()
    ]
    lines = commands(runs, prefixes=dict.fromkeys(names, "quarter-"))
    (study,) = [line for line in lines if line.startswith("tinyner study")]
    assert study.endswith("--prefix quarter-  # here are 5 of 10")
    words = shlex.split(study, comments=True)
    planned = {experiment.name: experiment.params for experiment in plan(words[2], changes(words), "quarter-")}
    assert {run.name: run.sections for run in runs} == {name: planned[name].model_dump(mode="json") for name in names}


def test_runs_of_no_study_or_with_other_parameters_have_a_command_each() -> None:
    runs = [made.small_run(name, **_arguments(dotted)) for name, dotted in table2().items()]
    runs[3] = made.small_run("D-fixed", group="D", epochs=9)
    runs.append(made.small_run("A-50-steps", group="A", original_size=50, epochs=80))
    lines = commands(runs)
    assert "tinyner study table2 -S 'train.seeds=[1,2,3]'  # here are 9 of 10" in lines
    single = [shlex.split(line) for line in lines if line.startswith("dvc exp run -n")]
    assert [words[4] for words in single] == ["D-fixed", "A-50-steps"]
    assert changes(single[0]) == {"train.group": "D", "train.seeds": [1, 2, 3], "train.epochs": 9}


def test_schedules_on_the_data_of_group_d_are_a_study() -> None:
    lines = commands([made.small_run(name, **_arguments(dotted)) for name, dotted in table3("D").items()])
    (study,) = [line for line in lines if line.startswith("tinyner study")]
    words = shlex.split(study, comments=True)
    assert changes(words)["train.group"] == "D"
    assert [experiment.name for experiment in plan(words[2], changes(words))] == [*table3("D")]
    assert not [line for line in lines if line.startswith("dvc exp run")]


def _arguments(dotted: Mapping[str, object]) -> dict[str, Any]:
    return {key.removeprefix("train.").replace(".", "__"): value for key, value in dotted.items()}


def test_parameters_of_the_stages_before_train_are_set_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [made.small_run("A-fixed", group="A"), made.small_run("E-fixed", group="E")]
    text = (ROOT / "params.yaml").read_text().replace("snap: punctuation", "snap: word")
    (tmp_path / "params.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    scored_runs, _ = with_scores(runs)
    listed = html.unescape(rebuild.commands(scored_runs, Inputs({}, {}, [], [], {}, "", [])))
    assert 'in params.yaml first: align.snap "punctuation"' in listed


def test_there_is_a_table_for_each_prefix_and_names_are_quoted() -> None:
    runs = [made.small_run(name, group="E") for name in ("E-fixed", "weak-E-fixed")]
    lines = commands(runs, ["my runs.xz", "weak-=it's.xz"], {"weak-E-fixed": "weak-"})
    tables = [shlex.split(line) for line in lines if line.startswith("tinyner compare")]
    sources = ["--from", "my runs.xz", "--from", "weak-=it's.xz"]
    assert tables == [
        ["tinyner", "compare", "--table", "2", *sources],
        ["tinyner", "compare", "--table", "2", *sources, "--prefix", "weak-"],
    ]
