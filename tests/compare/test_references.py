"""Scores against gold and agreement with the teacher in one table: never under one name, never ranked together."""

from collections.abc import Callable, Sequence

import pytest

from tests.compare.made_runs import agreeing_run, in_place_of_gold, scored_run, study_runs
from tinyner.compare import render
from tinyner.compare.by_name import table_by_name, tables_by_name
from tinyner.compare.curve_table import curve_tables
from tinyner.compare.paper_tables import group_table, schedule_tables
from tinyner.compare.render_text import text
from tinyner.compare.table import Score, Table, Value
from tinyner.errors import UserError
from tinyner.runs.run import Details, Run
from tinyner.stand_ins import AGREEMENT
from tinyner.study.plans import Changes, curve, table2, table3

RENDERERS = {"text": text, "markdown": render.markdown, "csv": render.comma_separated, "latex": render.latex}


def agreeing(planned: dict[str, Changes]) -> dict[str, Run]:
    return {name: agreeing_run(name, 0.5 + index / 100, planned[name]) for index, name in enumerate(planned)}


def best(table: Table) -> list[Value]:
    return [value for row in table.rows for value in row if isinstance(value, Score) and value.best]


MAKERS: dict[str, Callable[[], Sequence[Table]]] = {
    "by name": lambda: [table_by_name([agreeing_run("a", 0.5), agreeing_run("b", 0.6)])],
    "2": lambda: [group_table(agreeing(table2()))],
    "3": lambda: schedule_tables(agreeing(table3())),
    "curve": lambda: curve_tables(list(agreeing(curve()).values())),
}


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("name", MAKERS)
def test_every_table_says_it_in_title_and_columns(name: str, form: str) -> None:
    tables = MAKERS[name]()
    for table in tables:
        assert table.title.endswith(f": {AGREEMENT}")
        scores = [index for index, column in enumerate(table.columns) if column.spread]
        assert scores
        assert all(AGREEMENT in table.columns[index].header for index in scores)
        assert best(table)
        assert not any("paper" in part for part in (*table.notes, *(column.header for column in table.columns)))
    printed = RENDERERS[form](tables)
    words = printed.replace("_", " ") if form == "csv" else " ".join(printed.split())
    assert words.count("agreement with the teacher") >= len(tables)
    assert words.count("not accuracy") >= len(tables)


def test_both_kinds_have_columns_of_their_own_and_no_best_in_common() -> None:
    runs = [scored_run("g", 0.5), scored_run("h", 0.55), agreeing_run("a", 0.9), agreeing_run("b", 0.8)]
    table = table_by_name(runs)
    assert table.title == f"Strict scores on test, mean ± std over 2 seeds; for some runs {AGREEMENT}"
    headers = [column.header for column in table.columns]
    f1, agreement = headers.index("F1"), headers.index(f"{AGREEMENT} F1")
    assert [row[f1] for row in table.rows] == [Score(0.5, 0.01), Score(0.55, 0.01, best=True), None, None]
    assert [row[agreement] for row in table.rows] == [
        *(None, None),
        Score(0.9, 0.01, best=True, reference="tags"),
        Score(0.8, 0.01, reference="tags"),
    ]
    assert [row[headers.index("dev F1")] is None for row in table.rows] == [False, False, True, True]
    assert [row[headers.index(f"{AGREEMENT} dev F1")] is None for row in table.rows] == [True, True, False, False]
    assert table.notes[-1] == (
        f"Not to be compared with each other: g, h against gold; a, b against the teacher's tags, which is {AGREEMENT}."
    )


def test_runs_of_both_kinds_are_listed_in_tables_of_their_own() -> None:
    runs = [scored_run("g", 0.5), agreeing_run("a", 0.9), scored_run("h", 0.55), agreeing_run("b", 0.8)]
    of_gold, of_teacher = tables_by_name(runs)
    assert [row[0] for row in of_gold.rows] == ["g", "h"]
    assert [row[0] for row in of_teacher.rows] == ["a", "b"]
    assert not any(AGREEMENT in column.header for column in of_gold.columns)
    assert of_teacher.title.endswith(f": {AGREEMENT}")
    assert of_teacher.notes[-1].startswith("Not to be compared with each other: g, h against gold; a, b against the")
    assert all(value is not None for table in (of_gold, of_teacher) for row in table.rows for value in row[:5])
    assert tables_by_name(runs[:1]) == [table_by_name(runs[:1])]


def test_other_tags_of_the_teacher_are_not_ranked_together() -> None:
    table = table_by_name([agreeing_run("a", 0.9), agreeing_run("b", 0.8, stand_in="x"), agreeing_run("c", 0.7)])
    assert not best(table)
    assert table.notes[-1] == "Not held against the same tags of the teacher, so not to be compared: a, c; b."


def test_tags_that_are_not_kept_may_be_others() -> None:
    def lost() -> Details:
        raise UserError("lost: data/aligned/target.jsonl is not in DVC's cache")

    kept = agreeing_run("kept", 0.9)
    table = table_by_name([kept, Run("lost", kept.sections, kept.metrics, lost)])
    assert not best(table)
    assert table.notes[-1] == (
        "Whether the teacher's tags are the same can't be told, so don't compare the runs: lost: "
        "lost: data/aligned/target.jsonl is not in DVC's cache."
    )
    alone = table_by_name([Run("lost", kept.sections, kept.metrics, lost)])
    assert not alone.notes


def test_a_dev_set_alone_may_have_the_teachers_tags() -> None:
    run = scored_run("a", 0.5)
    dev = Run("b", run.sections, {**run.metrics, "train": in_place_of_gold(run.metrics)["train"]}, run.read_details)
    table = table_by_name([run, dev])
    headers = [column.header for column in table.columns]
    assert table.title == "Strict scores on test, mean ± std over 2 seeds"
    assert headers[-2:] == ["dev F1", f"{AGREEMENT} dev F1"]
    assert not table.rows[1][headers.index("dev F1")]


def test_points_of_the_curve_against_other_tags_are_other_tables() -> None:
    gold, teacher = study_runs(curve()), agreeing({name: curve()[name] for name in ("A-50", "E-50")})
    tables = curve_tables([*gold.values(), *(run.renamed(f"t-{run.name}") for run in teacher.values())])
    assert [table.title.endswith(AGREEMENT) for table in tables] == [False, True]
    assert [len(table.rows) for table in tables] == [5, 1]
    assert tables[-1].notes[-1].startswith("Not to be compared with each other: A-50, D-50")


def test_the_papers_figures_stand_only_beside_runs_on_its_corpus() -> None:
    elsewhere = {
        name: scored_run(name, 0.5, {**changes, "prepare.corpus": "data/own"}) for name, changes in table2().items()
    }
    table = group_table(elsewhere)
    assert [column.header for column in table.columns] == ["group", "fixed lr F1", "decayed lr F1"]
    assert not table.notes
    renamed = {name: scored_run(name, 0.5, {**run.sections, "prepare.conllpp": "x"}) for name, run in elsewhere.items()}
    assert [column.name for column in group_table(renamed).columns] == ["group", "F1", "paper", "F1", "paper"]
    third = {
        name: scored_run(name, 0.5, {**changes, "prepare.corpus": "data/own"}) for name, changes in table3().items()
    }
    fixed, decayed = schedule_tables(third)
    assert not any("paper" in column.header for table in (fixed, decayed) for column in table.columns)
    assert not decayed.notes
