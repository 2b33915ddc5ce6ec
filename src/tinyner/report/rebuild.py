"""The commands that make the runs of the report again, as these runs were made, their tables and the page."""

import json
import shlex
from collections.abc import Mapping, Sequence

from tinyner.compare.table import few
from tinyner.report.inputs import Material
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import Experiment
from tinyner.runs.run import WORKSPACE
from tinyner.study.plans import Changes, arguments, command, here, named

STUDIES = ("table2", "table3", "curve")
_SINGLE = 12  # commands for experiments of no study; more would be a list nobody reads


def commands(those: Sequence[Experiment], material: Material) -> Markup:
    """What to type, each with what it makes."""
    told: list[tuple[str, Sequence[str]]] = [
        (
            "The data, the teacher’s labels and one experiment, from an empty clone",
            ["pip install -r requirements.txt && dvc repro"],
        )
    ]
    sources = [part for one in material.archives for part in ("--from", one)]
    ours = here()
    tables: list[str] = []
    for prefix in dict.fromkeys(one.prefix for one in those):
        own = {one.name.removeprefix(prefix): one for one in those if one.prefix == prefix and one.name != WORKSPACE}
        told += _made(prefix, own, ours)
        studied = [study for study in STUDIES if own.keys() & named(study).keys()]
        for table in [study.removeprefix("table") for study in studied]:
            before = ["--prefix", prefix] if prefix else []
            tables.append(shlex.join(["tinyner", "compare", "--table", table, *sources, *before]))
    if tables:
        told.append(("Their tables", tables))
    told.append(("This page", [material.command]))
    rows = [
        element("div", element("dt", what), *(element("dd", element("code", how)) for how in every))
        for what, every in told
    ]
    return element("dl", *rows, class_="commands")


def _made(prefix: str, own: Mapping[str, Experiment], ours: Changes) -> list[tuple[str, Sequence[str]]]:
    """Commands for the runs of one prefix: a study for those that are of one, alike but for what it sets; else each."""
    left = dict(own)
    before = ["--prefix", prefix] if prefix else []
    label = f"{prefix.rstrip('-')}: " if prefix else ""
    studies: dict[str, list[str]] = {}  # by what is changed upstream of train first
    for study in STUDIES:
        planned = named(study)
        alike: dict[tuple[str, str], list[str]] = {}
        for name, one in own.items():
            rest = _changes(one, {**ours, **planned[name]}) if name in planned else {}
            if name in planned and not rest.keys() & planned[name].keys():
                alike.setdefault((json.dumps(rest), _upstream(one, ours)), []).append(name)
        if alike:
            common = max(alike, key=lambda key: len(alike[key]))
            line = shlex.join(["tinyner", "study", study, *arguments(json.loads(common[0])), *before])
            made, every = len(alike[common]), len(planned)
            studies.setdefault(common[1], []).append(line if made == every else f"{line}  # here are {made} of {every}")
            for name in alike[common]:
                left.pop(name, None)
    told: list[tuple[str, Sequence[str]]] = [
        (f"{label}The experiments{upstream}", lines) for upstream, lines in studies.items()
    ]
    singles: dict[str, list[str]] = {}
    for one in list(left.values())[:_SINGLE]:
        singles.setdefault(_upstream(one, ours), []).append(command(one.name, _changes(one, ours)))
    told += [(f"{label}Others, one by one{upstream}", lines) for upstream, lines in singles.items()]
    if len(left) > _SINGLE:
        names = few([one.name for one in list(left.values())[_SINGLE:]])
        told.append((f"{label}Likewise, with their own parameters, {names}", []))
    return told


def _changes(one: Experiment, ours: Changes) -> Changes:
    """The parameters of train that a run has otherwise."""
    return {key: value for key, value in _otherwise(one, ours).items() if key.startswith("train.")}


def _upstream(one: Experiment, ours: Changes) -> str:
    """What to set in params.yaml first, since no study changes it."""
    if not ours:
        return ", on the parameters that they have (there are none here to compare)"
    other = [f"{key} {json.dumps(value)}" for key, value in _otherwise(one, ours).items() if key[:6] != "train."]
    return f"; in params.yaml first: {few(other, 4)}" if other else ""


def _otherwise(one: Experiment, ours: Changes) -> Changes:
    """What a run has otherwise than the parameters ours, without keys that these don't know."""
    knobs = one.run.params
    return {key: value for key, value in knobs.items() if not ours or ours.get(key, value) != value}
