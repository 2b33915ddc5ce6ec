"""Loss and dev F1 by epoch of every run: the mean over seeds, and a band from the lowest seed to the highest."""

from collections.abc import Mapping, Sequence

from tinyner.compare.table import Column, Table
from tinyner.report.axes import Panel, band, epochs_ticks, line, mark, ticks
from tinyner.report.comparability import by_figure
from tinyner.report.controls import chip, legend, swatch
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import Measured, ScoredRun, best, by_epoch, labels
from tinyner.stand_ins import AGREEMENT

HUES = 7
SLOTS = HUES * HUES
"""The most lines of a figure that can be in colour at once: each has another pair of colour and dashes.

page.js has the same number.
"""

MEASURES = {"loss": "training loss", "dev_f1": "strict F1 on the dev slice"}


def _measure_name(measure: str, run: ScoredRun) -> str:
    """Return what is measured in a run's figure, and of dev scores what they are where that can be mistaken."""
    if measure == "loss":
        return MEASURES[measure]
    if run.run.dev_by_teacher:
        return f"{AGREEMENT}, on the dev slice"
    return f"{MEASURES[measure]}{', against gold' if run.by_teacher else ''}"


def figures(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw a figure for each group of comparable runs."""
    about = element(
        "p",
        "Lines are means over seeds, bands go from the lowest to the highest seed. In grey are the other experiments "
        "of the same teacher and learning rate: press a name to colour or grey its curves. No two lines in colour have "
        f"both their colour and their dashes in common; {SLOTS} can be lit at once.",
    )
    groups = by_figure(scored_runs).items()
    return joined([about, *(_figure(number, title, runs) for number, (title, runs) in enumerate(groups))])


def coloured_first(runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Return the runs that are in colour when the page opens: the best, and one of each schedule without parameters."""
    top = best(runs)
    chosen = {top.key: top}
    for kind in ("pure_original", "pure_distilled", "all"):
        first = next((run for run in runs if run.kind == kind), None)
        if first is not None:
            chosen[first.key] = first
    return list(chosen.values())


def _figure(number: int, title: str, runs: Sequence[ScoredRun]) -> Markup:
    slots = {run.key: slot for slot, run in enumerate(coloured_first(runs))}
    names = labels(runs)
    chips = [
        chip(
            _swatch(slots.get(run.key)),
            names[run.key],
            pressed=run.key in slots,
            title=f"{run.name}: {run.description}",
            data_light=run.key,
        )
        for run in runs
    ]
    heading_id = f"training-{number}"
    return element(
        "figure",
        element("h3", title, id=heading_id),
        legend(chips, f"{title}: experiments in colour"),
        element("div", *(_panel(measure, title, runs, slots) for measure in MEASURES), class_="panels two"),
        disclosure("The curves as tables", *(_table(measure, title, runs) for measure in MEASURES)),
        data_lights=True,
        aria_labelledby=heading_id,
    )


def _panel(measure: str, title: str, runs: Sequence[ScoredRun], slots: Mapping[str, int]) -> Markup:
    curves = {run.key: by_epoch(run.curves, measure) for run in runs}
    values = [value for epochs in curves.values() for epoch in epochs for value in epoch.seeds]
    longest = max((len(epochs) for epochs in curves.values()), default=1)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = (high - low) * 0.05 or 0.05
    low, high = max(low - margin, 0.0), high + margin
    name = _measure_name(measure, runs[0])
    panel = Panel(
        name,
        (0, max(longest - 1, 1)),
        (low, high),
        epochs_ticks(max(longest, 2)),
        ticks(low, high),
        "epoch",
        width=460,
        height=280,
        left=46,
    )
    coloured = [run for run in runs if run.key in slots]
    grey_first = [run for run in runs if run.key not in slots] + coloured
    series = [_series(panel, run, curves[run.key], slots.get(run.key)) for run in grey_first if curves[run.key]]
    if not series:
        series = [element("text", "no dev slice: nothing was measured", class_="tick", x=70, y=120)]
    names = ", ".join(run.name for run in coloured)
    return panel.draw(
        f"{title}: {name} by epoch of {len(runs)} experiments; in colour: {names}.", *series
    )  # fmt: skip


def _series(panel: Panel, run: ScoredRun, epochs: Sequence[Measured], slot: int | None) -> Markup:
    means = [(panel.x(t), panel.y(epoch.mean)) for t, epoch in enumerate(epochs)]
    upper = [(panel.x(t), panel.y(max(epoch.seeds))) for t, epoch in enumerate(epochs)]
    lower = [(panel.x(t), panel.y(min(epoch.seeds))) for t, epoch in enumerate(epochs)]
    dots = [mark(means[0], 0)] if len(means) == 1 else []
    return element(
        "g",
        element("title", run.name),
        band(upper, lower) if len(epochs[0].seeds) > 1 and len(epochs) > 1 else None,
        line(means),
        *dots,
        class_="curve",
        data_curve=run.key,
        **look(slot),
    )


def _swatch(slot: int | None) -> Markup:
    return swatch(line([(0, 6), (26, 6)]), class_="swatch curve", **look(slot))


def look(slot: int | None) -> dict[str, str | None]:
    """Return the attributes that give the colour and the dashes of a slot; none, which is grey, for None."""
    if slot is None:
        return {}
    return {"data_slot": str(slot), "data_hue": str(slot % HUES), "data_dash": str((slot + slot // HUES) % HUES)}


def _table(measure: str, title: str, runs: Sequence[ScoredRun]) -> Markup:
    curves = [(run.name, by_epoch(run.curves, measure)) for run in runs]
    longest = max((len(epochs) for _, epochs in curves), default=0)
    rows = tuple(
        (name, *(epochs[t].score if t < len(epochs) else None for t in range(longest))) for name, epochs in curves
    )
    columns = (Column("experiment"), *(Column(str(t + 1), "epoch", spread=True) for t in range(longest)))
    name = _measure_name(measure, runs[0])
    caption = f"{name[0].upper()}{name[1:]}, mean ± std over seeds: {title}"
    return html_table(Table(caption, columns, rows), sortable=False)
