"""Tables 2 and 3, of runs with made-up scores."""

import pytest

from tests.compare.made_runs import scored_run, study_runs
from tinyner.compare.paper_tables import group_table, schedule_tables
from tinyner.compare.run_scores import PAPER_SCORERS
from tinyner.compare.table import Score
from tinyner.errors import UserError
from tinyner.study.plans import table2, table3


def test_groups_by_policy_with_the_papers_scores_beside_them() -> None:
    table = group_table(study_runs(table2(), "x-", missing="C-decay"), "x-")
    assert [column.header for column in table.columns] == [
        "group",
        *("fixed lr F1", "fixed lr paper's scorer, official test", "fixed lr paper"),
        *("decayed lr F1", "decayed lr paper's scorer, official test", "decayed lr paper"),
    ]
    a, _, c, _, e = table.rows
    assert a == ("A", Score(0.5, 0.01), Score(0.6, 0.01), 0.850, Score(0.55, 0.01), Score(0.6, 0.01), 0.849)
    assert c[4:] == (None, None, 0.691)
    assert e[1] == Score(0.54, 0.01, best=True)
    assert table.title == "Table 2: micro F1 on test by group, mean ± std over 2 seeds"


def test_without_the_papers_scorer_its_columns_are_left_out() -> None:
    runs = {name: scored_run(name, 0.5, changes) for name, changes in table2().items()}
    assert [column.name for column in group_table(runs).columns] == ["group", "F1", "paper", "F1", "paper"]


def test_where_it_was_scored_the_papers_test_set_stands_beside_the_papers_scores() -> None:
    table = group_table({name: scored_run(name, 0.5, changes, 0.6, 0.7) for name, changes in table2().items()})
    assert [column.name for column in table.columns][1:4] == ["F1", "paper's scorer, CoNLL++", "paper"]
    assert table.rows[0][2] == Score(0.7, 0.01)
    assert not any('official test"' in note for note in table.notes)
    runs = {name: scored_run(name, 0.5, changes, 0.6, 0.7) for name, changes in table3().items()}
    fixed, _, read = schedule_tables(runs)
    assert fixed.rows[0][4] == Score(0.7, 0.01)
    assert read.rows[0][2:4] == (Score(0.5, 0.01), Score(0.7, 0.01))


def test_where_only_some_have_the_papers_test_set_both_test_sets_have_columns() -> None:
    runs = {
        name: scored_run(name, 0.5, changes, 0.6, None if name == "A-fixed" else 0.7)
        for name, changes in table2().items()
    }
    table = group_table(runs)
    assert [column.name for column in table.columns][2:4] == list(PAPER_SCORERS.values())
    assert table.rows[0][2:4] == (Score(0.6, 0.01), None)
    assert table.rows[1][2:4] == (Score(0.6, 0.01), Score(0.7, 0.01))
    assert "are not on the paper's test set; set prepare.conllpp" in table.notes[1]


def test_schedules_a_table_a_policy() -> None:
    fixed, decayed, read = schedule_tables(study_runs(table3()))
    assert [row[0] for row in fixed.rows] == [row[0] for row in decayed.rows]
    assert len(fixed.rows) == 17
    headers = [column.header for column in fixed.columns]
    assert headers == [
        *("schedule", "P", "R", "F1", "paper's scorer, official test", "paper", "macro F1", "PER F1", "LOC F1"),
    ]
    paper = {row[0]: row[headers.index("paper")] for row in fixed.rows}
    assert [paper[schedule] for schedule in ("pure_original", "pure_distilled", "simple_mix", "all")] == [
        *(0.850, 0.713, 0.869, None),
    ]
    assert decayed.title.startswith("Table 3: schedules on group E's data, decayed lr")
    assert read.rows[3][:2] == ("sigmoid-32", "macro R")
    assert read.rows[3][-1] == 0.855


def test_schedules_may_blend_the_data_of_group_d() -> None:
    """Beside them stand the paper's groups of the same sentences, and nothing else of its Table 3, which is of E."""
    runs = study_runs(table3("D"), "d-", missing="cosine-fixed")
    fixed, decayed = schedule_tables(runs, "d-")
    assert decayed.title.startswith("Table 3: schedules on group D's data, decayed lr")
    paper = {row[0]: row[[column.name for column in fixed.columns].index("paper")] for row in fixed.rows}
    assert [paper[schedule] for schedule in ("pure_original", "pure_distilled", "simple_mix", "all")] == [
        *(0.850, 0.683, 0.859, None),
    ]
    assert "Above, the paper's F1 is that of groups A, B and D in its Table 2." in decayed.notes


def test_schedules_of_two_groups_are_no_table() -> None:
    runs = study_runs(table3())
    runs["all-fixed"] = scored_run("all-fixed", 0.5, table3("D")["all-fixed"])
    with pytest.raises(
        UserError, match=r"^all-fixed of group D and pure_distilled-fixed of group E: a table of schedu"
    ):
        schedule_tables(runs)


def test_a_run_that_is_not_what_its_name_says_is_no_row() -> None:
    runs = study_runs(table2())
    runs["B-fixed"] = scored_run("B-fixed", 0.5, {**table2()["B-fixed"], "train.group": "C"})
    with pytest.raises(UserError, match=r"B-fixed: has train.group C, and what `tinyner study` calls B-fixed has B;"):
        group_table(runs)


def test_parameters_that_differ_and_have_no_column_are_named_below() -> None:
    runs = study_runs(table2())
    runs["A-fixed"] = scored_run("A-fixed", 0.5, {**table2()["A-fixed"], "train.epochs": 8})
    assert "Not all alike in what the table doesn't show: train.epochs (8, 2)." in group_table(runs).notes
