"""What each experiment finds by type: bars of F1 with their spread, and which type is taken for which."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tinyner.bio import tags_to_spans
from tinyner.compare.table import Column, Score, Table, with_best
from tinyner.evaluate.confusion import NONE, confusion
from tinyner.report.axes import Panel, line, ticks
from tinyner.report.comparability import grouped
from tinyner.report.html_table import drawn, scroller
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import Experiment
from tinyner.rows import Sentence

Tags = Sequence[Sequence[str]]


def picker(label: str, name: str, those: Sequence[Experiment], chosen: Sequence[Experiment]) -> Markup:
    """Two choices of an experiment; the panels of ``name`` that belong to neither are hidden."""
    selects = []
    for number, (title, own) in enumerate(zip((label, "beside it"), chosen, strict=False)):
        options = [
            element(
                "optgroup",
                *(element("option", one.name, value=one.key, selected=one is own) for one in group),
                label=panel,
            )
            for panel, group in grouped(those).items()
        ]
        key = f"{name}-{number}"
        selects.append(
            element("label", element("span", title), element("select", *options, id=key, autocomplete="off"), for_=key)
        )
    return element("div", *selects, class_="picker", data_picker=name)


def bars(name: str, one: Experiment, *, chosen: bool) -> Markup:
    """F1 of one experiment: all types together, then each; a whisker of one standard deviation, a mark a seed."""
    types = one.types
    rows = ["micro", *types]
    height = 66.0 + 30 * len(rows)
    panel = Panel(
        one.name, (0, 1), (0, len(rows)), ticks(0, 1), [], "F1", width=460, height=height, left=64, right=116
    )  # fmt: skip
    marks: list[Markup] = []
    for index, of in enumerate(rows):
        f1 = one.scores[of]["f1"]
        y = panel.y(len(rows) - index - 0.5)
        colour = "c6" if of == "micro" else f"c{types.index(of) % 6}"
        length = max(panel.x(f1.mean) - panel.x(0), 0)
        marks += [
            element("rect", class_=f"bar {colour}", x=panel.x(0), y=y - 9, width=length, height=18),
            element("text", of, class_="tick", x=panel.left - 8, y=y + 4, text_anchor="end"),
            element("text", str(f1), class_="value", x=panel.width - panel.right + 10, y=y + 4),
        ]
        if f1.std is not None:
            low, high = (panel.x(min(max(v, 0), 1)) for v in (f1.mean - f1.std, f1.mean + f1.std))
            marks += [line([(low, y - 4), (high, y - 4)], "whisker")]
            marks += [line([(x, y - 7), (x, y - 1)], "whisker") for x in (low, high)]
            marks += [line([(panel.x(v), y + 2), (panel.x(v), y + 8)], "whisker") for v in f1.seeds]
    told = "; ".join(f"{of} {one.scores[of]['f1']}" for of in rows)
    drawing = panel.draw(f"F1 by type of {one.name}: {told}.", *marks)
    return element("div", drawing, class_="pick chosen" if chosen else "pick", data_pick=f"{name} {one.key}")


def bars_table(those: Sequence[Experiment]) -> Markup:
    """F1 by type of all experiments."""
    types = list(dict.fromkeys(of for one in those for of in one.types))
    shown = ["micro", *types]
    rows = tuple((one.name, *(_f1(one, of) for of in shown)) for one in those)
    columns = (Column("experiment"), *(Column(of, spread=True) for of in shown))
    return drawn(with_best(Table("F1 by type on test, mean ± std over seeds", columns, rows)))


def _f1(one: Experiment, of: str) -> Score | None:
    return one.scores[of]["f1"].score if of in one.scores else None


class Confusions:
    """Counts of (gold type, predicted type) over all seeds of a run, against the same gold sentences."""

    def __init__(self, gold: Sequence[Sentence]) -> None:
        """Take the gold sentences once, for all runs on them."""
        self._tags = [list(row["tags"]) for row in gold]
        self._spans = [[label for _, _, label in tags_to_spans(tags)] for tags in self._tags]

    def of(self, predictions: Mapping[int, Tags]) -> Counter[tuple[str, str]]:
        """As ``confusion``, seed by seed; sentences that are right all through need no comparing."""
        counts: Counter[tuple[str, str]] = Counter()
        for tags in predictions.values():
            wrong = [index for index, own in enumerate(self._tags) if list(tags[index]) != own]
            apart = set(wrong)
            counts.update(
                (label, label) for index, labels in enumerate(self._spans) if index not in apart for label in labels
            )
            counts += confusion([self._tags[index] for index in wrong], [tags[index] for index in wrong])
        return counts


def matrix(name: str, one: Experiment, counts: Mapping[tuple[str, str], int], *, chosen: bool) -> Markup:
    """Gold types (rows) against predicted types of the same span, as a table shaded by the row's shares."""
    seeds = len(one.run.predictions)
    types = [*one.types, NONE]
    rows = []
    for gold in types:
        total = sum(counts.get((gold, found), 0) for found in types)
        cells = [
            element("td", "" if gold == found == NONE else _count(counts.get((gold, found), 0), seeds),
                    class_=_shade(counts.get((gold, found), 0), total, right=gold == found))
            for found in types
        ]  # fmt: skip
        rows.append(element("tr", element("th", gold, scope="row"), *cells))
    head = [element("th", "gold", scope="col"), *(element("th", one, scope="col") for one in types)]
    per = "entities" if seeds == 1 else f"entities a seed, mean of {seeds}"
    caption = element("caption", element("b", one.name), f": {per}")
    table = element("table", caption, element("thead", element("tr", *head)), element("tbody", *rows), class_="matrix")
    box = scroller(table, f"Confusion by type, {one.name}")
    return element("div", box, class_="pick chosen" if chosen else "pick", data_pick=f"{name} {one.key}")


def matrices(name: str, parts: Sequence[Markup]) -> Markup:
    """Panels of a picker in a row."""
    return element("div", joined(parts), class_="panels two picks", data_picks=name)


def _count(count: int, seeds: int) -> str:
    mean = count / seeds
    return f"{mean:.0f}" if mean >= 10 or mean == int(mean) else f"{mean:.1f}"


def _shade(count: int, total: int, *, right: bool) -> str | None:
    level = round(8 * count / total) if total else 0
    if count and not level:
        level = 1
    return f"n {'right' if right else 'wrong'}{level}" if level else "n"
