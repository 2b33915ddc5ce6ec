"""F1 of each run by entity type: bars with their spread over seeds, and a table."""

from collections.abc import Sequence

from tinyner.compare.table import Column, Score, Table, with_best
from tinyner.report.axes import Panel, line, ticks
from tinyner.report.html_table import html_table
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import ScoredRun, with_colon

WIDEST = 9.4
"""Of the characters of a type's name, about, on a phone, where text is larger."""


def bars(run: ScoredRun) -> Markup:
    """Draw F1 of all types together, then of each: a bar, a whisker of one standard deviation, a mark a seed."""
    rows = ["micro", *run.types]
    height = 66.0 + 30 * len(rows)
    left = max(64, 14 + WIDEST * max(map(len, rows)))
    panel = Panel(
        run.name,
        (0, 1),
        (0, len(rows)),
        ticks(0, 1),
        [],
        _label(run),
        width=460,
        height=height,
        left=left,
        right=116,
    )
    marks = [
        mark
        for index, name in enumerate(rows)
        for mark in _bar(panel, run, name, panel.y(len(rows) - index - 0.5))
    ]  # fmt: skip
    values = "; ".join(f"{name} {run.scores[name]['f1']}" for name in rows)
    return panel.draw(f"{_label(run)} by type of {run.name}: {values}.", *marks)


def _label(run: ScoredRun) -> str:
    return f"F1{with_colon(run.agreement)}"


def _bar(panel: Panel, run: ScoredRun, name: str, y: float) -> list[Markup]:
    """Draw the F1 of a type, or of micro, at a height of the panel."""
    f1 = run.scores[name]["f1"]
    colour = "c6" if name == "micro" else f"c{run.types.index(name) % 6}"
    length = max(panel.x(f1.mean) - panel.x(0), 0)
    marks = [
        element("rect", class_=f"bar {colour}", x=panel.x(0), y=y - 9, width=length, height=18),
        element("text", name, class_="tick", x=panel.left - 8, y=y + 4, text_anchor="end"),
        element("text", str(f1), class_="value", x=panel.width - panel.right + 10, y=y + 4),
    ]
    if f1.std is not None:
        low, high = (panel.x(min(max(value, 0), 1)) for value in (f1.mean - f1.std, f1.mean + f1.std))
        marks += [line([(low, y - 4), (high, y - 4)], "whisker")]
        marks += [line([(x, y - 7), (x, y - 1)], "whisker") for x in (low, high)]
        marks += [line([(panel.x(value), y + 2), (panel.x(value), y + 8)], "whisker") for value in f1.seeds]
    return marks


def f1_table(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Return F1 by type of runs whose scores may be ranked."""
    types = list(dict.fromkeys(name for run in scored_runs for name in run.types))
    names = ["micro", *types]
    rows = tuple((run.name, *(_f1(run, name) for name in names)) for run in scored_runs)
    columns = (Column("experiment"), *(Column(name, spread=True) for name in names))
    title = f"F1 by type on test, mean ± std over seeds{with_colon(scored_runs[0].agreement)}"
    return html_table(with_best(Table(title, columns, rows)))


def _f1(run: ScoredRun, name: str) -> Score | None:
    return run.scores[name]["f1"].score if name in run.scores else None
