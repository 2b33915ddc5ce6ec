"""The alignment ledger as a flow: replies, how they were read, their mentions, what became of each, and labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.align.flatten import OUTCOMES, Outcome
from tinyner.compare.table import Column, Table, Value
from tinyner.report.html_table import behind, drawn, scroller
from tinyner.report.inputs import Corpus
from tinyner.report.markup import Child, Markup, element, joined, number

STATUSES = {
    "ok": "read as it stands",
    "repaired": "repaired",
    "failed": "failed",
}
MEANINGS: Mapping[Outcome, str] = {
    "exact": "stands there word for word",
    "case_fixed": "stands there but for upper and lower case",
    "whitespace_fixed": "stands there but for white space",
    "boundary_snapped": "stands there but for punctuation at an edge",
    "repeated": "stands there several times; every place is labelled",
    "ambiguous": "has the same text as a mention of another type",
    "overlapping": "lies in or across a longer one",
    "discontinuous": "stands there in pieces",
    "copied_from_prompt": "is not in the sentence, but in the prompt",
    "not_in_sentence": "is not in the sentence as whole words",
    "unknown_type": "has a type that is not in the scheme",
}
LABELLED, SPLIT, UNLABELLED = "labelled", "one type labelled at most", "not labelled"
_SURE = ("exact", "case_fixed", "whitespace_fixed", "boundary_snapped", "repeated")
EXAMPLES = 3
_LONG = 32  # words; longer sentences are examples only where there are no others


@dataclass(frozen=True)
class Flow:
    """Counts of one teacher's replies and mentions. ``spans``: labels in the sentences, where those are at hand."""

    statuses: Mapping[str, int]
    mentions: Mapping[str, int]  # by the status of their reply; under "read" where that is not at hand
    outcomes: Mapping[str, Mapping[str, int]]  # by outcome, then LABELLED, SPLIT or UNLABELLED
    problems: Mapping[str, int]
    spans: int | None

    @property
    def total(self) -> int:
        """All mentions."""
        return sum(sum(ends.values()) for ends in self.outcomes.values())


def of_metrics(metrics: Mapping[str, Any]) -> Flow | None:
    """The flow as metrics/clean.json and metrics/align.json tell it; None where a run has neither."""
    clean, align = metrics.get("clean"), metrics.get("align")
    if not clean or not align:
        return None
    counts = {row["outcome"]: row["mentions"] for row in align["ledger"]}
    return Flow(
        {status: clean[status] for status in STATUSES},
        {"read": sum(counts.values())},
        {outcome: {_by_rule(outcome): count} for outcome, count in counts.items() if count},
        clean.get("problems", {}),
        None,
    )


def of_corpus(one: Corpus) -> Flow | None:
    """The flow as the rows themselves tell it; None where a repository has no ledger."""
    if not one.ledger or not one.annotations:
        return None
    mentions = Counter[str]()
    for row in one.annotations:
        mentions[row["status"]] += len(row["mentions"])
    outcomes: dict[str, Counter[str]] = {}
    for entry, labelled in zip(one.ledger, _labelled(one), strict=True):
        outcomes.setdefault(entry["outcome"], Counter())[LABELLED if labelled else UNLABELLED] += 1
    return Flow(
        {status: sum(row["status"] == status for row in one.annotations) for status in STATUSES},
        mentions,
        outcomes,
        Counter(sorted(problem for row in one.annotations for problem in row["problems"])),
        sum(len(example["spans"]) for example in one.examples.values()),
    )


def _by_rule(outcome: str) -> str:
    if outcome in _SURE:
        return LABELLED
    return SPLIT if outcome == "ambiguous" else UNLABELLED


def _labelled(one: Corpus) -> list[bool]:
    """Of each row of the ledger: whether a span of its sentence is its own, that is, at its place with its type."""
    spans = {
        key: {(span["start"], span["end"], span["label"]) for span in example["spans"]}
        for key, example in one.examples.items()
    }
    return [
        row["outcome"] not in ("overlapping", "discontinuous")
        and any((start, end, row["type"]) in spans.get(row["id"], ()) for start, end in row["span"] or ())
        for row in one.ledger
    ]


# The drawing: five columns of nodes; what lies between two of them is as high as it is many.
_WIDTH, _NODE, _HEIGHT, _GAP, _TOP = 940.0, 12.0, 260.0, 10.0, 26.0
_COLUMNS = (0.0, 190.0, 380.0, 520.0, 752.0)
_TITLES = ("replies", "how they were read", "mentions", "what became of them", "labels")


