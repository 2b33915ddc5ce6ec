"""The paper's Figure 3: the shares of distilled and original sentences by epoch, under every schedule."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.compare.table import Column, Table, Value
from tinyner.params import Schedule
from tinyner.report.axes import Panel, epochs_ticks, line, mark, ticks
from tinyner.report.controls import chip, choice, legend, swatch
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.markup import Markup, element
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
    """Draw the schedules over each number of epochs, and the paper's; the first one is shown first."""
    lengths = list(dict.fromkeys([*lengths, PAPER_EPOCHS]))
    chips = [
        chip(
            f"T = {epochs}{' (the paper)' if epochs == PAPER_EPOCHS else ''}",
            pressed=index == 0,
            data_show=f"T{epochs}",
        )
        for index, epochs in enumerate(lengths)
    ]
    families = [_family(number, family, lengths) for number, family in enumerate(FAMILIES)]
    caption = element(
        "figcaption",
        "Figure 3. The share of the distilled sentences (w₀) and of the original ones (w₁ = 1 − w₀, but for “all”) "
        "that an epoch draws; x = t/(T − 1) for epochs t = 0 … T − 1. Press a schedule's name to hide or show it.",
    )
    tables = disclosure("The shares as a table", *(_table(epochs) for epochs in lengths))
    return element(
        "figure", choice(chips, "Epochs", "weights-epochs", data_choice=True), *families, caption, tables
    )  # fmt: skip


def _name(schedule: Schedule) -> str:
    return schedule_name(schedule.type, schedule)


def _family(number: int, family: Family, lengths: Sequence[int]) -> Markup:
    chips = [
        chip(
            _swatch(index),
            _name(schedule).removeprefix(f"{family.name.lower()} "),
            pressed=True,
            data_toggle=f"w{number}-{index}",
        )
        for index, schedule in enumerate(family.schedules)
    ]
    about = element(
        "div",
        element("h3", family.name),
        element("p", family.formula, class_="formula"),
        legend(chips, f"{family.name}: schedules shown"),
    )
    panels = [
        _panel(number, family, epochs, side, first=epochs == lengths[0]) for epochs in lengths for side in (0, 1)
    ]  # fmt: skip
    return element("div", about, *panels, class_="panels three")


def _panel(number: int, family: Family, epochs: int, side: int, *, first: bool) -> Markup:
    """Draw the shares of the distilled sentences (``side`` 0) or of the original ones (1)."""
    panel = Panel(
        f"{'w₀, distilled' if side == 0 else 'w₁, original'}, T = {epochs}",
        (0, max(epochs - 1, 1)),
        (0, 1),
        epochs_ticks(epochs),
        ticks(0, 1),
        "epoch",
        attributes={"data-panel": f"T{epochs}", **({"data-shown": ""} if first else {})},
    )
    series = []
    for index, schedule in enumerate(family.schedules):
        shares = [pair[side] for pair in shares_by_epoch(schedule, "E", epochs)]
        points = [(panel.x(t), panel.y(share)) for t, share in enumerate(shares)]
        step = 1 if epochs <= 8 else 3
        dots = [mark(point, index) for point in points[index % step :: step]]
        series.append(
            element(
                "g",
                element("title", _name(schedule)),
                line(points),
                *dots,
                class_=f"series c{index}",
                data_series=f"w{number}-{index}",
            )
        )
    names = ", ".join(_name(schedule) for schedule in family.schedules)
    described = f"{'Share of distilled' if side == 0 else 'Share of original'} sentences by epoch: {names}."
    return panel.draw(described, *series)


def _swatch(index: int) -> Markup:
    return swatch(element("g", line([(0, 6), (26, 6)]), mark((13, 6), index), class_=f"c{index}"))


def _table(epochs: int) -> Markup:
    rows: list[tuple[Value, ...]] = [
        (_name(schedule), *(w0 for w0, _ in shares_by_epoch(schedule, "E", epochs)))
        for family in FAMILIES
        for schedule in family.schedules
    ]
    columns = (Column("schedule"), *(Column(str(t + 1), "epoch", digits=2) for t in range(epochs)))
    note = "w₁ = 1 − w₀, but for “all”, where both are 1."
    return html_table(Table(f"w₀ by epoch, T = {epochs}", columns, tuple(rows), (note,)), sortable=False)
