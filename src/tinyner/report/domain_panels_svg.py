"""Several corpora side by side, as an SVG file that stands by itself: F1 by number of human sentences, a panel each."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tinyner.compare.run_scores import over_seeds
from tinyner.errors import UserError
from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.markup import Markup, element, joined, number
from tinyner.report.scored_runs import ScoredRun
from tinyner.report.svg_file import svg_file
from tinyner.stand_ins import AGREEMENT

ACROSS = 3
"""Panels side by side."""

WIDTH, HEIGHT, TOP, MARGIN = 288.0, 250.0, 76.0, 12.0
"""Of a panel; what is above the first row; around all."""

HUMAN, BOTH = "human sentences alone", "with the LLM's sentences"
LINES = {HUMAN: (0, "human"), BOTH: (1, "target")}
"""Mark (see ``axes.mark``) and class of each line."""


@dataclass(frozen=True)
class Domain:
    """The runs of one corpus: by line, then by number of human sentences, rising (0: the LLM's alone)."""

    name: str
    lines: Mapping[str, Mapping[int, ScoredRun]]

    @property
    def runs(self) -> list[ScoredRun]:
        """The runs that are drawn."""
        return [run for points in self.lines.values() for run in points.values()]


def domain_panels_svg(scored_runs: Sequence[ScoredRun]) -> Markup:
    """Draw a panel for each prefix of runs, as ``tinyner compare --from PREFIX=FILE`` gives them.

    Of the runs with human sentences alone, and of those with the LLM's as well (or alone: 0), the one that draws most
    sentences stands for each number of human sentences; of several such the one with the best mean F1 on dev, so that
    no choice is made on test.

    Raises:
        UserError: if there are no runs, a prefix has only one size, its scores are agreement with the teacher, or
            nothing says how many sentences a run could draw, or which of several is best on dev.
    """
    if not scored_runs:
        raise UserError("no runs to draw")
    by_prefix: dict[str, list[ScoredRun]] = {}
    for run in scored_runs:
        by_prefix.setdefault(run.prefix.rstrip("-"), []).append(run)
    domains = [_domain(name, runs) for name, runs in by_prefix.items()]
    for domain in domains:
        if any(run.by_teacher for run in domain.runs):
            raise UserError(f"{domain.name}: its scores are {AGREEMENT}; the figure is of scores on gold")
        if len({size for points in domain.lines.values() for size in points}) < 2:
            raise UserError(f"{domain.name}: its runs have one number of human sentences; a curve needs two or more")
    return _drawing(domains)


def _domain(name: str, runs: Iterable[ScoredRun]) -> Domain:
    alike: dict[tuple[str, int], list[ScoredRun]] = {}
    for run in runs:
        size = 0 if run.kind == "pure_distilled" else run.original
        if size is None:
            raise UserError(f"{run.name}: nothing says how many human sentences it could draw; leave it out")
        alike.setdefault((HUMAN if run.original_only else BOTH, size), []).append(run)
    lines: dict[str, dict[int, ScoredRun]] = {HUMAN: {}, BOTH: {}}
    for (kind, size), candidates in sorted(alike.items()):
        most = max(run.run.sentences_drawn for run in candidates)
        longest = [run for run in candidates if run.run.sentences_drawn >= 0.95 * most]
        lines[kind][size] = longest[0] if len(longest) == 1 else max(longest, key=_dev_f1)
    return Domain(name or "runs", {kind: points for kind, points in lines.items() if points})


def _dev_f1(run: ScoredRun) -> float:
    scores = run.run.dev_scores
    if not scores or run.run.dev_by_teacher:
        raise UserError(
            f"{run.name}: others draw as much, and it has no F1 on a gold dev set to choose by; leave it out"
        )
    return statistics.fmean(scores)


def _drawing(domains: Sequence[Domain]) -> Markup:
    rows = -(-len(domains) // ACROSS)
    width, height = ACROSS * WIDTH + 2 * MARGIN, TOP + rows * HEIGHT + MARGIN
    spread = over_seeds(run.run for domain in domains for run in domain.runs)
    title = "Test F1 by number of human-labelled sentences"
    described = " ".join(f"{domain.name}: {_in_words(domain)}." for domain in domains)
    panels = [
        element(
            "g",
            *_panel(domain),
            transform=f"translate({number(MARGIN + index % ACROSS * WIDTH)} {number(TOP + index // ACROSS * HEIGHT)})",
        )
        for index, domain in enumerate(domains)
    ]
    return svg_file(title, spread, f"{spread}. {described}", (width, height), _legend(width), *panels)


def _panel(domain: Domain) -> list[Markup]:
    sizes = sorted({size for points in domain.lines.values() for size in points})
    positions = {size: float(index) for index, size in enumerate(sizes)}
    panel = Panel(
        domain.name,
        (-0.3, len(sizes) - 0.7),
        (0.0, 1.0),
        [(positions[size], f"{size:,}") for size in sizes],
        ticks(0.0, 1.0),
        "human sentences",
        width=WIDTH,
        height=HEIGHT,
        left=40,
        right=16,
        top=30,
        bottom=44,
    )
    drawn = [
        element(
            "g",
            element("title", kind),
            _series(panel, points, positions, *LINES[kind]),
            class_=LINES[kind][1],
        )
        for kind, points in domain.lines.items()
    ]
    return [element("text", domain.name, class_="key", x=panel.left, y=20), panel.frame(), *drawn]


def _series(
    panel: Panel, points: Mapping[int, ScoredRun], positions: Mapping[int, float], shape: int, class_: str
) -> Markup:
    """Return a line with a mark and a whisker (mean ± std) at each size, and the value at its ends."""
    above = class_ == LINES[BOTH][1]
    marks: list[Markup] = []
    places = []
    for size, run in points.items():
        place = (panel.x(positions[size]), panel.y(run.f1))
        places.append(place)
        if run.micro_f1.std is not None:
            ends = [(place[0], panel.y(run.f1 + sign * run.micro_f1.std)) for sign in (-1, 1)]
            marks.append(line(ends, "whisker"))
        marks.append(mark(place, shape))
        if size in (min(points), max(points)):
            y = place[1] + (-10 if above else 20)
            marks.append(
                element(
                    "text", f"{run.f1:.3f}".removeprefix("0"), class_="value", x=place[0], y=y, text_anchor="middle"
                )
            )
    return joined([line(places), *marks])


def _legend(width: float) -> Markup:
    rows = []
    for index, (kind, (shape, class_)) in enumerate(reversed(LINES.items())):
        x, y = width - 230, 28.0 + 24 * index
        sample = element("g", line([(x, y), (x + 34, y)]), mark((x + 17, y), shape), class_=class_)
        rows += [sample, element("text", kind, class_="key", x=x + 44, y=y + 4.5)]
    return joined(rows)


def _in_words(domain: Domain) -> str:
    """Return the scores in words, for readers who don't see them."""
    return "; ".join(
        f"{kind}: {', '.join(f'{size:,} sentences {run.micro_f1}' for size, run in points.items())}"
        for kind, points in domain.lines.items()
    )
