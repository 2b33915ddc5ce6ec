"""The learning curve: test F1 over the number of original sentences, a line a group and setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.compare.table import few
from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.comparability import Setting, differences, setting
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import Experiment

COLOURS = 7


@dataclass(frozen=True)
class Line:
    """Experiments by the number of their original sentences, in that order, which differ in nothing else.

    Where ``steps`` is set, they differ in their epochs as well, so that each draws as many sentences in all.
    """

    group: str
    setting: Setting  # where steps is set, without epochs
    points: Mapping[int, Experiment]
    steps: bool = False
    otherwise: str = ""  # what it has otherwise than most lines

    @property
    def name(self) -> str:
        """The group, and what tells it from other lines of the group."""
        told = ", ".join(part for part in ("as many steps" if self.steps else "", self.otherwise) if part)
        return f"group {self.group} ({told})" if told else f"group {self.group}"

    def beside(self, other: "Line") -> bool:
        """Whether the lines differ in their groups, or in their steps, alone."""
        own, its = self.setting.without_epochs(), other.setting.without_epochs()
        return own == its if self.steps or other.steps else self.setting == other.setting


@dataclass(frozen=True)
class Curves:
    """The lines that can be drawn, and what is to be said of experiments that are on none."""

    lines: Sequence[Line]
    notes: Sequence[str]

    @property
    def figures(self) -> dict[tuple[str, str], list[Line]]:
        """The lines by (teacher with its prefix, policy of the learning rate)."""
        found: dict[tuple[str, str], list[Line]] = {}
        for one in self.lines:
            first = next(iter(one.points.values()))
            found.setdefault((first.origin, first.policy), []).append(one)
        return found


def curves(those: Sequence[Experiment]) -> Curves:
    """Lines of groups that have original sentences, under their own schedule, with at least two sizes each."""
    usable = [
        one for one in those
        if one.train.group in ("A", "D", "E") and one.train.schedule.type == "group" and one.original is not None
    ]  # fmt: skip
    own: dict[tuple[str, Setting], list[Experiment]] = {}
    for one in usable:
        own.setdefault((one.train.group, setting(one)), []).append(one)
    lines = [Line(*key, _by_size(group)) for key, group in own.items()]
    lines = [one for one in lines if len(one.points) > 1]
    lines += _steps(usable, lines)
    drawn = {one.key for line_ in lines for one in line_.points.values()}
    told = differences(one.setting for one in lines for _ in one.points if not one.steps)
    told |= differences(one.setting for one in lines for _ in one.points if one.steps)
    lines = [Line(one.group, one.setting, one.points, one.steps, told[one.setting]) for one in lines]
    notes = _notes(usable, own, drawn) if lines else []
    return Curves(sorted(lines, key=lambda one: (one.group, one.steps, one.otherwise)), notes)


def _by_size(group: Sequence[Experiment]) -> dict[int, Experiment]:
    """The first experiment of each size."""
    found: dict[int, Experiment] = {}
    for one in group:
        if one.original is not None:
            found.setdefault(one.original, one)
    return dict(sorted(found.items()))


def _steps(usable: Sequence[Experiment], lines: Sequence[Line]) -> list[Line]:
    """Lines of experiments that draw as many sentences in all, at least two of which are on no line else."""
    drawn = {one.key for line_ in lines for one in line_.points.values()}
    alike: dict[tuple[str, Setting, int], list[Experiment]] = {}
    for one in usable:
        seed = one.run.curves[0]["seed"] if one.run.curves else None
        sentences = sum(row["sentences"] for row in one.run.curves if row["seed"] == seed)
        if sentences:
            alike.setdefault((one.train.group, setting(one).without_epochs(), sentences), []).append(one)
    found = [Line(group, own, _by_size(those), steps=True) for (group, own, _), those in alike.items()]
    return [
        one for one in found
        if len({point.train.epochs for point in one.points.values()}) > 1
        and sum(point.key not in drawn for point in one.points.values()) > 1
    ]  # fmt: skip


def _notes(
    usable: Sequence[Experiment], own: Mapping[tuple[str, Setting], Sequence[Experiment]], drawn: set[str]
) -> list[str]:
    """What is not drawn, and why."""
    again, unlike, others = [], [], []
    for one in usable:
        if one.key in drawn:
            continue
        there = [other for other in own[one.train.group, setting(one)] if other.key in drawn]
        same = next((other for other in there if other.original == one.original), None)
        if same is None:
            others.append(one.name)
        elif same.run.predictions == one.run.predictions:
            again.append(f"{one.name} is {same.name}")
        else:
            unlike.append(f"{one.name} (drawn: {same.name})")
    notes = {
        "The same experiment under two names, drawn once": again,
        "Not drawn, since another has the same parameters of train and prepare, but other results": unlike,
        "Not drawn, since no other size has the same settings": others,
    }
    return [f"{why}: {few(names)}." for why, names in notes.items() if names]


def figure(number: int, title: str, lines: Sequence[Line]) -> Markup:
    """The lines of one teacher under one policy; ``number`` tells the figure from others of the page."""
    sizes = sorted({size for one in lines for size in one.points})
    places = {size: float(index) for index, size in enumerate(sizes)}
    values = [value for one in lines for point in one.points.values() for value in point.scores["micro"]["f1"].seeds]
    room = (max(values) - min(values)) * 0.06 or 0.05
    low, high = max(min(values) - room, 0.0), min(max(values) + room, 1.0)
    panel = Panel(
        title,
        (-0.2, len(sizes) - 0.8),
        (low, high),
        [(places[size], str(size)) for size in sizes],
        ticks(low, high),
        "original sentences; micro F1 on test",
        width=460,
        height=280,
        left=46,
    )
    series = [_series(panel, number, index, one, places) for index, one in enumerate(lines)]
    legend = [
        element("button", _swatch(index), one.name, type="button", class_="chip", aria_pressed="true",
                data_toggle=f"size{number}-{index}")
        for index, one in enumerate(lines)
    ]  # fmt: skip
    named = "; ".join(one.name for one in lines)
    return element(
        "figure",
        element("div", *legend, class_="legend", role="group", aria_label=f"{title}: lines shown"),
        panel.draw(f"{title}: F1 on test over the number of original sentences: {named}.", *series),
    )


def _series(panel: Panel, number: int, index: int, own: Line, places: Mapping[int, float]) -> Markup:
    marks: list[Markup] = []
    points = []
    for size, one in own.points.items():
        f1 = one.scores["micro"]["f1"]
        x = panel.x(places[size]) + (index - 1) * 3
        points.append((x, panel.y(f1.mean)))
        if f1.std is not None:
            marks.append(line([(x, panel.y(f1.mean - f1.std)), (x, panel.y(f1.mean + f1.std))], "whisker"))
        marks.append(mark(points[-1], _shape(index)))
    return element(
        "g",
        element("title", own.name),
        line(points),
        *marks,
        class_=f"series c{index % COLOURS}",
        data_series=f"size{number}-{index}",
    )


def _swatch(index: int) -> Markup:
    drawing = element("g", line([(0, 6), (26, 6)]), mark((13, 6), _shape(index)), class_=f"c{index % COLOURS}")
    return element("svg", drawing, viewBox="0 0 26 12", class_="swatch", aria_hidden="true")


def _shape(index: int) -> int:
    """Another for the same colour's next turn."""
    return index + index // COLOURS
