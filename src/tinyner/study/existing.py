"""Which planned experiments exist already: recorded by DVC, on whichever commit, or kept in an archive.

A run is a planned experiment if it has its name and its parameters, and if training and evaluation read the same
(``runs.inputs``). Which commit it was made on makes no difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.params import check_params
from tinyner.runs.archive import read_archive
from tinyner.runs.git import git, recorded_experiments
from tinyner.runs.inputs import Inputs, inputs_here, other_inputs
from tinyner.runs.repository import RepositorySource
from tinyner.runs.run import Run
from tinyner.study.plans import Experiment

_SHOWN = 4  # paths in a message


@dataclass(frozen=True)
class Existing:
    """The runs that are there, by the names of planned experiments, and what is there under their names but differs.

    ``in_the_way`` are names of experiments that differ and are recorded on the current commit, where DVC has a name
    once. ``notes`` say why a run of an archive isn't taken, a line each.
    """

    runs: dict[str, Run]
    in_the_way: list[str]
    notes: list[str]


def existing(experiments: Sequence[Experiment], archives: Sequence[Path]) -> Existing:
    """Look planned experiments up, in archives first.

    Raises:
        UserError: where an archive or the repository can't be read.
    """
    here = inputs_here()
    planned_by_name = {planned.name: planned for planned in experiments}
    runs: dict[str, Run] = {}
    notes = []
    for path in archives:
        for name, run in read_archive(path).items():
            planned = planned_by_name.get(name)
            if planned is None or name in runs:
                continue
            difference = _difference(planned, run, run.origin.inputs, here)
            if difference:
                notes.append(f"{path}: {name} is not taken: {difference}")
            else:
                runs[name] = run
    in_the_way = set()
    source = RepositorySource()
    for name, commit, is_here in _recorded():
        planned = planned_by_name.get(name)
        if planned is None or name in runs:
            continue
        run = source.find(commit)
        if not _difference(planned, run, source.inputs(commit), here):
            runs[name] = run
        elif is_here:
            in_the_way.add(name)
    return Existing(runs, [name for name in planned_by_name if name in in_the_way and name not in runs], notes)


def _recorded() -> Iterator[tuple[str, str, bool]]:
    """Yield name and commit of DVC's experiments, the latest first, and whether they're on the current commit."""
    head = git("rev-parse", "HEAD").strip()
    for experiment in reversed(recorded_experiments()):
        yield experiment.name, experiment.commit, experiment.baseline == head


def _difference(planned: Experiment, run: Run, inputs: Inputs | None, here: Inputs) -> str:
    """Return in what a run is not the planned experiment; "" where it is."""
    try:
        params = check_params(run.sections)
    except UserError:  # of a version with other keys
        return "it has other parameters"
    if params != planned.params:
        return "it has other parameters"
    if inputs is None:
        return "it doesn't say what it was trained on (an archive of an older version)"
    paths = other_inputs(inputs, here)
    if not paths:
        return ""
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"it was made of other files: {', '.join(paths[:_SHOWN])}{more}"
