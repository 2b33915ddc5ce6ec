"""What the tables hold, of runs with figures made up here."""

import statistics
from collections.abc import Mapping
from typing import Any

import pytest

from tinyner.compare import tables
from tinyner.compare.table import Score
from tinyner.errors import UserError
from tinyner.runs.run import Details, Run
from tinyner.study.plans import curve, table2, table3

NAMES = ("micro", "macro", "weighted", "PER", "LOC")
BASE: Mapping[str, object] = {"train.epochs": 2, "annotate.annotator": "claude", "annotate.prompts.target": "cot"}


def found(
    name: str,
    f1: float,
    changes: Mapping[str, object] | None = None,
    by_paper: float | None = None,
    corrected: float | None = None,
    **more: Any,
) -> Run:
    """A run whose every score is ``f1`` ± 0.01, over two seeds."""

    def rows(value: float) -> list[dict[str, object]]:
        spread = dict.fromkeys(("precision_std", "recall_std", "f1_std"), 0.01)
        measures = dict.fromkeys(("precision", "recall", "f1"), value)
        return [{"of": of, "support": 9, **measures, **spread} for of in NAMES]

    evaluate: dict[str, object] = {"f1": f1, "summary": rows(f1), "seeds": [{"seed": 1}, {"seed": 2}], **more}
    if by_paper is not None:
        evaluate["paper_summary"] = rows(by_paper)
    if corrected is not None:
        evaluate["conllpp_paper_summary"] = rows(corrected)
    teacher = [{**row, "precision": 0.9} for row in rows(f1)]
    metrics = {
        "evaluate": evaluate,
        "train": {"seeds": [{"dev_f1": 0.5}, {"dev_f1": 0.7}]},
        "align": {"teacher": teacher},
    }
    return Run(name, {**BASE, **(changes or {})}, metrics, _no_details)


def _no_details() -> Details:
    raise AssertionError("a table of metrics needs no predictions")


def study(planned: Mapping[str, Mapping[str, object]], prefix: str = "", but: str = "") -> dict[str, Run]:
    return {
        f"{prefix}{name}": found(f"{prefix}{name}", 0.5 + number / 100, changes, 0.6)
        for number, (name, changes) in enumerate(planned.items())
        if name != but
    }


def test_groups_by_policy_with_the_papers_figures_beside_them() -> None:
    table = tables.groups(study(table2(), "x-", but="C-decay"), "x-")
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
    runs = {name: found(name, 0.5, changes) for name, changes in table2().items()}
    assert [column.name for column in tables.groups(runs).columns] == ["group", "F1", "paper", "F1", "paper"]


def test_the_papers_test_set_stands_beside_the_papers_figures_where_it_was_scored() -> None:
    runs = {name: found(name, 0.5, changes, 0.6, 0.7) for name, changes in table2().items()}
    table = tables.groups(runs)
    assert [column.name for column in table.columns][1:4] == ["F1", "paper's scorer, CoNLL++", "paper"]
    assert table.rows[0][2] == Score(0.7, 0.01)
    assert not any('official test"' in note for note in table.notes)
    fixed, _, read = tables.schedules({name: found(name, 0.5, own, 0.6, 0.7) for name, own in table3().items()})
    assert fixed.rows[0][4] == Score(0.7, 0.01)
    assert read.rows[0][2:4] == (Score(0.5, 0.01), Score(0.7, 0.01))
    named = tables.by_name([found("a", 0.5, None, 0.6, 0.7), found("b", 0.5)])
    assert [column.header for column in named.columns][-1] == "paper's scorer, CoNLL++ F1"


def test_where_only_some_have_the_papers_test_set_both_are_shown_by_their_names() -> None:
    runs = {name: found(name, 0.5, own, 0.6, None if name == "A-fixed" else 0.7) for name, own in table2().items()}
    table = tables.groups(runs)
    assert [column.name for column in table.columns][2:4] == list(tables._BY_PAPER.values())
    assert table.rows[0][2:4] == (Score(0.6, 0.01), None)
    assert table.rows[1][2:4] == (Score(0.6, 0.01), Score(0.7, 0.01))
    assert "are not on the paper's test set; set prepare.conllpp" in table.notes[1]


