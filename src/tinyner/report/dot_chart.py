"""A chart with a row for each score: a mark at the mean, a whisker over its interval, the number beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.intervals import Interval, spread
from tinyner.report.markup import Markup, element

LONGEST = 22
"""Characters of a row's label; a longer one is cut, and stands whole in the row's title."""

_HEIGHT = 19.0  # of a row
_CHARACTER, _CAPITAL = 8.4, 9.4  # how wide they are, about, on a phone, where text is larger


@dataclass(frozen=True)
class Row:
    """A score: its label, what is said of it, the mark (an index of axes.SHAPES) and its class."""

    label: str
    described: str
    value: float
    interval: Interval | None
    shape: int
    class_: str
    text: str = ""  # beside it, in place of the value


def chart(title: str, described: str, axis: str, rows: Sequence[Row]) -> Markup:
    """Draw the rows, the first on top; screen readers read ``described``, and the title of each row."""
    ends = [end for row in rows for end in (row.value, *(row.interval or ()))]
    low, high = spread(ends)
    texts = [row.text or f"{row.value:.3f}" for row in rows]
    panel = Panel(
        title,
        (low, high),
        (0, len(rows)),
        ticks(low, high, 4),
        [],
        axis,
        width=460,
        height=74 + _HEIGHT * len(rows),
        left=14 + _CAPITAL * max(len(_short(row.label)) for row in rows),
        right=14 + _CHARACTER * max(map(len, texts)),
    )
    floor = panel.height - panel.bottom
    grid = [
        element("line", class_="grid", x1=panel.x(at), x2=panel.x(at), y1=panel.top, y2=floor)
        for at, _ in ticks(low, high, 4)
    ]
    drawn = [
        _row(panel, row, text, panel.y(len(rows) - index - 0.5))
        for index, (row, text) in enumerate(zip(rows, texts, strict=True))
    ]
    return panel.draw(described, *grid, *drawn)


def _row(panel: Panel, row: Row, text: str, y: float) -> Markup:
    whisker = None
    if row.interval is not None:
        whisker = line([(panel.x(row.interval.low), y), (panel.x(row.interval.high), y)], "whisker")
    return element(
        "g",
        element("title", row.described),
        element("text", _short(row.label), class_="tick", x=panel.left - 8, y=y + 4, text_anchor="end"),
        whisker,
        mark((panel.x(row.value), y), row.shape, 1.4),
        element("text", text, x=panel.width - panel.right + 10, y=y + 4),
        class_=row.class_,
    )


def _short(label: str) -> str:
    """Return a label, cut if it is long.

    >>> _short("epochs-5-lr-3e-4-falling-and-more")
    'epochs-5-lr-3e-4-fall…'
    """
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
