"""The student against the one that learnt from people's labels alone."""

from pathlib import Path

import pytest

from tests.compare.made_runs import TEST, labelled, predicting_run
from tinyner.errors import UserError
from tinyner.export.gold_only import Comparison, against_gold_only
from tinyner.export.recorded import Recorded
from tinyner.files import write_rows
from tinyner.params import Params
from tinyner.runs.reference import TEST as TEST_FILE
from tinyner.runs.run import WORKSPACE, Run
from tinyner.runs.sources import FixedSource


def run_of(params: Params, name: str, right: int, **changes: object) -> Run:
    """Return a run with other parameters of training."""
    train = params.train.model_copy(update=changes)
    return predicting_run(name, params.model_copy(update={"train": train}), right)


@pytest.fixture
def student(params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run of group E that is right more often than others, in a workspace with its test set."""
    monkeypatch.chdir(tmp_path)
    write_rows(Path(TEST_FILE), TEST)
    return run_of(params, WORKSPACE, 36)


def compared(student: Run, *others: Run, name: str | None = None) -> Comparison:
    runs = {run.name: run for run in (student, *others)}
    record = Recorded(student.sections, student.metrics)
    return against_gold_only(record, name, lambda: FixedSource(runs))


def test_the_run_that_differs_least_is_taken(params: Params, student: Run) -> None:
    others = [
        run_of(params, "B", 9, group="B"),
        run_of(params, "A-long", 9, group="A", epochs=9, lr=1e-3),
        run_of(params, "A", 9, group="A", epochs=9),
    ]
    comparison = compared(student, *others)
    assert comparison.text.startswith("this student beats A by ")
    assert (comparison.is_tested, comparison.differing) == (True, ("train.epochs",))
    assert compared(student, *others, name="A-long").text.startswith("this student beats A-long by ")


def test_without_such_a_run_it_is_not_known(params: Params, student: Run) -> None:
    comparison = compared(student, run_of(params, "B", 9, group="B"))
    assert (comparison.is_tested, comparison.text[:9]) == (False, "Not known")


def test_a_student_of_gold_alone_is_not_compared(params: Params, student: Run) -> None:
    comparison = compared(run_of(params, WORKSPACE, 36, group="A"), run_of(params, "A", 9, group="A"))
    assert "people's labels alone" in comparison.text


def test_scores_against_other_tags_are_not_compared(params: Params, student: Run) -> None:
    train = params.train.model_copy(update={"group": "A"})
    other = predicting_run("A", params.model_copy(update={"train": train}), 9, labelled())
    assert not compared(student, other).is_tested
    with pytest.raises(UserError, match="two quantities"):
        compared(student, other, name="A")


def test_parameters_that_changed_since_are_seen(params: Params, student: Run) -> None:
    record = Recorded({**student.sections, "train": {**student.sections["train"], "epochs": 99}}, student.metrics)
    runs = {run.name: run for run in (student, run_of(params, "A", 9, group="A"))}
    comparison = against_gold_only(record, None, lambda: FixedSource(runs))
    assert "another section train" in comparison.text
    assert not comparison.is_tested
