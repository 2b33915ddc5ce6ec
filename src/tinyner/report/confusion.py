"""Which type a student takes for which: matrices of gold types against predicted ones, for each run."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tinyner.bio import tags_to_spans
from tinyner.evaluate.confusion import NONE, confusion
from tinyner.report.html_table import scroll_box
from tinyner.report.markup import Markup, element
from tinyner.report.scored_runs import ScoredRun, with_colon
from tinyner.runs.reference import Reference

Counts = Mapping[tuple[str, str], int]
"""Numbers of spans by (gold type, predicted type); NONE where one side lacks the span."""


class ConfusionCounter:
    """Counts (gold type, predicted type) over all seeds of runs, against the same gold, or what stands in for it."""

    def __init__(self, reference: Reference) -> None:
        """Read the gold spans once, for all runs."""
        self._reference = reference
        self._tags = [list(tags) for tags in reference.tags]
        self._labels = [[label for _, _, label in tags_to_spans(tags)] for tags in self._tags]

    def count(self, predictions: Mapping[int, Sequence[Sequence[str]]]) -> Counter[tuple[str, str]]:
        """Return the sum over seeds of ``evaluate``'s ``confusion``, comparing only the sentences that are wrong."""
        counts: Counter[tuple[str, str]] = Counter()
        for sentences in self._reference.scored(predictions).values():
            wrong = [index for index, gold in enumerate(self._tags) if list(sentences[index]) != gold]
            skipped = set(wrong)
            counts.update(
                (label, label) for index, labels in enumerate(self._labels) if index not in skipped for label in labels
            )
            counts += confusion([self._tags[index] for index in wrong], [sentences[index] for index in wrong])
        return counts


def matrix(run: ScoredRun, counts: Counts) -> Markup:
    """Return gold types (rows) against predicted types of the same span, shaded by the share of the row.

    The rows are the teacher's types where its tags stand in for gold.
    """
    seeds = len(run.predictions)
    types = [*run.types, NONE]
    rows = []
    for gold in types:
        total = sum(counts.get((gold, predicted), 0) for predicted in types)
        cells = [
            element(
                "td",
                "" if gold == predicted == NONE else _mean(counts.get((gold, predicted), 0), seeds),
                class_=_shade(counts.get((gold, predicted), 0), total, right=gold == predicted),
            )
            for predicted in types
        ]
        rows.append(element("tr", element("th", gold, scope="row"), *cells))
    reference = "teacher" if run.by_teacher else "gold"
    head = [element("th", name, scope="col") for name in (reference, *types)]
    unit = "entities" if seeds == 1 else f"entities a seed, mean of {seeds}"
    caption = element("caption", element("b", run.name), f": {unit}{with_colon(run.agreement)}")
    table = element("table", caption, element("thead", element("tr", *head)), element("tbody", *rows), class_="matrix")
    return scroll_box(table, f"Confusion by type, {run.name}")


def _mean(count: int, seeds: int) -> str:
    mean = count / seeds
    return f"{mean:.0f}" if mean >= 10 or mean == int(mean) else f"{mean:.1f}"


def _shade(count: int, total: int, *, right: bool) -> str:
    """Return the classes of a cell: its share of the row in eighths, at least one where anything was counted."""
    level = round(8 * count / total) if total else 0
    if count and not level:
        level = 1
    return f"n {'right' if right else 'wrong'}{level}" if level else "n"
