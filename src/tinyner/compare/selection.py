"""Which runs a table is made of: those named, those of a study, or all that there are."""

import shlex
from collections.abc import Sequence
from types import MappingProxyType

from tinyner.errors import UserError
from tinyner.runs.run import Run
from tinyner.runs.sources import RunSource
from tinyner.study.plans import Changes, arguments, named


def chosen(
    source: RunSource, names: Sequence[str], study: str | None, prefix: str, default: Sequence[str] = ()
) -> tuple[dict[str, Run], list[str]]:
    """Return runs by name, and the names of the experiments of the study that are missing.

    Args:
        source: where runs are found.
        names: of the runs.
        study: in place of names, a study whose experiments are the runs.
        prefix: before the names of the study's experiments; without names, default and study, all runs of the source
            that begin with it are chosen.
        default: names if there are neither names nor a study.

    Raises:
        UserError: if a run is not there, or names are given with a study or a prefix.
    """
    if names and study:
        raise UserError("give names or --study, not both")
    if study:
        return runs_of_study(study, prefix, source)
    names = names or default
    if names and prefix:
        raise UserError(f"--prefix {prefix}: goes with --study, --table, or no names; write names in full")
    names = names or source.names(prefix)
    return {name: source.find(name) for name in dict.fromkeys(names)}, []


def runs_of_study(study: str, prefix: str, source: RunSource) -> tuple[dict[str, Run], list[str]]:
    """Return the experiments of a study that are recorded, by name, and the names (without prefix) of the others.

    Raises:
        UserError: if none is recorded.
    """
    runs: dict[str, Run] = {}
    missing = []
    for name in named(study):
        run = source.of_study(f"{prefix}{name}")
        if run is None:
            missing.append(name)
        else:
            runs[run.name] = run
    if not runs:
        command = study_command(study, prefix)
        raise UserError(f"none of the experiments of {study} is {source.place}; make them: `{command}`")
    return runs, missing


def study_command(study: str, prefix: str, changes: Changes = MappingProxyType({})) -> str:
    """Return the command that runs a study, with changes to all its experiments.

    >>> study_command("table2", "x-", {"train.epochs": 2})
    'tinyner study table2 -S train.epochs=2 --prefix x-'
    """
    return shlex.join(["tinyner", "study", study, *arguments(changes), *(["--prefix", prefix] if prefix else [])])
