"""The learning curve joins runs that differ in the original sentences alone."""

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.report import made
from tinyner.report import learning_curve
from tinyner.report.scored_runs import with_scores
from tinyner.runs.run import Run


def curves(*runs: Run, prefixes: Mapping[str, str] | None = None) -> learning_curve.Curves:
    scored_runs, left_out = with_scores(runs, prefixes or {})
    assert not left_out
    return learning_curve.curves(scored_runs)


def points(drawn: learning_curve.Curves) -> dict[str, dict[int, str]]:
    """The names of each line's runs by size."""
    return {line.name: {size: run.name for size, run in line.points.items()} for line in drawn.lines}


CURVE = [made.small_run(f"A-{size}", group="A", original_size=size) for size in (50, 200, 500)]


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 20},
        {"lr": 1e-4},
        {"batch_size": 8},
        {"seeds": [4, 5]},
        {"checkpoint": "best"},
        {"target_size": 10},
        {"related_size": 10},
        {"schedule__type": "pure_original"},
    ],
    ids=str,
)
def test_a_run_that_differs_in_more_does_not_join(changes: dict[str, Any]) -> None:
    other = made.small_run("other", group="A", original_size=100, **changes)
    assert points(curves(*CURVE[:2], other, CURVE[2])) == {"group A": {50: "A-50", 200: "A-200", 500: "A-500"}}


def test_the_dev_slice_is_part_of_a_setting_only_where_it_chooses() -> None:
    last = made.small_run("last", group="A", original_size=100, dev_size=0)
    assert points(curves(*CURVE, last)) == {"group A": {50: "A-50", 100: "last", 200: "A-200", 500: "A-500"}}
    best = [
        made.small_run(str(size), group="A", original_size=size, checkpoint="best", dev_size=size) for size in (50, 100)
    ]
    assert not curves(*best).lines


def test_another_setting_is_a_line_that_names_the_difference() -> None:
    other = [
        made.small_run(f"more-{size}", group="E", original_size=size, related_size=10, epochs=8) for size in (50, 200)
    ]
    usual = [made.small_run(f"E-{size}", group="E", original_size=size) for size in (50, 200, 500)]
    assert points(curves(*CURVE, *usual, *other)) == {
        "group A": {50: "A-50", 200: "A-200", 500: "A-500"},
        "group E": {50: "E-50", 200: "E-200", 500: "E-500"},
        "group E (8 epochs, 10 related sentences)": {50: "more-50", 200: "more-200"},
    }


def test_equal_steps_are_a_line() -> None:
    steps = [
        made.small_run(f"A-{size}-steps", group="A", original_size=size, epochs=4000 // size, dev_size=0)
        for size in (50, 100, 200, 500)
    ]
    whole = made.small_run("A-1000", group="A")
    drawn = curves(*CURVE, whole, *steps)
    line = points(drawn)["group A (as many steps)"]
    assert line == {50: "A-50-steps", 100: "A-100-steps", 200: "A-200-steps", 500: "A-500-steps", 1000: "A-1000"}
    assert points(drawn)["group A"] == {50: "A-50", 200: "A-200", 500: "A-500", 1000: "A-1000"}
    assert not drawn.notes
    (((title, policy), lines),) = drawn.figures.items()
    figure = html.unescape(learning_curve.figure(0, f"{title}, {policy}", lines))
    assert figure.count('data-series="size0-') == figure.count('data-toggle="size0-') == 2
    assert ">group A (as many steps)</button>" in figure


def test_prefixes_and_teachers_are_kept_apart() -> None:
    other = [
        made.small_run(f"quarter-{run.name}", group="A", original_size=size)
        for run, size in zip(CURVE, (50, 200, 500), strict=True)
    ]
    drawn = curves(*CURVE, *other, prefixes={run.name: "quarter-" for run in other})
    assert [list(line.points) for line in drawn.lines] == [[50, 200, 500]] * 2
    assert list(drawn.figures) == [("claude (cot)", "fixed lr"), ("claude (cot), quarter", "fixed lr")]


def test_runs_on_no_line_are_named() -> None:
    again = made.small_run("A-50", group="A", original_size=50)
    same = replace(again, name="again")
    unlike = made.small_run("unlike", group="A", original_size=200)
    alone = made.small_run("alone", group="D", original_size=50)
    drawn = curves(*CURVE, same, unlike, alone)
    assert points(drawn)["group A"] == {50: "A-50", 200: "A-200", 500: "A-500"}
    assert drawn.notes == [
        "The same experiment under two names, drawn once: again is A-50.",
        "Not drawn, since another has the same parameters of train and prepare, but other results: "
        "unlike (drawn: A-200).",
        "Not drawn, since no other size has the same settings: alone.",
    ]
