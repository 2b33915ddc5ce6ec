"""The flow from replies to labels as a Sankey diagram, in SVG written by hand (see axes.py), and as tables.

Five columns of nodes; the band between two nodes is as high as it is many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.align.flatten import OUTCOMES
from tinyner.compare.table import Column, Table, Value
from tinyner.report.html_table import disclosure, html_table, scroll_box
from tinyner.report.markup import Markup, element, joined, number
from tinyner.report.reply_flow import LABELLED, SPLIT, STATUSES, UNLABELLED, UNSPLIT, Flow

ENDS = (LABELLED, SPLIT, UNLABELLED)

_WIDTH, _NODE, _HEIGHT, _GAP, _TOP = 940.0, 12.0, 260.0, 10.0, 26.0  # of the drawing, nodes, a column, and between
_COLUMNS = (0.0, 190.0, 380.0, 520.0, 752.0)
_TITLES = ("replies", "how they were read", "mentions", "what became of them", "labels")
_CLASSES = {"ok": "good", "repaired": "middling", "failed": "bad", LABELLED: "good", SPLIT: "middling"}


@dataclass
class _Node:
    """A node at (x, y); ``outgoing`` and ``incoming`` are the heights that its bands have taken so far."""

    x: float
    y: float
    height: float
    text: str
    class_: str
    outgoing: float = 0.0
    incoming: float = 0.0


def figure(teacher: str, flow: Flow) -> Markup:
    """Draw the flow of one teacher, with its counts as tables."""
    title = f"From replies to labels, {teacher}"
    tables = disclosure("The flow as a table", _tables(teacher, flow))
    caption = element("figcaption", f"{teacher}: {flow.describe()}")
    return element("figure", scroll_box(_diagram(title, flow), title), caption, tables)


def _outcomes(flow: Flow) -> dict[str, Mapping[str, int]]:
    """Return the outcomes that the flow has, in the order of OUTCOMES."""
    return {outcome: flow.outcomes[outcome] for outcome in OUTCOMES if flow.outcomes.get(outcome)}


def _diagram(title: str, flow: Flow) -> Markup:
    per_reply, per_mention = _HEIGHT / max(flow.replies, 1), _HEIGHT / max(flow.total, 1)
    statuses = {status: count for status, count in flow.statuses.items() if count}
    outcomes = _outcomes(flow)
    sums = {end: sum(counts.get(end, 0) for counts in outcomes.values()) for end in ENDS}
    columns = [
        _column(0, [("replies", flow.replies, "plain")], per_reply),
        _column(1, [(status, count, _class(status)) for status, count in statuses.items()], per_reply),
        _column(2, [("mentions", flow.total, "plain")], per_mention),
        _column(3, [(name, sum(c.values()), _class_of_ends(c)) for name, c in outcomes.items()], per_mention),
        _column(4, [(end, count, _class(end)) for end, count in sums.items() if count], per_mention),
    ]
    replies, status_nodes, mentions, outcome_nodes, end_nodes = columns
    bands = []
    for status, count in statuses.items():
        height = count * per_reply
        bands.append(_band(replies["replies"], status_nodes[status], height, height, _class(status)))
    bands += _bands_to_mentions(flow, statuses, status_nodes, mentions["mentions"])
    for outcome, counts in outcomes.items():
        height = sum(counts.values()) * per_mention
        node = outcome_nodes[outcome]
        bands.append(_band(mentions["mentions"], node, height, height, _class_of_ends(counts)))
        for end in ENDS:
            if counts.get(end):
                height = counts[end] * per_mention
                bands.append(_band(node, end_nodes[end], height, height, _class(end)))
    nodes = [node for column in columns for node in column.values()]
    bottom = max(node.y + max(node.height, 8) for node in nodes) + 14
    return element(
        "svg",
        element("title", title),
        element("desc", flow.describe()),
        *(element("text", text, class_="column", x=x, y=12) for x, text in zip(_COLUMNS, _TITLES, strict=True)),
        *bands,
        *(_draw(node) for node in nodes),
        viewBox=f"0 0 {number(_WIDTH)} {number(bottom)}",
        role="img",
        class_="flow",
    )


def _bands_to_mentions(
    flow: Flow, statuses: Mapping[str, int], nodes: Mapping[str, _Node], mentions: _Node
) -> list[Markup]:
    """Draw the bands from how replies were read to their mentions.

    Where only the sum of mentions is known, readable replies share it in proportion to their number.
    """
    per_reply, per_mention = _HEIGHT / max(flow.replies, 1), _HEIGHT / max(flow.total, 1)
    if UNSPLIT in flow.mentions:
        readable = {status: count for status, count in statuses.items() if status != "failed"}
        heights = {
            status: _HEIGHT * count / sum(readable.values()) if flow.total else 0.0
            for status, count in readable.items()
        }  # fmt: skip
    else:
        heights = {status: flow.mentions.get(status, 0) * per_mention for status in statuses}
        heights = {status: height for status, height in heights.items() if height}
    return [
        _band(
            nodes[status],
            mentions,
            statuses[status] * per_reply,
            height,
            "plain" if UNSPLIT in flow.mentions else _class(status),
        )
        for status, height in heights.items()
    ]


def _column(position: int, rows: Sequence[tuple[str, int, str]], scale: float) -> dict[str, _Node]:
    """Place nodes (name, count, class) from the top down, far enough apart for a line of text each."""
    nodes: dict[str, _Node] = {}
    y = _TOP
    for name, count, class_ in rows:
        height = max(count * scale, 1.5)
        label = STATUSES.get(name, name.replace("_", " ")) if name not in ("replies", "mentions") else ""
        nodes[name] = _Node(_COLUMNS[position], y, height, f"{label} {count:,}".strip(), class_)
        y += max(height + _GAP, 19)
    return nodes


def _band(source: _Node, target: _Node, height_out: float, height_in: float, class_: str) -> Markup:
    """Draw a band between two nodes, below those that they have already."""
    x0, x1 = source.x + _NODE, target.x
    y0, y1 = source.y + source.outgoing, target.y + target.incoming
    source.outgoing += height_out
    target.incoming += height_in
    middle = (x0 + x1) / 2
    top = f"M{number(x0)} {number(y0)}C{number(middle)} {number(y0)} {number(middle)} {number(y1)} "
    top += f"{number(x1)} {number(y1)}"
    end0, end1 = y0 + max(height_out, 0.75), y1 + max(height_in, 0.75)
    back = (
        f"V{number(end1)}C{number(middle)} {number(end1)} {number(middle)} {number(end0)} {number(x0)} {number(end0)}Z"
    )
    return element("path", class_=f"link {class_}", d=top + back)


def _draw(node: _Node) -> Markup:
    bar = element("rect", class_=f"node {node.class_}", x=node.x, y=node.y, width=_NODE, height=node.height)
    y = node.y + max(min(node.height, 40) / 2, 2) + 4
    return joined([bar, element("text", node.text, class_="flow-label", x=node.x + _NODE + 6, y=y)])


def _class(name: str) -> str:
    """Return the colour of a status or an end."""
    return _CLASSES.get(name, "bad")


def _class_of_ends(counts: Mapping[str, int]) -> str:
    """Return the colour of an outcome: that of its ends where they have the same one."""
    classes = {_class(end) for end, count in counts.items() if count}
    return classes.pop() if len(classes) == 1 else "middling"


def _tables(teacher: str, flow: Flow) -> Markup:
    read = tuple((text, flow.statuses[status], flow.mentions.get(status)) for status, text in STATUSES.items())
    outcomes: list[tuple[Value, ...]] = [
        (outcome.replace("_", " "), sum(counts.values()), *(counts.get(end, 0) for end in ENDS))
        for outcome, counts in _outcomes(flow).items()
    ]
    problems = tuple(flow.problems.items())
    tables = [
        Table(f"Replies of {teacher}", (Column("a reply was"), Column("replies"), Column("mentions")), read),
        Table(f"Mentions of {teacher}", (Column("outcome"), Column("mentions"), *map(Column, ENDS)), tuple(outcomes)),
        Table(f"What was repaired, or why it failed: {teacher}", (Column("problem"), Column("replies")), problems),
    ]
    return joined(html_table(table, sortable=False) for table in tables if table.rows)
