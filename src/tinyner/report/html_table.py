"""Tables of the page: columns that buttons sort, a caption, and a box of their own to scroll in."""

from tinyner.compare.table import Column, Score, Table, Value
from tinyner.report.markup import Child, Markup, element
from tinyner.report.scored_runs import spread


def drawn(table: Table, *, sortable: bool = True) -> Markup:
    """The table and its notes; the first column names the rows, the best are bold, nothing known is a dash."""
    numeric = [any(isinstance(row[at], int | float | Score) for row in table.rows) for at in range(len(table.columns))]
    heads = [_head(column, number, sortable) for column, number in zip(table.columns, numeric, strict=True)]
    body = [
        element(
            "tr",
            _cell(row[0], table.columns[0], numeric[0], "th"),
            *map(_cell, row[1:], table.columns[1:], numeric[1:]),
            class_="end" if at in table.ends and at < len(table.rows) - 1 else None,
        )
        for at, row in enumerate(table.rows)
    ]
    drawing = element(
        "table",
        element("caption", element("span", table.title)),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="sortable" if sortable else None,
    )
    notes = [element("p", note.strip(), class_="note") for note in table.notes]
    return element("div", scroller(drawing, table.title), *notes, class_="table")


def scroller(content: Markup, label: str) -> Markup:
    """A box that scrolls on its own, by keyboard too."""
    return element("div", content, class_="scroller", tabindex="0", role="region", aria_label=label)


def behind(summary: str, content: Markup) -> Markup:
    """Something that is shown when asked for: the numbers behind a figure."""
    return element("details", element("summary", summary), content, class_="data")


def _head(column: Column, numeric: bool, sortable: bool) -> Markup:
    text: list[Child] = [column.header or "figure"]  # Table 1's first column has no name
    if column.group and not column.group.endswith("."):
        text = [element("span", f"{column.group} ", class_="over"), column.name]
    if not sortable:
        return element("th", *text, scope="col", class_="n" if numeric else None)
    arrow = element("span", class_="arrow", aria_hidden="true")
    button = element("button", *text, arrow, type="button", class_="sort")
    return element("th", button, scope="col", class_="n" if numeric else None, aria_sort="none")


def _cell(cell: Value, column: Column, numeric: bool, name: str = "td") -> Markup:
    if isinstance(cell, Score):
        shown = spread(cell.mean, cell.std, column.digits)
        content = element("strong", shown) if cell.best else shown
        return element(name, content, class_="n", data_value=repr(cell.mean))
    class_ = "n" if numeric and name == "td" else None
    scope = "row" if name == "th" else None
    if cell is None or isinstance(cell, str):
        return element(name, "–" if cell is None else cell, class_=class_, scope=scope)
    shown = f"{cell:,}" if isinstance(cell, int) else f"{cell:.{column.digits}f}"
    return element(name, shown, class_=class_, scope=scope, data_value=repr(cell))
