"""The student against the one that learnt from people's labels alone (group A): whether the LLM's labels helped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tinyner.compare import differences
from tinyner.compare.notes import differing_parameters
from tinyner.errors import UserError
from tinyner.export.recorded import Recorded
from tinyner.runs.run import WORKSPACE, Run
from tinyner.runs.sources import RunSource

_BLEND = ("train.group", "train.schedule.type", "train.schedule.k", "train.schedule.n")
_STUDENT = "this student"


@dataclass(frozen=True)
class Comparison:
    """The result as a sentence, or why there is none; the parameters in which the runs differ beside the blend."""

    text: str
    is_tested: bool
    differing: tuple[str, ...] = ()


def is_gold_only(params: Mapping[str, object]) -> bool:
    """Return whether a run's students learnt from original sentences alone."""
    kind = params.get("train.schedule.type")
    return kind == "pure_original" or (kind == "group" and params.get("train.group") == "A")


def against_gold_only(record: Recorded, name: str | None, open_runs: Callable[[], RunSource]) -> Comparison:
    """Return the test of the student in the workspace against a gold-only run.

    Args:
        record: of the student.
        name: of the other run; None: the recorded one that differs in fewest parameters, if there is any.
        open_runs: opens where runs are found.

    Raises:
        UserError: where a run that was named is not there, or the two can't be compared.
    """
    if name is None and is_gold_only(record.params):
        return Comparison("This student learnt from people's labels alone.", is_tested=False)
    source = open_runs()
    try:
        student = _student(source, record)
        other = source.find(name) if name is not None else _nearest(source, student)
        if other is None:
            return Comparison(
                "Not known: no run on people's labels alone (group A) is recorded here. `dvc exp run -n A -S "
                "train.group=A` makes one.",
                is_tested=False,
            )
        (difference,) = differences.pairs([(student, other)])
    except UserError as error:
        if name is not None:
            raise
        return Comparison(f"Not tested: {error}", is_tested=False)
    differing = tuple(differing_parameters([student, other], _BLEND))
    return Comparison(f"{difference.sentence()}.", is_tested=True, differing=differing)


def _student(source: RunSource, record: Recorded) -> Run:
    workspace = source.find(WORKSPACE)
    if "evaluate" not in record.metrics:
        raise UserError("the student's scores are not on record; run `dvc repro`")
    if workspace.sections.get("train") != record.sections.get("train"):
        raise UserError("params.yaml has another section train than the student was trained with; run `dvc repro`")
    return Run(_STUDENT, record.sections, record.metrics, lambda: workspace.details)


def _nearest(source: RunSource, student: Run) -> Run | None:
    """Return the gold-only run that differs from the student in fewest parameters, the first of several."""
    try:
        names = source.names()
    except UserError:  # none is recorded
        return None
    runs = [source.find(name) for name in names]
    fitting = [run for run in runs if is_gold_only(run.params) and run.by_teacher == student.by_teacher]
    return min(fitting, key=lambda run: len(differing_parameters([student, run], _BLEND)), default=None)
