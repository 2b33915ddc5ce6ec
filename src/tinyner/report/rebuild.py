"""The commands that make the report's runs again with the same parameters, then the tables and the page."""

import json
import shlex
from collections.abc import Mapping, Sequence

from tinyner.compare.table import few
from tinyner.report.inputs import Inputs
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import ScoredRun
from tinyner.runs.run import WORKSPACE
from tinyner.study.plans import Changes, arguments, command, here, named, parts

WITH_TABLES = ("table2", "table3", "curve")
"""Studies that `tinyner compare --table` has a table for."""

MOST_SINGLE = 12
"""Most commands for single experiments, those of no study; further ones are only named."""

Steps = list[tuple[str, Sequence[str]]]
"""Pairs: what the commands make, and the commands."""


def commands(runs: Sequence[ScoredRun], inputs: Inputs) -> Markup:
    """List the commands, each with what it makes."""
    steps: Steps = [
        (
            "The data, the teacher’s labels and one experiment, from an empty clone",
            ["pip install -r requirements.txt && dvc repro"],
        )
    ]
    sources = [part for archive in inputs.archives for part in ("--from", archive)]
    workspace_params = here()
    tables: list[str] = []
    for prefix in dict.fromkeys(run.prefix for run in runs):
        prefixed = [run for run in runs if run.prefix == prefix and run.name != WORKSPACE]
        by_name = {run.name.removeprefix(prefix): run for run in prefixed}
        steps += _experiment_steps(prefix, by_name, workspace_params)
        option = ["--prefix", prefix] if prefix else []
        for study in WITH_TABLES:
            if by_name.keys() & named(study).keys():
                table = study.removeprefix("table")
                tables.append(shlex.join(["tinyner", "compare", "--table", table, *sources, *option]))
    if tables:
        steps.append(("Their tables", tables))
    steps.append(("This page", [inputs.command]))
    rows = [
        element("div", element("dt", what), *(element("dd", element("code", line)) for line in lines))
        for what, lines in steps
    ]
    return element("dl", *rows, class_="commands")


def _experiment_steps(prefix: str, runs: Mapping[str, ScoredRun], workspace_params: Changes) -> Steps:
    """Return the commands for the runs of one prefix, by their names without it.

    One `tinyner study` makes the experiments of a study whose other parameters all differ from the workspace in the
    same way. Each other run has a separate command.
    """
    left = dict(runs)
    option = ["--prefix", prefix] if prefix else []
    label = f"{prefix.rstrip('-')}: " if prefix else ""
    studies: dict[str, list[str]] = {}  # by what must be set in params.yaml first
    for study in WITH_TABLES:
        base, planned = parts(study)
        alike: dict[tuple[str, str], list[str]] = {}
        for name, run in runs.items():
            if name in planned:
                common = _train_changes(run, {**workspace_params, **base, **planned[name]})
                if not common.keys() & planned[name].keys():
                    alike.setdefault((json.dumps(common), _upstream(run, workspace_params)), []).append(name)
        if alike:
            changes, upstream = max(alike, key=lambda key: len(alike[key]))
            names = alike[changes, upstream]
            line = shlex.join(["tinyner", "study", study, *arguments(json.loads(changes)), *option])
            partial = "" if len(names) == len(planned) else f"  # here are {len(names)} of {len(planned)}"
            studies.setdefault(upstream, []).append(f"{line}{partial}")
            for name in names:
                left.pop(name, None)
    steps: Steps = [(f"{label}The experiments{upstream}", lines) for upstream, lines in studies.items()]
    singles: dict[str, list[str]] = {}
    for run in list(left.values())[:MOST_SINGLE]:
        line = command(run.name, _train_changes(run, workspace_params))
        singles.setdefault(_upstream(run, workspace_params), []).append(line)
    steps += [(f"{label}Others, one by one{upstream}", lines) for upstream, lines in singles.items()]
    if len(left) > MOST_SINGLE:
        names = [run.name for run in list(left.values())[MOST_SINGLE:]]
        steps.append((f"{label}Likewise, with their own parameters, {few(names)}", []))
    return steps


def _train_changes(run: ScoredRun, workspace_params: Changes) -> Changes:
    """Return the parameters of train in which a run differs from the workspace."""
    return {key: value for key, value in _changes(run, workspace_params).items() if key.startswith("train.")}


def _upstream(run: ScoredRun, workspace_params: Changes) -> str:
    """Say what to set in params.yaml first: parameters of the stages before train, which no study changes."""
    if not workspace_params:
        return ", on the parameters that they have (there are none here to compare)"
    changes = _changes(run, workspace_params)
    settings = [f"{key} {json.dumps(value)}" for key, value in changes.items() if not key.startswith("train.")]
    return f"; in params.yaml first: {few(settings, 4)}" if settings else ""


def _changes(run: ScoredRun, workspace_params: Changes) -> Changes:
    """Return the parameters in which a run differs from the workspace, without keys that the workspace lacks."""
    return {
        key: value
        for key, value in run.run.params.items()
        if not workspace_params or workspace_params.get(key, value) != value
    }
