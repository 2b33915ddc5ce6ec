"""Tables of the page: columns that buttons sort, a caption, and a box of their own to scroll in."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.report.markup import Child, Markup, element


@dataclass(frozen=True)
class Cell:
    """Text of a cell, the value it is sorted by (None: its text, or nothing to sort), whether it is the best."""

    text: Child
    value: float | None = None
    best: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. The first column names the rows; ``numeric`` columns stand to the right."""

    caption: Child
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: Sequence[bool]
    notes: Sequence[Child] = ()


def drawn(grid: Grid, label: str, *, sortable: bool = True) -> Markup:
    """The table, with ``label`` for the box that it scrolls in."""
    heads = [_head(text, numeric, sortable) for text, numeric in zip(grid.header, grid.numeric, strict=True)]
    body = [
        element("tr", *(_cell(cell, index, grid.numeric[index]) for index, cell in enumerate(row))) for row in grid.rows
    ]
    table = element(
        "table",
        element("caption", grid.caption),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="sortable" if sortable else None,
    )
    notes = [element("p", note, class_="note") for note in grid.notes]
    return element("div", scroller(table, label), *notes, class_="grid")


def scroller(content: Markup, label: str) -> Markup:
    """A box that scrolls sideways on its own, by keyboard too."""
    return element("div", content, class_="scroller", tabindex="0", role="region", aria_label=label)


def plain(text: str) -> Cell:
    """A cell that is sorted by its text."""
    return Cell(text)


def figure(value: float | None, digits: int = 3, *, best: bool = False) -> Cell:
    """A number's cell; a dash where there is none."""
    return Cell("–" if value is None else f"{value:.{digits}f}", value, best)


def behind(summary: str, content: Markup) -> Markup:
    """Something that is shown when asked for: the numbers behind a figure."""
    return element("details", element("summary", summary), content, class_="data")


def _head(text: str, numeric: bool, sortable: bool) -> Markup:
    if not sortable:
        return element("th", text, scope="col", class_="n" if numeric else None)
    arrow = element("span", class_="arrow", aria_hidden="true")
    button = element("button", text, arrow, type="button", class_="sort")
    return element("th", button, scope="col", class_="n" if numeric else None, aria_sort="none")


def _cell(cell: Cell, index: int, numeric: bool) -> Markup:
    content = element("strong", cell.text) if cell.best else cell.text
    value = None if cell.value is None else repr(cell.value)
    if index == 0:
        return element("th", content, scope="row", data_value=value)
    return element("td", content, class_="n" if numeric else None, data_value=value)