@dataclass
class _Node:
    x: float
    y: float
    height: float
    text: str
    class_: str
    outgoing: float = 0.0  # how much of its height has left it, and come to it, already
    incoming: float = 0.0


def picture(teacher: str, flow: Flow) -> Markup:
    """The flow of one teacher, drawn, with its counts as a table behind it."""
    replies, total = sum(flow.statuses.values()), flow.total
    read = {status: count for status, count in flow.statuses.items() if count}
    outcomes: dict[str, Mapping[str, int]] = {
        outcome: flow.outcomes[outcome] for outcome in OUTCOMES if flow.outcomes.get(outcome)
    }
    ends = [end for end in (LABELLED, SPLIT, UNLABELLED) if any(counts.get(end) for counts in outcomes.values())]
    per_reply, per_mention = _HEIGHT / max(replies, 1), _HEIGHT / max(total, 1)
    first = _stack(0, [("replies", replies, "plain")], per_reply)
    statuses = _stack(1, [(status, count, _class_of(status)) for status, count in read.items()], per_reply)
    mentions = _stack(2, [("mentions", total, "plain")], per_mention)
    became = _stack(3, [(o, sum(c.values()), _class_of_ends(c)) for o, c in outcomes.items()], per_mention)
    sums = [(end, sum(counts.get(end, 0) for counts in outcomes.values()), _class_of(end)) for end in ends]
    last = _stack(4, sums, per_mention)
    links = [
        _link(first["replies"], statuses[s], count * per_reply, count * per_reply, _class_of(s))
        for s, count in read.items()
    ]
    for status, count in read.items():
        own = flow.mentions.get(status, 0) if "read" not in flow.mentions else 0
        if own:
            links.append(
                _link(statuses[status], mentions["mentions"], count * per_reply, own * per_mention, _class_of(status))
            )
    if "read" in flow.mentions:  # only their sum is known: what could be read shares it by its replies
        able = {status: count for status, count in read.items() if status != "failed"}
        for status, count in able.items():
            height = _HEIGHT * count / sum(able.values()) if total else 0
            links.append(_link(statuses[status], mentions["mentions"], count * per_reply, height, "plain"))
    for outcome, counts in outcomes.items():
        height = sum(counts.values()) * per_mention
        links.append(_link(mentions["mentions"], became[outcome], height, height, _class_of_ends(counts)))
        for end in ends:
            if counts.get(end):
                links.append(
                    _link(
                        became[outcome], last[end], counts[end] * per_mention, counts[end] * per_mention, _class_of(end)
                    )
                )
    nodes = [node for column in (first, statuses, mentions, became, last) for node in column.values()]
    height = max(node.y + max(node.height, 8) for node in nodes) + 14
    svg = element(
        "svg",
        element("title", f"From replies to labels, {teacher}"),
        element("desc", _told(flow)),
        *(element("text", text, class_="column", x=x, y=12) for x, text in zip(_COLUMNS, _TITLES, strict=True)),
        *links,
        *(_node(node) for node in nodes),
        viewBox=f"0 0 {number(_WIDTH)} {number(height)}",
        role="img",
        class_="flow",
    )
    caption = element("figcaption", f"{teacher}: {_told(flow)}")
    return element(
        "figure",
        scroller(svg, f"From replies to labels, {teacher}"),
        caption,
        behind("The flow as a table", _table(teacher, flow, outcomes)),
    )


def _stack(column: int, rows: Sequence[tuple[str, int, str]], scale: float) -> dict[str, _Node]:
    """Nodes from above, far enough apart for a line of text each."""
    nodes: dict[str, _Node] = {}
    y = _TOP
    for name, count, class_ in rows:
        height = max(count * scale, 1.5)
        label = STATUSES.get(name, name.replace("_", " ")) if name not in ("replies", "mentions") else ""
        nodes[name] = _Node(_COLUMNS[column], y, height, f"{label} {count:,}".strip(), class_)
        y += max(height + _GAP, 19)
    return nodes


def _link(source: _Node, target: _Node, out: float, into: float, class_: str) -> Markup:
    x0, x1 = source.x + _NODE, target.x
    y0, y1 = source.y + source.outgoing, target.y + target.incoming
    source.outgoing += out
    target.incoming += into
    middle = (x0 + x1) / 2
    top = f"M{number(x0)} {number(y0)}C{number(middle)} {number(y0)} {number(middle)} {number(y1)} "
    top += f"{number(x1)} {number(y1)}"
    end0, end1 = y0 + max(out, 0.75), y1 + max(into, 0.75)
    back = (
        f"V{number(end1)}C{number(middle)} {number(end1)} {number(middle)} {number(end0)} {number(x0)} {number(end0)}Z"
    )
    return element("path", class_=f"link {class_}", d=top + back)


