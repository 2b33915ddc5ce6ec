"""What the best blend gains over human sentences alone: teachers across, numbers of human sentences down, as SVG."""

from collections.abc import Sequence

from tinyner.compare.blends import LEVEL, Cell, cells_of
from tinyner.compare.run_scores import over_seeds
from tinyner.errors import UserError
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, schedule_name
from tinyner.report.svg_file import svg_file
from tinyner.report.verdicts import in_points

WIDTH, HEIGHT, GAP = 216.0, 104.0, 10.0
"""Of a cell; what is between cells."""

LEFT, TOP, MARGIN = 96.0, 116.0, 16.0
"""What is beside the cells and above them; around all."""

MOST_OPAQUE, LEAST_OPAQUE = 0.42, 0.06
"""Of a cell's ground: at the largest gain or loss of the figure, and at none."""


def blend_grid_svg(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw a cell for each teacher and number of human sentences, as ``tinyner compare --table blends`` has them.

    Raises:
        UserError: if there are no runs, or they form no cell (``compare.blends``).
    """
    if not scored_runs:
        raise UserError("no runs to draw")
    by_name = {run.name: run for run in scored_runs}
    cells, _ = cells_of([run.run for run in scored_runs])
    teachers = list(dict.fromkeys(cell.teacher for cell in cells))
    sizes = sorted({cell.human for cell in cells})
    largest = max(abs(cell.difference.mean) for cell in cells) or 1.0
    drawn = []
    for cell in cells:
        x = LEFT + teachers.index(cell.teacher) * (WIDTH + GAP)
        y = TOP + sizes.index(cell.human) * (HEIGHT + GAP)
        drawn.append(_cell(cell, by_name[cell.best.name], (x, y), largest))
    headings = [
        _teacher(next(cell for cell in cells if cell.teacher == teacher), LEFT + index * (WIDTH + GAP) + WIDTH / 2)
        for index, teacher in enumerate(teachers)
    ]
    rows = [
        element("text", f"{size:,}", class_="heading", x=LEFT - 16, y=_middle(index) + 2, text_anchor="end")
        for index, size in enumerate(sizes)
    ]
    rows += [
        element("text", "human", class_="tick", x=LEFT - 16, y=_middle(index) + 20, text_anchor="end")
        for index in range(len(sizes))
    ]
    size = (LEFT + len(teachers) * (WIDTH + GAP) - GAP + MARGIN, TOP + len(sizes) * (HEIGHT + GAP) - GAP + MARGIN)
    runs = [run for cell in cells for run in (cell.best, cell.human_only)]
    under = f"points of F1; {100 * LEVEL:g} % intervals allow for the choice among a cell's blends; {over_seeds(runs)}"
    described = " ".join(_in_words(cell, by_name[cell.best.name]) for cell in cells)
    title = "What the LLM’s sentences add to human ones at best"
    return svg_file(title, under, f"{under}. {described}", (max(size[0], 560.0), size[1]), *headings, *rows, *drawn)


def _middle(index: int) -> float:
    return TOP + index * (HEIGHT + GAP) + HEIGHT / 2


def _teacher(cell: Cell, x: float) -> Markup:
    """Return a column's heading: the teacher, and how far it agrees with gold."""
    quality = "not scored against gold" if cell.teacher_f1 is None else f"F1 against gold {_f1(cell.teacher_f1)}"
    return joined(
        [
            element("text", cell.teacher, class_="key", x=x, y=TOP - 30, text_anchor="middle"),
            element("text", quality, class_="tick", x=x, y=TOP - 11, text_anchor="middle"),
        ]
    )


def _cell(cell: Cell, best: ScoredRun, at: tuple[float, float], largest: float) -> Markup:
    """Return a cell: the darker its ground the larger the gain or loss; a frame where it is significant."""
    gain = cell.difference.mean
    opacity = LEAST_OPAQUE + (MOST_OPAQUE - LEAST_OPAQUE) * abs(gain) / largest
    middle = at[0] + WIDTH / 2
    lines = [
        (in_points(100 * gain), "heading", 32.0),
        (_interval(cell), "tick", 52.0),
        (f"{schedule_name(best.kind, best.train.schedule)}{'' if cell.as_many_steps else ', more steps'}", "key", 74.0),
        ("significant" if cell.difference.significant else "not significant", "tick", 92.0),
    ]
    return element(
        "g",
        element("title", _in_words(cell, best)),
        element(
            "rect",
            x=at[0],
            y=at[1],
            width=WIDTH,
            height=HEIGHT,
            rx=6,
            fill="currentColor",
            fill_opacity=f"{opacity:.2f}",
            stroke="currentColor" if cell.difference.significant else None,
            stroke_width=2,
        ),
        *(
            element("text", text, class_=class_, x=middle, y=at[1] + down, text_anchor="middle")
            for text, class_, down in lines
        ),
        class_="target" if gain > 0 else "human",
    )


def _interval(cell: Cell) -> str:
    estimate = cell.difference.combined
    return f"{in_points(100 * estimate.low)} to {in_points(100 * estimate.high)}"


def _in_words(cell: Cell, best: ScoredRun) -> str:
    """Return a cell in words, for readers who don't see it."""
    verdict = "significant" if cell.difference.significant else "not significant"
    steps = "" if cell.as_many_steps else ", with more steps"
    return (
        f"{cell.teacher}, {cell.human:,} human sentences: {schedule_name(best.kind, best.train.schedule)} has "
        f"{best.micro_f1}, the human sentences alone {_f1(cell.human_only.summary[0]['f1'])}, "
        f"{in_points(100 * cell.difference.mean)} points ({_interval(cell)}), {verdict}{steps}."
    )


def _f1(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
