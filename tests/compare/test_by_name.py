"""Runs by their names, with made-up scores."""

import statistics

import pytest

from tests.compare.made_runs import no_predictions, scored_run
from tinyner.compare.by_name import table_by_name
from tinyner.compare.table import Score
from tinyner.errors import UserError
from tinyner.runs.run import Run


def test_any_runs_by_name() -> None:
    a = scored_run("main", 0.5, {"train.lr_decay": 1.0, "annotate.samples": 1}, cost_usd=0.25)
    b = scored_run("mine", 0.6, {"train.lr_decay": 0.95})
    table = table_by_name([a, b])
    assert [column.header for column in table.columns] == [
        *("run", "train.lr_decay", "annotate.samples"),
        *("P", "R", "F1", "macro F1", "PER", "LOC", "dev F1", "replies USD"),
    ]
    assert table.rows[0][:3] == ("main", "1", "1")
    assert table.rows[1][:3] == ("mine", "0.95", "no such key")
    assert table.rows[1][5] == Score(0.6, 0.01, best=True)
    assert table.rows[0][-2:] == (Score(0.6, statistics.stdev([0.5, 0.7])), 0.25)


def test_scores_by_the_papers_scorer() -> None:
    table = table_by_name([scored_run("a", 0.5, None, 0.6, 0.7), scored_run("b", 0.5)])
    assert [column.header for column in table.columns][-1] == "paper's scorer, CoNLL++ F1"


def test_the_same_parameters() -> None:
    """Parameters don't say what else may differ: a prompt that was edited keeps its name."""
    (note,) = table_by_name([scored_run("a", 0.5), scored_run("b", 0.5)]).notes
    assert note == "No parameter differs. The text of prompts, data and code are no parameters: they may differ."


def test_many_parameters_that_differ_are_named_below() -> None:
    table = table_by_name([scored_run("a", 0.5, {f"train.x{n}": 1 for n in range(6)}), scored_run("b", 0.5)])
    assert table.notes == ("They differ in 2 more parameters: train.x4, train.x5.",)


def test_a_value_of_several_lines_is_one_line_in_a_row() -> None:
    runs = [scored_run("a", 0.5, {"types.PER": "people,\nnamed"}), scored_run("b", 0.5, {"types.PER": "people"})]
    assert [row[1] for row in table_by_name(runs).rows] == ["people, named", "people"]


def test_other_test_sentences_are_named_below() -> None:
    a, b = scored_run("a", 0.5), scored_run("b", 0.6)
    for row in b.metrics["evaluate"]["summary"]:
        row["support"] = 7
    assert any("a of 9" in note and "b of 7" in note for note in table_by_name([a, b]).notes)


def test_types_without_an_entity_are_named_below() -> None:
    a, b = scored_run("a", 0.5, {"train.lr": 1.0}), scored_run("b", 0.6)
    assert table_by_name([a, b]).notes == ()
    for run in (a, b):
        run.metrics["evaluate"]["summary"][-1]["support"] = 0
    (note,) = table_by_name([a, b]).notes
    assert note.startswith("Test has no entity of LOC: the score there can only be 0, and macro F1 counts it")
    a.metrics["evaluate"]["summary"][-1]["support"] = 9
    assert not [note for note in table_by_name([a, b]).notes if "no entity" in note]


def test_metrics_that_are_missing() -> None:
    expected = r"mine: has no metrics/evaluate.json; run `dvc repro evaluate` on mine, commit it"
    with pytest.raises(UserError, match=expected):
        table_by_name([Run("mine", {}, {}, no_predictions)])
