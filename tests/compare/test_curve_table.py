"""The learning curve, of runs with made-up scores."""

import pytest

from tests.compare.made_runs import scored_run, study_runs
from tinyner.compare.curve_table import curve_tables
from tinyner.compare.table import Score
from tinyner.errors import UserError
from tinyner.study.plans import curve, table2


def test_the_learning_curve() -> None:
    (table,) = curve_tables(list(study_runs(curve()).values()))
    assert [column.header for column in table.columns] == ["original sentences", "group A", "group D", "group E"]
    assert [row[0] for row in table.rows] == [50, 100, 200, 500, 1000]
    assert table.rows[0][1:] == (Score(0.5, 0.01), Score(0.51, 0.01), Score(0.52, 0.01, best=True))


def test_notes_name_what_makes_points_incomparable() -> None:
    runs = study_runs(curve())
    assert not curve_tables(list(runs.values()))[0].notes
    runs["D-50"] = scored_run("D-50", 0.5, {**curve()["D-50"], "train.epochs": 8})
    runs["D-50"].metrics["evaluate"]["summary"][0]["support"] = 7
    notes = curve_tables(list(runs.values()))[0].notes
    assert notes[0] == "Not all alike in what the table doesn't show: train.epochs (2, 8)."
    assert notes[1].startswith("Not on the same test sentences, so not to be compared")


def test_all_original_sentences_are_as_many_as_were_prepared() -> None:
    run = scored_run("a", 0.5, {"train.group": "A", "train.original_size": None, "prepare.original_size": 70})
    (table,) = curve_tables([run])
    assert table.rows == ((70, Score(0.5, 0.01)),)


def test_runs_that_are_no_points_of_the_curve_are_named() -> None:
    """Group B has no original sentences; E under another schedule than its own is no E, so the point stays empty."""
    sigmoid = {**curve()["E-50"], "train.schedule.type": "sigmoid", "train.schedule.k": 8.0}
    runs = [
        scored_run("a", 0.5, curve()["A-50"]),
        scored_run("b", 0.6, table2()["B-fixed"]),
        scored_run("e", 0.7, sigmoid),
        scored_run("d", 0.8, {"train.group": "D", "train.lr_decay": 1.0}),
    ]
    (table,) = curve_tables(runs)
    assert table.rows == ((50, Score(0.5, 0.01)),)
    assert table.notes[-1] == (
        "Left out, as no points of the curve: b (group B), e (schedule sigmoid), d (size not known)."
    )
    expected = r"no run with original sentences \(group A, D or E\) on its group's own schedule"
    with pytest.raises(UserError, match=expected):
        curve_tables(runs[1:])


def test_a_point_twice() -> None:
    changes = {"train.group": "A", "train.original_size": 50}
    with pytest.raises(UserError, match=r"a and b: both are group A on 50 original sentences"):
        curve_tables([scored_run("a", 0.5, changes), scored_run("b", 0.5, changes)])