def test_schedules_a_table_a_policy() -> None:
    fixed, decayed, read = tables.schedules(study(table3()))
    assert [row[0] for row in fixed.rows] == [row[0] for row in decayed.rows]
    assert len(fixed.rows) == 17
    by_name = {str(row[0]): row for row in fixed.rows}
    headers = [column.header for column in fixed.columns]
    assert headers == [
        "schedule",
        "P",
        "R",
        "F1",
        "paper's scorer, official test",
        "paper",
        "macro F1",
        "PER F1",
        "LOC F1",
    ]
    assert [
        by_name[kind][headers.index("paper")] for kind in ("pure_original", "pure_distilled", "simple_mix", "all")
    ] == [
        0.850,
        0.713,
        0.869,
        None,
    ]
    assert decayed.title.startswith("Table 3: schedules on group E's data, decayed lr")
    assert read.rows[3][:2] == ("sigmoid-32", "macro R")
    assert read.rows[3][-1] == 0.855


def test_a_run_that_is_not_what_its_name_says_is_no_row() -> None:
    runs = study(table2())
    runs["B-fixed"] = found("B-fixed", 0.5, {**table2()["B-fixed"], "train.group": "C"})
    with pytest.raises(UserError, match=r"B-fixed: has train.group C, and what `tinyner study` calls B-fixed has B;"):
        tables.groups(runs)


def test_what_the_table_does_not_show_is_said() -> None:
    runs = study(table2())
    runs["A-fixed"] = found("A-fixed", 0.5, {**table2()["A-fixed"], "train.epochs": 8})
    assert "Not all alike in what the table doesn't show: train.epochs (8, 2)." in tables.groups(runs).notes


def test_other_test_sentences_are_said() -> None:
    a, b = found("a", 0.5), found("b", 0.6)
    for row in b.metrics["evaluate"]["summary"]:
        row["support"] = 7
    assert any("a of 9" in note and "b of 7" in note for note in tables.by_name([a, b]).notes)


def test_any_runs_by_name() -> None:
    a = found("main", 0.5, {"train.lr_decay": 1.0, "annotate.samples": 1}, cost_usd=0.25)
    b = found("mine", 0.6, {"train.lr_decay": 0.95})
    table = tables.by_name([a, b])
    assert [column.header for column in table.columns] == [
        *(
            "run",
            "train.lr_decay",
            "annotate.samples",
            "P",
            "R",
            "F1",
            "macro F1",
            "PER",
            "LOC",
            "dev F1",
            "replies USD",
        ),
    ]
    assert table.rows[0][:3] == ("main", "1", "1")
    assert table.rows[1][:3] == ("mine", "0.95", "no such key")
    assert table.rows[1][5] == Score(0.6, 0.01, best=True)
    assert table.rows[0][-2:] == (Score(0.6, statistics.stdev([0.5, 0.7])), 0.25)


def test_the_same_parameters() -> None:
    """What else may differ isn't told by parameters: a prompt that was edited keeps its name."""
    (note,) = tables.by_name([found("a", 0.5), found("b", 0.5)]).notes
    assert note == "No parameter differs. The text of prompts, data and code are no parameters: they may differ."


def test_many_parameters_that_differ_are_named_below() -> None:
    table = tables.by_name([found("a", 0.5, {f"train.x{n}": 1 for n in range(6)}), found("b", 0.5)])
    assert table.notes == ("They differ in 2 more parameters: train.x4, train.x5.",)


def test_teachers_beside_the_paper_by_prompt() -> None:
    standard = found("s", 0.4, {"annotate.prompts.target": "standard", "annotate.samples": 3})
    table = tables.teachers(
        [found("a", 0.5), found("same", 0.5), standard, found("c", 0.7, {"annotate.annotator": "x"})]
    )
    headers = [column.header for column in table.columns]
    assert headers == ["", "cot claude", "cot x", "cot paper", "standard claude x 3", "standard paper"]
    by_name = {str(row[0]): row[1:] for row in table.rows}
    assert by_name["micro F1"] == (Score(0.5), Score(0.7, best=True), 0.73, Score(0.4), 0.65)
    assert by_name["PER P"][2] is None


def test_runs_without_a_column_of_their_own_are_named() -> None:
    without = found("own-data", 0.5)
    without.metrics["align"].pop("teacher")
    first, *others = (found(name, 0.5) for name in ("a", "b", "c"))
    assert tables.teachers([first, *others, without]).notes == (
        "No teacher scored against gold: own-data.",
        "The same scores as a, so in its column: b, c.",
    )
    many = tables.teachers([found(f"x{number}", 0.5) for number in range(12)]).notes[-1]
    assert many.endswith("x8, x9 and 2 more.")


