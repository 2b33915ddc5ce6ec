"""Tables as HTML: columns that buttons sort, a caption, and a box in which wide tables scroll."""

from tinyner.compare.table import Column, Score, Table, Value
from tinyner.report.markup import Child, Markup, element


def html_table(table: Table, *, sortable: bool = True) -> Markup:
    """Return the table with its notes.

    The first column has the rows' headers, the best scores are bold, None is a dash.
    """
    width = len(table.columns)
    numeric = [any(isinstance(row[column], int | float | Score) for row in table.rows) for column in range(width)]
    heads = [_head(column, is_number, sortable) for column, is_number in zip(table.columns, numeric, strict=True)]
    body = [
        element(
            "tr",
            _cell(row[0], table.columns[0], numeric[0], "th"),
            *map(_cell, row[1:], table.columns[1:], numeric[1:]),
            class_="end" if index in table.ends and index < len(table.rows) - 1 else None,
        )
        for index, row in enumerate(table.rows)
    ]
    content = element(
        "table",
        element("caption", element("span", table.title)),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_="sortable" if sortable else None,
    )
    notes = [element("p", note.strip(), class_="note") for note in table.notes]
    return element("div", scroll_box(content, table.title), *notes, class_="table")


def scroll_box(content: Markup, label: str) -> Markup:
    """Return a box that scrolls, by keyboard too; screen readers read its label."""
    return element("div", content, class_="scroller", tabindex="0", role="region", aria_label=label)


def disclosure(summary: str, *content: Child) -> Markup:
    """Return content that is hidden until its summary is pressed, such as the numbers of a figure."""
    return element("details", element("summary", summary), *content, class_="data")


def _head(column: Column, is_number: bool, sortable: bool) -> Markup:
    text: list[Child] = [column.header or "figure"]  # Table 1's first column has no name
    if column.group and not column.group.endswith("."):
        text = [*(element("span", f"{line} ", class_="over") for line in column.group.split("\n")), column.name]
    class_ = "n" if is_number else None
    if not sortable:
        return element("th", *text, scope="col", class_=class_)
    arrow = element("span", class_="arrow", aria_hidden="true")
    button = element("button", *text, arrow, type="button", class_="sort")
    return element("th", button, scope="col", class_=class_, aria_sort="none")


def _cell(value: Value, column: Column, is_number: bool, tag: str = "td") -> Markup:
    if isinstance(value, Score):
        text = value.unbroken(f".{column.digits}f")
        return element(tag, element("strong", text) if value.best else text, class_="n", data_value=repr(value.mean))
    class_ = "n" if is_number and tag == "td" else None
    scope = "row" if tag == "th" else None
    if value is None or isinstance(value, str):
        return element(tag, "–" if value is None else value, class_=class_, scope=scope)
    text = f"{value:,}" if isinstance(value, int) else f"{value:.{column.digits}f}"
    return element(tag, text, class_=class_, scope=scope, data_value=repr(value))
