"""The learning curve: test F1 over the number of original sentences, a line for each group and setting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tinyner.compare.table import few
from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.comparability import Setting, deviations, setting
from tinyner.report.controls import chip, legend, swatch
from tinyner.report.markup import Attribute, Markup, element
from tinyner.report.scored_runs import ScoredRun

COLOURS = 7


@dataclass(frozen=True)
class Line:
    """Runs that differ only in their number of original sentences; ``points`` has them by that number, rising.

    If ``equal_steps`` is set, they differ in their epochs too, so that all runs draw the same number of sentences.
    """

    group: str
    setting: Setting  # without epochs, where equal_steps is set
    points: Mapping[int, ScoredRun]
    equal_steps: bool = False
    deviation: str = ""  # how the setting differs from that of most lines

    @property
    def name(self) -> str:
        """The group, and what distinguishes the line from others of the group."""
        details = ", ".join(part for part in ("as many steps" if self.equal_steps else "", self.deviation) if part)
        return f"group {self.group} ({details})" if details else f"group {self.group}"

    def comparable(self, other: "Line") -> bool:
        """Return whether the lines differ in nothing but their groups, or their numbers of steps."""
        if self.equal_steps or other.equal_steps:
            return self.setting.without_epochs() == other.setting.without_epochs()
        return self.setting == other.setting


@dataclass(frozen=True)
class Curves:
    """The lines that can be drawn, and notes on runs that are on none of them."""

    lines: Sequence[Line]
    notes: Sequence[str]

    @property
    def figures(self) -> dict[tuple[str, str], list[Line]]:
        """The lines by origin (teacher and prefix) and policy of the learning rate."""
        figures: dict[tuple[str, str], list[Line]] = {}
        for curve in self.lines:
            first = next(iter(curve.points.values()))
            figures.setdefault((first.origin, first.policy), []).append(curve)
        return figures


def curves(scored_runs: Sequence[ScoredRun]) -> Curves:
    """Join runs to lines of at least two sizes: runs of groups with original sentences, on the group's own schedule."""
    usable = [
        run for run in scored_runs
        if run.train.group in ("A", "D", "E") and run.train.schedule.type == "group" and run.original is not None
    ]  # fmt: skip
    alike: dict[tuple[str, Setting], list[ScoredRun]] = {}
    for run in usable:
        alike.setdefault((run.train.group, setting(run)), []).append(run)
    lines = [Line(*key, _by_size(runs)) for key, runs in alike.items()]
    lines = [curve for curve in lines if len(curve.points) > 1]
    lines += _equal_steps(usable, lines)
    texts = deviations(curve.setting for curve in lines for _ in curve.points if not curve.equal_steps)
    texts |= deviations(curve.setting for curve in lines for _ in curve.points if curve.equal_steps)
    lines = [replace(curve, deviation=texts[curve.setting]) for curve in lines]
    notes = _notes(usable, alike, _keys(lines)) if lines else []
    return Curves(sorted(lines, key=lambda curve: (curve.group, curve.equal_steps, curve.deviation)), notes)


def _keys(lines: Sequence[Line]) -> set[str]:
    """Return the keys of the runs that are on a line."""
    return {run.key for curve in lines for run in curve.points.values()}


def _by_size(runs: Sequence[ScoredRun]) -> dict[int, ScoredRun]:
    """Return the first run of each size, by size."""
    points: dict[int, ScoredRun] = {}
    for run in runs:
        if run.original is not None:
            points.setdefault(run.original, run)
    return dict(sorted(points.items()))


def _equal_steps(usable: Sequence[ScoredRun], lines: Sequence[Line]) -> list[Line]:
    """Return lines of runs that draw the same number of sentences in all; at least two are on no other line."""
    drawn = _keys(lines)
    alike: dict[tuple[str, Setting, int], list[ScoredRun]] = {}
    for run in usable:
        sentences = run.run.sentences_drawn
        if sentences:
            alike.setdefault((run.train.group, setting(run).without_epochs(), sentences), []).append(run)
    candidates = [Line(group, own_setting, _by_size(runs), True) for (group, own_setting, _), runs in alike.items()]
    return [
        curve for curve in candidates
        if len({run.train.epochs for run in curve.points.values()}) > 1
        and sum(run.key not in drawn for run in curve.points.values()) > 1
    ]  # fmt: skip