def test_a_value_of_several_lines_is_one_line_in_a_row() -> None:
    table = tables.by_name([found("a", 0.5, {"types.PER": "people,\nnamed"}), found("b", 0.5, {"types.PER": "people"})])
    assert [row[1] for row in table.rows] == ["people, named", "people"]


def test_two_teachers_of_one_name_are_told_apart() -> None:
    table = tables.teachers([found("a", 0.5), found("b", 0.7)])
    assert [column.name for column in table.columns] == ["", "claude", "claude (b)", "paper"]


def test_a_teacher_without_gold() -> None:
    one = found("a", 0.5)
    one.metrics["align"].pop("teacher")
    with pytest.raises(UserError, match=r"a: no teacher scored against gold"):
        tables.teachers([one])


def test_the_learning_curve() -> None:
    runs = study(curve())
    (table,) = tables.curve(list(runs.values()))
    assert [column.header for column in table.columns] == ["original sentences", "group A", "group D", "group E"]
    assert [row[0] for row in table.rows] == [50, 100, 200, 500, 1000]
    assert table.rows[0][1:] == (Score(0.5, 0.01), Score(0.51, 0.01), Score(0.52, 0.01, best=True))


def test_the_curve_says_what_makes_its_points_unlike() -> None:
    runs = study(curve())
    assert not tables.curve(list(runs.values()))[0].notes
    changed = {**curve()["D-50"], "train.epochs": 8}
    runs["D-50"] = found("D-50", 0.5, changed)
    runs["D-50"].metrics["evaluate"]["summary"][0]["support"] = 7
    notes = tables.curve(list(runs.values()))[0].notes
    assert notes[0] == "Not all alike in what the table doesn't show: train.epochs (2, 8)."
    assert notes[1].startswith("Not on the same test sentences, so not to be compared")


def test_teachers_on_other_sentences_are_said() -> None:
    a, b = found("a", 0.5), found("b", 0.6, {"annotate.annotator": "x", "align.snap": "word", "train.epochs": 9})
    assert tables.teachers([a, found("c", 0.6, {"annotate.annotator": "x"})]).notes == ()
    b.metrics["align"]["teacher"][0]["support"] = 7
    assert tables.teachers([a, b]).notes == (
        "Not all alike in what the table doesn't show: align.snap (null, word).",
        "Not on the same sentences, so not to be compared: entities in gold, e.g. b of 7, a of 9.",
    )


def test_all_original_sentences_are_as_many_as_were_prepared() -> None:
    one = found("a", 0.5, {"train.group": "A", "train.original_size": None, "prepare.original_size": 70})
    (table,) = tables.curve([one])
    assert table.rows == ((70, Score(0.5, 0.01)),)


def test_runs_that_are_no_points_of_the_curve_are_named() -> None:
    """Group B has no original sentences; E under another schedule than its own is no E, so the point stays empty."""
    sigmoid = {**curve()["E-50"], "train.schedule.type": "sigmoid", "train.schedule.k": 8.0}
    runs = [
        found("a", 0.5, curve()["A-50"]),
        found("b", 0.6, table2()["B-fixed"]),
        found("e", 0.7, sigmoid),
        found("d", 0.8, {"train.group": "D", "train.lr_decay": 1.0}),
    ]
    (table,) = tables.curve(runs)
    assert table.rows == ((50, Score(0.5, 0.01)),)
    assert table.notes[-1] == (
        "Left out, as no points of the curve: b (group B), e (schedule sigmoid), d (size not known)."
    )
    with pytest.raises(
        UserError, match=r"no run with original sentences \(group A, D or E\) on its group's own schedule"
    ):
        tables.curve(runs[1:])


def test_a_point_twice() -> None:
    knobs = {"train.group": "A", "train.original_size": 50}
    with pytest.raises(UserError, match=r"a and b: both are group A on 50 original sentences"):
        tables.curve([found("a", 0.5, knobs), found("b", 0.5, knobs)])


def test_metrics_that_are_missing() -> None:
    with pytest.raises(
        UserError, match=r"mine: has no metrics/evaluate.json; run `dvc repro evaluate` on mine, commit it"
    ):
        tables.by_name([Run("mine", {}, {}, _no_details)])
    with pytest.raises(UserError, match=r"workspace: has no metrics/align.json; run `dvc repro align`$"):
        tables.teachers([Run("workspace", {}, {}, _no_details)])
