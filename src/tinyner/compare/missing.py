"""The commands that make the missing experiments of a study, with the settings of its recorded ones."""

from collections.abc import Sequence, Set

from tinyner.compare.notes import parameter_text
from tinyner.compare.selection import study_command
from tinyner.compare.table import few
from tinyner.runs.run import Run
from tinyner.study.plans import Changes, command, here, parts

_MOST_COMMANDS = 3  # with more experiments missing, only the study's command is printed
_MOST_PARAMETERS = 4  # that are named, of those that differ from params.yaml


def commands_for(missing: Sequence[str], study: str, prefix: str, runs: Sequence[Run]) -> list[str]:
    """Return notes that name the missing experiments and the commands that make them.

    Args:
        missing: names of experiments, without prefix.
        study: the study that they belong to.
        prefix: before the experiments' names.
        runs: the recorded experiments of the study; the commands repeat the settings that these share.
    """
    base, planned = parts(study)
    set_by_study = {key for changes in planned.values() for key in changes}
    train_changes, other_changes = _common_changes(runs, {**here(), **base}, set_by_study)
    whole = study_command(study, prefix, train_changes)
    singly = len(missing) <= _MOST_COMMANDS
    notes = [
        f"Missing: {', '.join(f'{prefix}{name}' for name in missing)}. `{whole}` makes what is missing, "
        + ("or one by one:" if singly else f"`{whole} --dry-run` prints the commands.")
    ]
    if singly:
        notes += [f"    {command(f'{prefix}{name}', {**base, **planned[name], **train_changes})}" for name in missing]
    if other_changes:
        values = few([f"{key} {parameter_text(value)}" for key, value in other_changes.items()], _MOST_PARAMETERS)
        notes.append(f"Those that are here have other values than params.yaml: {values}; set these in it first.")
    return notes


def _common_changes(runs: Sequence[Run], current: Changes, planned_keys: Set[str]) -> tuple[Changes, Changes]:
    """Return the values that all runs share and that differ from ``current``: first of ``train``, then others.

    Args:
        runs: the runs.
        current: what an experiment of the study has here, by params.yaml and the study's base; outside of a project's
            folder there is no params.yaml.
        planned_keys: what each of its experiments sets itself, which is left out.
    """
    absent = object()
    changes = {}
    for key, value in current.items():
        if key in planned_keys or not runs:
            continue
        first, *others = (run.params.get(key, absent) for run in runs)
        if first is not absent and first != value and all(other == first for other in others):
            changes[key] = first
    train = {key: value for key, value in changes.items() if key.startswith("train.")}
    return train, {key: value for key, value in changes.items() if key not in train}
