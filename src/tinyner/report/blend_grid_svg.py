"""What the best blend gains over human sentences alone: teachers across, numbers of human sentences down, as SVG."""

from collections.abc import Sequence

from tinyner.compare.blends import LEVEL, BestBlend, best_blends
from tinyner.errors import UserError
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, schedule_name
from tinyner.report.svg_file import svg_file
from tinyner.report.verdicts import in_points

WIDTH, HEIGHT, GAP = 216.0, 104.0, 10.0
"""Of a field, and what is between two."""

LEFT, TOP, MARGIN = 96.0, 116.0, 16.0
"""What is beside the fields and above them; around all."""

NARROWEST = 580.0
"""Of the drawing, so that the line under the title fits in."""

MOST_OPAQUE, LEAST_OPAQUE = 0.42, 0.06
"""Of a field's ground: at the largest gain or loss of the figure, and at none."""


def blend_grid_svg(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw a field for each teacher and number of human sentences, as ``tinyner compare --table blends`` has them.

    Raises:
        UserError: if there are no runs, or no best blend among them (``compare.blends``).
    """
    if not scored_runs:
        raise UserError("no runs to draw")
    by_name = {run.name: run for run in scored_runs}
    blends, _ = best_blends([run.run for run in scored_runs])
    teachers = list(dict.fromkeys((blend.teacher, blend.teacher_f1) for blend in blends))
    sizes = sorted({blend.human_size for blend in blends})
    largest = max(abs(blend.difference.mean) for blend in blends) or 1.0
    fields = []
    for blend in blends:
        x = LEFT + teachers.index((blend.teacher, blend.teacher_f1)) * (WIDTH + GAP)
        y = TOP + sizes.index(blend.human_size) * (HEIGHT + GAP)
        fields.append(_field(blend, by_name[blend.best.name], (x, y), largest))
    headings = [_teacher(*teacher, LEFT + index * (WIDTH + GAP) + WIDTH / 2) for index, teacher in enumerate(teachers)]
    rows = [
        joined(
            [
                element("text", f"{size:,}", class_="heading", x=LEFT - 16, y=_middle(index) + 2, text_anchor="end"),
                element("text", "human", class_="tick", x=LEFT - 16, y=_middle(index) + 20, text_anchor="end"),
            ]
        )
        for index, size in enumerate(sizes)
    ]
    width, height = (
        LEFT + len(teachers) * (WIDTH + GAP) - GAP + MARGIN,
        TOP + len(sizes) * (HEIGHT + GAP) - GAP + MARGIN,
    )
    under = f"points of F1 on test; {100 * LEVEL:g} % intervals are adjusted for the choice of the best blend"
    described = " ".join(_in_words(blend, by_name[blend.best.name]) for blend in blends)
    title = "What the LLM’s sentences add to human ones at best"
    return svg_file(title, under, f"{under}. {described}", (max(width, NARROWEST), height), *headings, *rows, *fields)


def _middle(index: int) -> float:
    return TOP + index * (HEIGHT + GAP) + HEIGHT / 2


def _teacher(name: str, f1: float | None, x: float) -> Markup:
    """Return a column's heading: the teacher, and how far it agrees with gold."""
    quality = "not scored against gold" if f1 is None else f"F1 against gold {_f1(f1)}"
    return joined(
        [
            element("text", name, class_="key", x=x, y=TOP - 30, text_anchor="middle"),
            element("text", quality, class_="tick", x=x, y=TOP - 11, text_anchor="middle"),
        ]
    )


def _field(blend: BestBlend, best: ScoredRun, at: tuple[float, float], largest: float) -> Markup:
    """Return a field: the darker its ground the larger the gain or loss; a frame where it is significant."""
    gain = blend.difference.mean
    opacity = LEAST_OPAQUE + (MOST_OPAQUE - LEAST_OPAQUE) * abs(gain) / largest
    middle = at[0] + WIDTH / 2
    lines = [
        (in_points(100 * gain), "heading", 32.0),
        (_interval(blend), "tick", 52.0),
        (f"{schedule_name(best.kind, best.train.schedule)}{_steps(blend)}", "key", 74.0),
        ("significant" if blend.is_shown else "not significant", "tick", 92.0),
    ]
    return element(
        "g",
        element("title", _in_words(blend, best)),
        element(
            "rect",
            x=at[0],
            y=at[1],
            width=WIDTH,
            height=HEIGHT,
            rx=6,
            fill="currentColor",
            fill_opacity=f"{opacity:.2f}",
            stroke="currentColor" if blend.is_shown else None,
            stroke_width=2,
        ),
        *(
            element("text", text, class_=class_, x=middle, y=at[1] + down, text_anchor="middle")
            for text, class_, down in lines
        ),
        class_="target" if gain > 0 else "human",
    )


def _interval(blend: BestBlend) -> str:
    low, high = blend.interval
    return f"{in_points(100 * low)} to {in_points(100 * high)}"


def _steps(blend: BestBlend) -> str:
    """Return what is to be said of the blend's steps, beside those of the human sentences alone."""
    return {True: "", False: ", more steps", None: ", steps not known"}[blend.has_as_many_steps]


def _in_words(blend: BestBlend, best: ScoredRun) -> str:
    """Return a field in words, for readers who don't see it."""
    return (
        f"{blend.teacher}, {blend.human_size:,} human sentences: {schedule_name(best.kind, best.train.schedule)} has "
        f"{best.micro_f1}, the human sentences alone {_f1(blend.human_only.summary[0]['f1'])}, "
        f"{in_points(100 * blend.difference.mean)} points ({_interval(blend)}), "
        f"{'significant' if blend.is_shown else 'not significant'}{_steps(blend)}."
    )


def _f1(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
