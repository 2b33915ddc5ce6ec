"""The learning curve as an SVG file that stands by itself, for a README."""

import math
from collections.abc import Sequence

from tinyner.compare.run_scores import over_seeds
from tinyner.errors import UserError
from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.learning_curve import Line, curves, series
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun
from tinyner.report.svg_file import svg_file
from tinyner.stand_ins import AGREEMENT

WIDTH, HEIGHT = 860, 430

DRAWN = {
    ("A", False): (0, "human"),
    ("A", True): (3, "human steps"),
    ("D", False): (1, "target"),
    ("E", False): (2, "both"),
}
"""Mark (see ``axes.mark``) and classes of a line, by group and whether its sizes have equal steps."""


def learning_curve_svg(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw the lines that runs form (see ``learning_curve.curves``): F1 over original sentences, on a log scale.

    Raises:
        UserError: if they form no line, lines of several teachers or learning rates, or two of one group.
    """
    figures = curves(scored_runs).figures
    if not figures:
        raise UserError(
            "no two runs that differ in their number of original sentences alone; `tinyner study curve` makes such runs"
        )
    if len(figures) > 1:
        curve_names = "; ".join(f"{origin}, {policy}" for origin, policy in figures)
        raise UserError(f"the runs are {len(figures)} learning curves ({curve_names}); name those of one curve")
    (((origin, policy), lines),) = figures.items()
    kinds = [(curve.group, curve.equal_steps) for curve in lines]
    if twice := [
        curve.name for curve, kind in zip(lines, kinds, strict=True) if kinds.count(kind) > 1 or kind not in DRAWN
    ]:
        raise UserError(f"the drawing has one line for each group, not {', '.join(twice)}; name the runs of one curve")
    by_first_score = sorted(lines, key=lambda curve: -next(iter(curve.points.values())).f1)
    return _drawing(f"Teacher {origin}, {policy}", by_first_score)


def _drawing(made_with: str, lines: Sequence[Line]) -> Markup:
    runs = [run for curve in lines for run in curve.points.values()]
    sizes = sorted({size for curve in lines for size in curve.points})
    positions = {size: math.log10(size) for size in sizes}
    top = min(max(value for run in runs for value in run.micro_f1.seeds) + 0.05, 1.0)
    agreement = f"{AGREEMENT[0].upper()}{AGREEMENT[1:]}," if runs[0].by_teacher else ""
    panel = Panel(
        f"{agreement or 'Test F1'} by number of human-labelled sentences",
        (positions[sizes[0]] - 0.06, positions[sizes[-1]] + 0.06),
        (0.0, top),
        [(positions[size], f"{size:,}") for size in sizes],
        ticks(0.0, top),
        "original sentences: labelled by people (log scale)",
        width=WIDTH,
        height=HEIGHT,
        left=52,
        right=24,
        top=96,
        bottom=48,
    )
    drawn = []
    for index, curve in enumerate(lines):
        shape, classes = DRAWN[curve.group, curve.equal_steps]
        first, run = next(iter(curve.points.items()))
        value = element(
            "text",
            f"{run.f1:.3f}",
            class_="value",
            x=panel.x(positions[first]) + 10,
            y=panel.y(run.f1) + (17 if index else -8),  # the top line's value is above it
        )
        drawn.append(series(panel, curve, positions, value, shape=shape, shift=(index - 1) * 2, class_=classes))
    described = "; ".join(f"{_label(curve)}: {_values(curve)}" for curve in lines)
    spread = over_seeds(run.run for run in runs)
    return svg_file(
        panel.title,
        f"{made_with}; {spread}",
        f"{made_with}, {spread}. {described}.",
        (WIDTH, HEIGHT),
        element("text", "agreement (micro F1)" if agreement else "micro F1", class_="label", x=16, y=84),
        panel.frame(),
        *drawn,
        _legend(lines, panel),
    )


def _legend(lines: Sequence[Line], panel: Panel) -> Markup:
    """Return the lines' samples and labels, in the corner below the lines."""
    left, height = panel.width - 446, 24 * len(lines) + 8
    top = panel.height - panel.bottom - height - 6
    rows = [element("rect", class_="back", x=left - 8, y=top, width=440, height=height)]
    for index, curve in enumerate(lines):
        shape, classes = DRAWN[curve.group, curve.equal_steps]
        y = top + 24 * index + 16
        sample = element("g", line([(left, y), (left + 34, y)]), mark((left + 17, y), shape), class_=classes)
        rows += [sample, element("text", _label(curve), class_="key", x=left + 44, y=y + 4.5)]
    return joined(rows)


def _label(curve: Line) -> str:
    """Return what a line stands for: its group, and what the students learn from."""
    largest = list(curve.points.values())[-1]
    target, both = largest.target, None if largest.related is None else (largest.target or 0) + largest.related
    stand_ins = ", stand-ins included" if largest.with_stand_ins else ""
    learned = {
        "A": "human sentences alone",
        "D": f"with {_count(target)} distilled sentences (target{stand_ins})",
        "E": f"with {_count(both)} distilled sentences (target and related{stand_ins})",
    }[curve.group]
    steps = f", as many steps as at {list(curve.points)[-1]:,}" if curve.equal_steps else ""
    return f"{curve.group}: {learned}{steps}{f' ({curve.deviation})' if curve.deviation else ''}"


def _count(size: int | None) -> str:
    return "all" if size is None else f"{size:,}"


def _values(curve: Line) -> str:
    """Return the scores of a line in words, for readers who don't see it."""
    return ", ".join(f"{size:,} sentences {format(run.micro_f1)}" for size, run in curve.points.items())