def _notes(
    usable: Sequence[ScoredRun], alike: Mapping[tuple[str, Setting], Sequence[ScoredRun]], drawn: set[str]
) -> list[str]:
    """Name the runs that are on no line, with the reason."""
    duplicates, conflicting, single = [], [], []
    for run in usable:
        if run.key in drawn:
            continue
        same_setting = [other for other in alike[run.train.group, setting(run)] if other.key in drawn]
        same_size = next((other for other in same_setting if other.original == run.original), None)
        if same_size is None:
            single.append(run.name)
        elif same_size.predictions == run.predictions:
            duplicates.append(f"{run.name} is {same_size.name}")
        else:
            conflicting.append(f"{run.name} (drawn: {same_size.name})")
    notes = {
        "The same experiment under two names, drawn once": duplicates,
        "Not drawn, since another has the same parameters of train and prepare, but other results": conflicting,
        "Not drawn, since no other size has the same settings": single,
    }
    return [f"{reason}: {few(names)}." for reason, names in notes.items() if names]


def figure(number: int, title: str, lines: Sequence[Line]) -> Markup:
    """Draw the lines of one origin and policy; ``number`` is unique among these figures of the page."""
    sizes = sorted({size for curve in lines for size in curve.points})
    positions = {size: float(index) for index, size in enumerate(sizes)}
    values = [value for curve in lines for run in curve.points.values() for value in run.micro_f1.seeds]
    margin = (max(values) - min(values)) * 0.06 or 0.05
    low, high = max(min(values) - margin, 0.0), min(max(values) + margin, 1.0)
    agreement = next(iter(lines[0].points.values())).agreement  # that of all, since they are of one origin
    panel = Panel(
        title,
        (-0.2, len(sizes) - 0.8),
        (low, high),
        [(positions[size], str(size)) for size in sizes],
        ticks(low, high),
        f"original sentences; {agreement or 'micro F1 on test'}",
        width=460,
        height=280,
        left=46,
    )
    drawn = [
        series(
            panel,
            curve,
            positions,
            shape=_shape(index),
            shift=(index - 1) * 3,
            class_=f"series c{index % COLOURS}",
            data_series=f"size{number}-{index}",
        )
        for index, curve in enumerate(lines)
    ]
    chips = [
        chip(_swatch(index), curve.name, pressed=True, data_toggle=f"size{number}-{index}")
        for index, curve in enumerate(lines)
    ]
    names = "; ".join(curve.name for curve in lines)
    return element(
        "figure",
        legend(chips, f"{title}: lines shown"),
        panel.draw(f"{title}: F1 on test over the number of original sentences: {names}.", *drawn),
    )


def series(
    panel: Panel,
    curve: Line,
    positions: Mapping[int, float],
    *texts: Markup,
    shape: int,
    shift: float,
    **attributes: Attribute,
) -> Markup:
    """Draw a line with a mark and a whisker (mean ± std) at each size.

    Args:
        panel: what it is drawn on.
        curve: the line.
        positions: horizontal position of each size, in the panel's units of data.
        texts: drawn with the line.
        shape: of the marks, see ``axes.mark``.
        shift: SVG units by which all is moved to the right, so that the whiskers of several lines stay apart.
        attributes: of the group that holds the line.
    """
    marks: list[Markup] = []
    points = []
    for size, run in curve.points.items():
        f1 = run.micro_f1
        x = panel.x(positions[size]) + shift
        points.append((x, panel.y(f1.mean)))
        if f1.std is not None:
            marks.append(line([(x, panel.y(f1.mean - f1.std)), (x, panel.y(f1.mean + f1.std))], "whisker"))
        marks.append(mark(points[-1], shape))
    return element("g", element("title", curve.name), line(points), *marks, *texts, **attributes)


def _swatch(index: int) -> Markup:
    return swatch(
        element("g", line([(0, 6), (26, 6)]), mark((13, 6), _shape(index)), class_=f"c{index % COLOURS}")
    )  # fmt: skip


def _shape(index: int) -> int:
    """Return the shape of a line's marks: lines of the same colour have different ones."""
    return index + index // COLOURS
