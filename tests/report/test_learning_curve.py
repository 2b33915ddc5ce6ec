"""The learning curve joins experiments that differ in the original sentences alone."""

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.report import made
from tinyner.report import learning_curve
from tinyner.report.scored_runs import experiments
from tinyner.runs.run import Run


def curves(*runs: Run, prefixes: Mapping[str, str] | None = None) -> learning_curve.Curves:
    found, without = experiments(runs, prefixes or {})
    assert not without
    return learning_curve.curves(found)


def drawn(found: learning_curve.Curves) -> dict[str, dict[int, str]]:
    """The names of each line's points by size."""
    return {line.name: {size: one.name for size, one in line.points.items()} for line in found.lines}


CURVE = [made.own(f"A-{size}", group="A", original_size=size) for size in (50, 200, 500)]


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
    other = made.own("other", group="A", original_size=100, **changes)
    found = curves(*CURVE[:2], other, CURVE[2])
    assert drawn(found) == {"group A": {50: "A-50", 200: "A-200", 500: "A-500"}}


def test_the_dev_slice_is_part_of_it_only_where_it_chooses() -> None:
    last = made.own("last", group="A", original_size=100, dev_size=0)
    assert drawn(curves(*CURVE, last)) == {"group A": {50: "A-50", 100: "last", 200: "A-200", 500: "A-500"}}
    best = [made.own(str(size), group="A", original_size=size, checkpoint="best", dev_size=size) for size in (50, 100)]
    assert not curves(*best).lines


def test_another_setting_is_a_line_of_its_own_that_says_so() -> None:
    other = [made.own(f"more-{size}", group="E", original_size=size, related_size=10, epochs=8) for size in (50, 200)]
    usual = [made.own(f"E-{size}", group="E", original_size=size) for size in (50, 200, 500)]
    assert drawn(curves(*CURVE, *usual, *other)) == {
        "group A": {50: "A-50", 200: "A-200", 500: "A-500"},
        "group E": {50: "E-50", 200: "E-200", 500: "E-500"},
        "group E (10 sentences of the news, 8 epochs)": {50: "more-50", 200: "more-200"},
    }


def test_as_many_steps_are_a_line_of_their_own() -> None:
    steps = [
        made.own(f"A-{size}-steps", group="A", original_size=size, epochs=4000 // size, dev_size=0)
        for size in (50, 100, 200, 500)
    ]
    whole = made.own("A-1000", group="A")
    found = curves(*CURVE, whole, *steps)
    line = drawn(found)["group A (as many steps)"]
    assert line == {50: "A-50-steps", 100: "A-100-steps", 200: "A-200-steps", 500: "A-500-steps", 1000: "A-1000"}
    assert drawn(found)["group A"] == {50: "A-50", 200: "A-200", 500: "A-500", 1000: "A-1000"}
    assert not found.notes
    (((title, policy), lines),) = found.figures.items()
    figure = html.unescape(learning_curve.figure(0, f"{title}, {policy}", lines))
    assert figure.count('data-series="size0-') == figure.count('data-toggle="size0-') == 2
    assert ">group A (as many steps)</button>" in figure


def test_prefixes_and_teachers_are_kept_apart() -> None:
    other = [
        made.own(f"quarter-{run.name}", group="A", original_size=size)
        for run, size in zip(CURVE, (50, 200, 500), strict=True)
    ]
    found = curves(*CURVE, *other, prefixes={run.name: "quarter-" for run in other})
    assert [list(one) for one in map(dict, (line.points for line in found.lines))] == [[50, 200, 500]] * 2
    assert list(found.figures) == [("claude (cot)", "fixed lr"), ("claude (cot), quarter", "fixed lr")]


def test_what_is_not_drawn_is_named() -> None:
    again = made.own("A-50", group="A", original_size=50)
    same = replace(again, name="again")
    unlike = made.own("unlike", group="A", original_size=200)
    alone = made.own("alone", group="D", original_size=50)
    found = curves(*CURVE, same, unlike, alone)
    assert drawn(found)["group A"] == {50: "A-50", 200: "A-200", 500: "A-500"}
    assert found.notes == [
        "The same experiment under two names, drawn once: again is A-50.",
        "Not drawn, since another has the same parameters of train and prepare, but other results: "
        "unlike (drawn: A-200).",
        "Not drawn, since no other size has the same settings: alone.",
    ]