def _node(node: _Node) -> Markup:
    bar = element("rect", class_=f"node {node.class_}", x=node.x, y=node.y, width=_NODE, height=node.height)
    y = node.y + max(min(node.height, 40) / 2, 2) + 4
    return joined([bar, element("text", node.text, class_="flow-label", x=node.x + _NODE + 6, y=y)])


def _class_of(name: str) -> str:
    return {"ok": "good", "repaired": "middling", "failed": "bad", LABELLED: "good", SPLIT: "middling"}.get(name, "bad")


def _class_of_ends(counts: Mapping[str, int]) -> str:
    kinds = {_class_of(end) for end, count in counts.items() if count}
    return kinds.pop() if len(kinds) == 1 else "middling"


def _told(flow: Flow) -> str:
    replies, failed = sum(flow.statuses.values()), flow.statuses["failed"]
    labelled = sum(counts.get(LABELLED, 0) for counts in flow.outcomes.values())
    spans = "" if flow.spans is None else f", which are {flow.spans:,} labels in the sentences"
    return (
        f"{replies:,} replies, {failed:,} of which could not be read, named {flow.total:,} mentions; "
        f"{labelled:,} of these were labelled{spans}."
    )


def _table(teacher: str, flow: Flow, outcomes: Mapping[str, Mapping[str, int]]) -> Markup:
    read = tuple((text, flow.statuses[status], flow.mentions.get(status)) for status, text in STATUSES.items())
    ends = (LABELLED, SPLIT, UNLABELLED)
    became: list[tuple[Value, ...]] = [
        (outcome.replace("_", " "), sum(counts.values()), *(counts.get(end, 0) for end in ends))
        for outcome, counts in outcomes.items()
    ]
    problems = tuple(flow.problems.items())
    tables = [
        Table(f"Replies of {teacher}", (Column("a reply was"), Column("replies"), Column("mentions")), read),
        Table(f"Mentions of {teacher}", (Column("outcome"), Column("mentions"), *map(Column, ends)), tuple(became)),
        Table(f"What was repaired, or why it failed: {teacher}", (Column("problem"), Column("replies")), problems),
    ]
    return joined(drawn(one, sortable=False) for one in tables if one.rows)


def examples(one: Corpus) -> Markup:
    """For each outcome that a mention has: what it means, how many, and a few of them in their sentences."""
    by_outcome: dict[str, list[Mapping[str, Any]]] = {}
    for row in one.ledger:
        by_outcome.setdefault(row["outcome"], []).append(row)
    entries = []
    for outcome in OUTCOMES:
        rows = by_outcome.get(outcome, [])
        if rows:
            heading = element(
                "h4", outcome.replace("_", " "), element("span", f" {len(rows):,}", class_="count")
            )  # fmt: skip
            meaning = element("p", f"The mention {MEANINGS[outcome]}.", class_="note")
            shown = [_example(row, one) for row in _chosen(rows, one)]
            entries.append(element("div", heading, meaning, element("ul", *shown), class_="outcome"))
    return element("div", *entries, class_="outcomes")


def _chosen(rows: Sequence[Mapping[str, Any]], one: Corpus) -> list[Mapping[str, Any]]:
    """The first of different sentences, short ones before long ones."""
    first: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["id"] in one.sentences:
            first.setdefault(row["id"], row)
    return sorted(first.values(), key=lambda row: len(one.sentences[row["id"]]["words"]) > _LONG)[:EXAMPLES]


def _example(row: Mapping[str, Any], one: Corpus) -> Markup:
    words = one.sentences[row["id"]]["words"]
    inside = {index for start, end in row["span"] or () for index in range(start, end)}
    parts: list[Child] = []
    index = 0
    while index < len(words):
        end = index + 1
        while end < len(words) and (end in inside) == (index in inside) and not (index in inside and _starts(row, end)):
            end += 1
        text = " ".join(words[index:end])
        parts += [" " if index else None, element("mark", text) if index in inside else text]
        index = end
    named = element("span", element("q", row["text"]), " ", element("b", row["type"]), class_="mention")
    return element("li", named, element("span", *parts, class_="sentence"))


def _starts(row: Mapping[str, Any], index: int) -> bool:
    return any(start == index for start, _ in row["span"] or ())
