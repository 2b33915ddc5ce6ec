"""All experiments in one picture: F1 with its interval over seeds, and whether it beats people's labels alone."""

from collections.abc import Sequence

from tinyner.compare.table import Column, Table, Value
from tinyner.report import dot_chart
from tinyner.report.dot_chart import Row
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.intervals import over_seeds
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, with_colon
from tinyner.report.significance import FamilyTest
from tinyner.report.verdicts import verdict

NEAR = 0.1
"""F1 below the best; experiments with less have a chart of their own."""

BEATS = "beats people’s labels alone"
LOSES = "loses to people’s labels alone"
GOLD_ONLY = "learned from people’s labels alone"
NOT_SHOWN = "no difference from people’s labels alone is shown"
NOT_TESTED = "not tested against people’s labels alone"
KINDS = {
    BEATS: (2, "dot above"),
    LOSES: (4, "dot below"),
    GOLD_ONLY: (1, "dot gold-only"),
    NOT_SHOWN: (0, "dot unshown"),
    NOT_TESTED: (0, "dot untested"),
}
"""What the tests say of a run, with the mark (an index of axes.SHAPES) and the class of its row."""


def figures(scored_runs: Sequence[ScoredRun], tests: Sequence[FamilyTest]) -> Markup:
    """Draw a chart for each origin: runs of one teacher, one archive and one test set."""
    origins = dict.fromkeys(run.origin for run in scored_runs)
    by_origin = [[run for run in scored_runs if run.origin == origin] for origin in origins]
    charts = [_figure(runs, tests) for runs in by_origin]
    kinds = dict.fromkeys(kind(run, tests) for run in scored_runs)
    return joined([_key(list(kinds)), *charts])


def kind(run: ScoredRun, tests: Sequence[FamilyTest]) -> str:
    """Return what the tests say of a run: a key of KINDS."""
    if run.original_only:
        return GOLD_ONLY
    against = verdict(run, tests)
    if against is None or against.difference is None:
        return NOT_TESTED
    if not against.is_shown:
        return NOT_SHOWN
    return BEATS if against.gain > 0 else LOSES


def _key(kinds: Sequence[str]) -> Markup:
    """Say what marks and whiskers mean, of the kinds that are drawn."""
    words = {
        BEATS: "▲ beats that student",
        LOSES: "▼ loses to that student",
        GOLD_ONLY: "■ learned from people’s labels alone",
        NOT_SHOWN: "● no difference from that student is shown",
        NOT_TESTED: "○ was not tested against that student",
    }
    drawn = "; ".join(text for name, text in words.items() if name in kinds)
    return element(
        "p",
        "A row an experiment, best mean first: the mean over seeds, and the 95 % confidence interval of that mean "
        "(Student’s t; a single seed has none). Marks say what the significance test found against the best student "
        "of people’s labels alone with the same settings and as many original sentences, at p < .05 after Holm: "
        f"{drawn}. The test is paired and allows for other test sentences too: overlapping intervals don’t decide it.",
    )


def _figure(runs: Sequence[ScoredRun], tests: Sequence[FamilyTest]) -> Markup:
    ranked = sorted(runs, key=lambda run: (-run.f1, run.name))
    axis = ranked[0].agreement or "micro F1 on test"
    first, last = ranked[0], ranked[-1]
    counts = [(name, sum(kind(run, tests) == name for run in ranked)) for name in KINDS]
    described = (
        f"{axis} of {len(ranked)} experiments with {first.origin}: from {first.name}, {first.micro_f1}, to "
        f"{last.name}, {last.micro_f1}. "
    )
    tested = "What the tests say: " + ", ".join(f"{name}: {number}" for name, number in counts if number)
    parts = [
        dot_chart.chart(title, f"{described}{tested}.", axis, [_row(run, tests) for run in part])
        for title, part in _parted(ranked).items()
    ]
    return element(
        "figure",
        element("div", *parts, class_="panels two"),
        disclosure("The numbers", html_table(_table(ranked, tests))),
    )


def _parted(ranked: Sequence[ScoredRun]) -> dict[str, Sequence[ScoredRun]]:
    """Return the runs by the title of their chart: those near the best have their own, so that they stand apart."""
    source, near = ranked[0].source, [run for run in ranked if run.f1 > ranked[0].f1 - NEAR]
    if len(near) == len(ranked):
        return {source: ranked}
    return {f"{source}: within {NEAR} of the best": near, "More than that below it": ranked[len(near) :]}


def _row(run: ScoredRun, tests: Sequence[FamilyTest]) -> Row:
    interval = over_seeds(run.micro_f1)
    name = kind(run, tests)
    shape, class_ = KINDS[name]
    ends = f", 95 % CI {interval}" if interval else ", one seed"
    return Row(
        run.name.removeprefix(run.prefix), f"{run.name}: {run.f1:.3f}{ends}; {name}", run.f1, interval, shape, class_
    )


def _table(runs: Sequence[ScoredRun], tests: Sequence[FamilyTest]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for run in runs:
        interval = over_seeds(run.micro_f1)
        outcome = verdict(run, tests)
        against = outcome.in_points() if outcome and outcome.difference else None
        rows.append((run.name, run.f1, *(interval or (None, None)), len(run.micro_f1.seeds), kind(run, tests), against))
    columns = (
        Column("experiment"),
        Column("agreement" if runs[0].agreement else "F1"),
        Column("from", "95 % CI over seeds"),
        Column("to", "95 % CI over seeds"),
        Column("seeds"),
        Column("the test says"),
        Column("by"),
    )
    title = f"Mean over seeds and its 95 % confidence interval, {runs[0].source}{with_colon(runs[0].agreement)}"
    return Table(title, columns, tuple(rows))
