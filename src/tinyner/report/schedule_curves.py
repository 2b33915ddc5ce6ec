"""Figure 3: the shares of distilled and original sentences by epoch, of every schedule."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.compare.table import Column, Table, Value
from tinyner.params import Schedule
from tinyner.report.axes import Panel, epochs_ticks, line, mark, ticks
from tinyner.report.html_table import behind, drawn
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import schedule_name
from tinyner.schedules import shares_by_epoch

PAPER_EPOCHS = 20
"""T of the paper's figure."""


@dataclass(frozen=True)
class Family:
    """Schedules of one formula."""

    name: str
    formula: str
    schedules: Sequence[Schedule]


FAMILIES = (
    Family(
        "Constants, step, cosine",
        "pure distilled w₀ = 1; pure original w₀ = 0; simple mix w₀ = 1 while t < T/2, then 0; cosine "
        "w₀ = (1 + cos πx)/2; all w₀ = w₁ = 1",
        [
            Schedule(type=kind, k=None, n=None)
            for kind in ("pure_distilled", "pure_original", "simple_mix", "cosine", "all")
        ],
    ),
    Family(
        "Sigmoid",
        "w₀ = 1 − 1/(1 + exp(−k(x − ½)))",
        [Schedule(type="sigmoid", k=k, n=None) for k in (2.0, 4.0, 8.0, 16.0, 32.0)],
    ),
    Family(
        "Power",
        "w₀ = 1 − xⁿ",
        [Schedule(type="power", k=None, n=n) for n in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)],
    ),
)


def figure(lengths: Sequence[int]) -> Markup:
    """The weight curves over each of ``lengths`` epochs, those of the first one shown at first."""
    lengths = list(dict.fromkeys([*lengths, PAPER_EPOCHS]))
    buttons = [
        element(
            "button",
            f"T = {epochs}{' (the paper)' if epochs == PAPER_EPOCHS else ''}",
            type="button",
            class_="chip",
            aria_pressed="true" if index == 0 else "false",
            data_show=f"T{epochs}",
        )
        for index, epochs in enumerate(lengths)
    ]
    choice = element(
        "div",
        element("span", "Epochs", class_="choice-label", id="weights-epochs"),
        *buttons,
        class_="choice",
        role="group",
        aria_labelledby="weights-epochs",
        data_choice=True,
    )
    families = [_family(number, family, lengths) for number, family in enumerate(FAMILIES)]
    caption = element(
        "figcaption",
        "Figure 3. The share of the distilled sentences (w₀) and of the original ones (w₁ = 1 − w₀, but for “all”) "
        "that an epoch draws; x = t/(T − 1) for epochs t = 0 … T − 1. Press a schedule's name to hide or show it.",
    )
    tables = [_table(epochs) for epochs in lengths]
    return element("figure", choice, *families, caption, behind("The shares as a table", joined(tables)))


def _family(number: int, family: Family, lengths: Sequence[int]) -> Markup:
    legend = [
        element(
            "button",
            _swatch(index),
            schedule_name(schedule.type, schedule).removeprefix(f"{family.name.lower()} "),
            type="button",
            class_="chip",
            aria_pressed="true",
            data_toggle=f"w{number}-{index}",
        )
        for index, schedule in enumerate(family.schedules)
    ]
    about = element(
        "div",
        element("h3", family.name),
        element("p", family.formula, class_="formula"),
        element("div", *legend, class_="legend", role="group", aria_label=f"{family.name}: schedules shown"),
    )
    panels = [
        _panel(number, family, epochs, which, shown=epochs == lengths[0]) for epochs in lengths for which in (0, 1)
    ]
    return element("div", about, *panels, class_="panels three")


def _panel(number: int, family: Family, epochs: int, which: int, *, shown: bool) -> Markup:
    panel = Panel(
        f"{'w₀, distilled' if which == 0 else 'w₁, original'}, T = {epochs}",
        (0, max(epochs - 1, 1)),
        (0, 1),
        epochs_ticks(epochs),
        ticks(0, 1),
        "epoch",
        attributes={"data-panel": f"T{epochs}", **({"data-shown": ""} if shown else {})},
    )
    series = []
    for index, schedule in enumerate(family.schedules):
        shares = [pair[which] for pair in shares_by_epoch(schedule, "E", epochs)]
        points = [(panel.x(t), panel.y(share)) for t, share in enumerate(shares)]
        every = 1 if epochs <= 8 else 3
        dots = [mark(point, index) for point in points[index % every :: every]]
        series.append(
            element(
                "g",
                element("title", schedule_name(schedule.type, schedule)),
                line(points),
                *dots,
                class_=f"series c{index}",
                data_series=f"w{number}-{index}",
            )
        )
    names = ", ".join(schedule_name(schedule.type, schedule) for schedule in family.schedules)
    described = f"{'Share of distilled' if which == 0 else 'Share of original'} sentences by epoch: {names}."
    return panel.draw(described, *series)


def _swatch(index: int) -> Markup:
    return element(
        "svg",
        element("g", line([(0, 6), (26, 6)]), mark((13, 6), index), class_=f"c{index}"),
        viewBox="0 0 26 12",
        class_="swatch",
        aria_hidden="true",
    )


def _table(epochs: int) -> Markup:
    rows: list[tuple[Value, ...]] = [
        (schedule_name(schedule.type, schedule), *(w0 for w0, _ in shares_by_epoch(schedule, "E", epochs)))
        for family in FAMILIES
        for schedule in family.schedules
    ]
    columns = (Column("schedule"), *(Column(str(t + 1), "epoch", digits=2) for t in range(epochs)))
    note = "w₁ = 1 − w₀, but for “all”, where both are 1."
    return drawn(Table(f"w₀ by epoch, T = {epochs}", columns, tuple(rows), (note,)), sortable=False)
