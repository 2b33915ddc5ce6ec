"""The learning curve: test F1 over the number of original sentences, by group."""

from collections.abc import Mapping, Sequence

from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.experiments import Experiment
from tinyner.report.markup import Markup, element

Curve = Mapping[int, Experiment]
"""An experiment by the number of original sentences it had."""


def curves(those: Sequence[Experiment]) -> dict[tuple[str, str, str], Curve]:
    """By (teacher, policy, group): the experiments that differ in nothing but the original sentences.

    Only groups that have original sentences under their own schedule, and at least two sizes.
    """
    found: dict[tuple[str, str, str], dict[int, Experiment]] = {}
    for one in those:
        knobs = one.train
        if knobs.group in "ADE" and knobs.schedule.type == "group" and knobs.distilled_size is None:
            size = _original(one)
            if size is not None:
                found.setdefault((one.teacher, one.policy, knobs.group), {}).setdefault(size, one)
    return {key: dict(sorted(sizes.items())) for key, sizes in found.items() if len(sizes) > 1}


def figure(teacher: str, policy: str, groups: Mapping[str, Curve]) -> Markup:
    """The curves of one teacher under one policy, a line a group."""
    sizes = sorted({size for curve in groups.values() for size in curve})
    places = {size: float(index) for index, size in enumerate(sizes)}
    values = [value for curve in groups.values() for one in curve.values() for value in one.scores["micro"]["f1"].seeds]
    room = (max(values) - min(values)) * 0.06 or 0.05
    low, high = max(min(values) - room, 0.0), min(max(values) + room, 1.0)
    panel = Panel(
        f"{teacher}, {policy}",
        (-0.2, len(sizes) - 0.8),
        (low, high),
        [(places[size], str(size)) for size in sizes],
        ticks(low, high),
        "original sentences; micro F1 on test",
        width=460,
        height=280,
        left=46,
    )
    series = [_series(panel, index, group, curve, places) for index, (group, curve) in enumerate(groups.items())]
    legend = [
        element("button", _swatch(index), f"group {group}", type="button", class_="chip", aria_pressed="true",
                data_toggle=_name(teacher, policy, group))
        for index, group in enumerate(groups)
    ]  # fmt: skip
    described = f"{teacher}, {policy}: F1 on test over the number of original sentences, groups {', '.join(groups)}."
    return element(
        "figure",
        element("div", *legend, class_="legend", role="group", aria_label="Groups shown"),
        panel.draw(described, *series),
    )


def _series(panel: Panel, index: int, group: str, curve: Curve, places: Mapping[int, float]) -> Markup:
    marks: list[Markup] = []
    points = []
    for size, one in curve.items():
        f1 = one.scores["micro"]["f1"]
        x = panel.x(places[size]) + (index - 1) * 3
        points.append((x, panel.y(f1.mean)))
        if f1.std is not None:
            marks.append(line([(x, panel.y(f1.mean - f1.std)), (x, panel.y(f1.mean + f1.std))], "whisker"))
        marks.append(mark(points[-1], index))
    key = _name(one.teacher, one.policy, group)
    return element(
        "g", element("title", f"group {group}"), line(points), *marks, class_=f"series c{index}", data_series=key
    )


def _swatch(index: int) -> Markup:
    drawing = element("g", line([(0, 6), (26, 6)]), mark((13, 6), index), class_=f"c{index}")
    return element("svg", drawing, viewBox="0 0 26 12", class_="swatch", aria_hidden="true")


def _name(teacher: str, policy: str, group: str) -> str:
    return f"size-{teacher}-{policy}-{group}"


def _original(one: Experiment) -> int | None:
    size = one.train.original_size
    return one.prepare.original_size if size is None else size
