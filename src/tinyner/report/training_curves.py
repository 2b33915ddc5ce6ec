"""Loss and dev F1 by epoch of every experiment: the mean over seeds, and the band from the lowest to the highest."""

from collections.abc import Sequence

from tinyner.compare.table import Column, Table
from tinyner.report.axes import Panel, band, epochs_ticks, line, mark, ticks
from tinyner.report.comparability import grouped
from tinyner.report.html_table import behind, drawn
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import Experiment, Measured, best, by_epoch, described, labels

HUES = 7
PLACES = HUES * HUES
"""As many lines of a figure can be told apart: each has a colour and dashes, no two have both; report.js knows too."""

MEASURES = {"loss": "training loss", "dev_f1": "strict F1 on the dev slice"}


def figures(those: Sequence[Experiment]) -> Markup:
    """A figure for each teacher and policy of the learning rate, so that those beside each other compare."""
    about = element(
        "p",
        "Lines are means over seeds, bands go from the lowest to the highest seed. In grey are the other experiments "
        "of the same teacher and learning rate: press a name to colour or grey its curves. No two lines in colour have "
        f"both their colour and their dashes in common; {PLACES} can be lit at once.",
    )
    return joined([about, *(_figure(number, *group) for number, group in enumerate(grouped(those).items()))])


def at_first(group: Sequence[Experiment]) -> list[Experiment]:
    """The experiments shown before anyone chooses: the best one, then one of each schedule without a knob."""
    chosen = {one.key: one for one in [best(group)]}
    for kind in ("pure_original", "pure_distilled", "all"):
        chosen |= {one.key: one for one in [one for one in group if one.kind == kind][:1]}
    return list(chosen.values())


def _figure(number: int, title: str, group: Sequence[Experiment]) -> Markup:
    slots = {one.key: slot for slot, one in enumerate(at_first(group))}
    named = labels(group)
    chips = [
        element(
            "button",
            _swatch(slots.get(one.key)),
            named[one.key],
            type="button",
            class_="chip",
            title=f"{one.name}: {described(one)}",
            aria_pressed="true" if one.key in slots else "false",
            data_light=one.key,
        )
        for one in group
    ]
    legend = element("div", *chips, class_="legend", role="group", aria_label=f"{title}: experiments in colour")
    panels = element("div", *(_panel(measure, title, group, slots) for measure in MEASURES), class_="panels two")
    tables = [_table(measure, title, group) for measure in MEASURES]
    heading = element("h3", title, id=f"training-{number}")
    numbers = behind("The curves as tables", joined(tables))
    return element("figure", heading, legend, panels, numbers, data_lights=True, aria_labelledby=f"training-{number}")


def _panel(measure: str, title: str, group: Sequence[Experiment], slots: dict[str, int]) -> Markup:
    curves = {one.key: by_epoch(one.run.curves, measure) for one in group}
    values = [value for rows in curves.values() for row in rows for value in row.seeds]
    epochs = max((len(rows) for rows in curves.values()), default=1)
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low) * 0.05 or 0.05
    low, high = max(low - room, 0.0), high + room
    panel = Panel(
        MEASURES[measure],
        (0, max(epochs - 1, 1)),
        (low, high),
        epochs_ticks(max(epochs, 2)),
        ticks(low, high),
        "epoch",
        width=460,
        height=280,
        left=46,
    )
    shown = [one for one in group if one.key in slots]
    drawn_last = [one for one in group if one.key not in slots] + shown
    series = [_series(panel, one, curves[one.key], slots.get(one.key)) for one in drawn_last if curves[one.key]]
    if not series:
        series = [element("text", "no dev slice: nothing was measured", class_="tick", x=70, y=120)]
    names = ", ".join(one.name for one in shown)
    return panel.draw(
        f"{title}: {MEASURES[measure]} by epoch of {len(group)} experiments; in colour: {names}.", *series
    )


def _series(panel: Panel, one: Experiment, rows: Sequence[Measured], slot: int | None) -> Markup:
    means = [(panel.x(t), panel.y(row.mean)) for t, row in enumerate(rows)]
    upper = [(panel.x(t), panel.y(max(row.seeds))) for t, row in enumerate(rows)]
    lower = [(panel.x(t), panel.y(min(row.seeds))) for t, row in enumerate(rows)]
    dots = [mark(means[0], 0)] if len(means) == 1 else []
    return element(
        "g",
        element("title", one.name),
        band(upper, lower) if len(rows[0].seeds) > 1 and len(rows) > 1 else None,
        line(means),
        *dots,
        class_="curve",
        data_curve=one.key,
        **look(slot),
    )


def _swatch(slot: int | None) -> Markup:
    return element(
        "svg",
        line([(0, 6), (26, 6)]),
        viewBox="0 0 26 12",
        class_="swatch curve",
        aria_hidden="true",
        **look(slot),
    )


def look(slot: int | None) -> dict[str, str | None]:
    """The colour and the dashes of a place in the palette; grey without one."""
    if slot is None:
        return {}
    return {"data_slot": str(slot), "data_hue": str(slot % HUES), "data_dash": str((slot + slot // HUES) % HUES)}


def _table(measure: str, of: str, group: Sequence[Experiment]) -> Markup:
    curves = [(one.name, by_epoch(one.run.curves, measure)) for one in group]
    epochs = max((len(rows) for _, rows in curves), default=0)
    rows = tuple(
        (name, *(measured[t].score if t < len(measured) else None for t in range(epochs))) for name, measured in curves
    )
    columns = (Column("experiment"), *(Column(str(t + 1), "epoch", spread=True) for t in range(epochs)))
    title = f"{MEASURES[measure][0].upper()}{MEASURES[measure][1:]}, mean ± std over seeds: {of}"
    return drawn(Table(title, columns, rows), sortable=False)
