"""A chart's panel with two axes, in SVG, and the lines, bands and marks drawn on it.

The SVG is written by hand: a Vega page would be a megabyte of script, and break the content security policy.
Panels are about as wide as a phone, and a figure has several in a grid, so that their text keeps its size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tinyner.report.markup import Child, Markup, element, joined, number

Point = tuple[float, float]

LONG = 44
"""Characters from which on a title is set smaller on a phone."""


@dataclass(frozen=True)
class Panel:
    """The frame of a chart.

    ``width``, ``height`` and the margins (``left`` ... ``bottom``) are in SVG units; ``x_range``, ``y_range`` and the
    ticks (value and text) in units of the data. ``attributes`` are added to the svg element.
    """

    title: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    x_label: str
    width: float = 340
    height: float = 216
    left: float = 42
    right: float = 12
    top: float = 30
    bottom: float = 40
    attributes: dict[str, str] = field(default_factory=dict)

    def x(self, value: float) -> float:
        """Return the horizontal coordinate of a value."""
        low, high = self.x_range
        return self.left + (value - low) / ((high - low) or 1.0) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the vertical coordinate of a value; larger values are further up."""
        low, high = self.y_range
        return (
            self.height - self.bottom - (value - low) / ((high - low) or 1.0) * (self.height - self.top - self.bottom)
        )

    def draw(self, described: str, *marks: Child) -> Markup:
        """Return the panel as an svg element with marks on it; screen readers read ``described``."""
        return element(
            "svg",
            element("title", self.title),
            element("desc", described),
            element(
                "text", self.title, class_="panel-title long" if len(self.title) > LONG else "panel-title", x=6, y=16
            ),
            self.frame(),
            *marks,
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            role="img",
            class_="panel",
            **self.attributes,
        )

    def frame(self) -> Markup:
        """Return the grid, both axes' ticks and the horizontal axis with its label."""
        floor = self.height - self.bottom
        grid = [
            joined(
                [
                    element(
                        "line",
                        class_="grid",
                        x1=self.left,
                        x2=self.width - self.right,
                        y1=self.y(value),
                        y2=self.y(value),
                    ),
                    element("text", text, class_="tick", x=self.left - 6, y=self.y(value) + 4, text_anchor="end"),
                ]
            )
            for value, text in self.y_ticks
        ]
        below = [
            element("text", text, class_="tick", x=self.x(value), y=floor + 16, text_anchor="middle")
            for value, text in self.x_ticks
        ]
        label = element(
            "text",
            self.x_label,
            class_="label",
            x=(self.left + self.width - self.right) / 2,
            y=self.height - 6,
            text_anchor="middle",
        )
        axis = element("line", class_="axis", x1=self.left, x2=self.width - self.right, y1=floor, y2=floor)
        return joined([*grid, *below, axis, label])


def line(points: Sequence[Point], class_: str = "line") -> Markup:
    """Return a line through points, given as coordinates."""
    return element("path", class_=class_, d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in points))


def band(upper: Sequence[Point], lower: Sequence[Point]) -> Markup:
    """Return the area between two lines of coordinates."""
    outline = [*upper, *reversed(lower)]
    return element("path", class_="band", d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in outline) + "Z")


SHAPES = (
    "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z",  # circle
    "M-2.7-2.7h5.4v5.4h-5.4Z",  # square
    "M0-3.6L3.4 2.5H-3.4Z",  # triangle
    "M0-3.8L3.8 0L0 3.8L-3.8 0Z",  # diamond
    "M0 3.6L3.4-2.5H-3.4Z",  # triangle on its tip
    "M-1-3.4h2v2.4h2.4v2h-2.4v2.4h-2v-2.4h-2.4v-2h2.4Z",  # cross
    "M0-3.8L1.2-1.2L3.8 0L1.2 1.2L0 3.8L-1.2 1.2L-3.8 0L-1.2-1.2Z",  # star
)
"""Outlines of marks around (0, 0): a series has a shape too, for readers who can't tell the colours apart."""


def mark(at: Point, shape: int, size: float = 1) -> Markup:
    """Return a mark at a point; ``shape`` is an index of SHAPES, modulo their number, ``size`` a factor."""
    place = f"translate({number(at[0])} {number(at[1])})"
    return element(
        "path",
        class_="mark",
        d=SHAPES[shape % len(SHAPES)],
        transform=place if size == 1 else f"{place} scale({number(size)})",
    )


def ticks(low: float, high: float, most: int = 5) -> list[tuple[float, str]]:
    """Return round values within a range, each with its text; not many more than ``most``.

    >>> ticks(0.0, 1.0)
    [(0.0, '0.0'), (0.2, '0.2'), (0.4, '0.4'), (0.6, '0.6'), (0.8, '0.8'), (1.0, '1.0')]
    """
    if high <= low:
        return [(low, f"{low:g}")]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999), 10 * power)
    first = math.ceil(low / step - 1e-9)
    values = [round((first + i) * step, 10) for i in range(int((high - low) / step + 1e-9) + 2)]
    digits = max((len(f"{v:g}".partition(".")[2]) for v in values), default=0)
    return [(v, f"{v:.{digits}f}") for v in values if low - 1e-9 <= v <= high + 1e-9]


def epochs_ticks(epochs: int) -> list[tuple[float, str]]:
    """Return ticks of epochs t from 0, labelled from 1: each of up to 10 epochs, every fifth or tenth of more.

    >>> [text for _, text in epochs_ticks(20)]
    ['1', '5', '10', '15', '20']
    """
    if epochs <= 10:
        return [(t, str(t + 1)) for t in range(epochs)]
    step = 5 if epochs <= 40 else 10 * math.ceil(epochs / 80)
    return [(t - 1, str(t)) for t in dict.fromkeys([1, *range(step, epochs + 1, step)])]
