"""Which entity type is predicted for which of gold's: the rows of plots/confusion.csv."""

import statistics
from collections import Counter
from collections.abc import Sequence

from tinyner.bio import tags_to_spans
from tinyner.span_counts import pair_types

NONE = "none"  # in place of a type: no entity here


def confusion(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Counter[tuple[str, str]]:
    """Count (gold type, predicted type) of every span in either; its type is ``none`` in the one that lacks it.

    >>> sorted(confusion([["B-PER", "O"]], [["B-LOC", "B-LOC"]]).items())
    [(('PER', 'LOC'), 1), (('none', 'LOC'), 1)]
    """
    return Counter(
        (gold_type or NONE, predicted_type or NONE)
        for gold_tags, tags in zip(gold, predicted, strict=True)
        for gold_type, predicted_type in pair_types(tags_to_spans(gold_tags), tags_to_spans(tags))
    )


def confusion_rows(counts: Sequence[Counter[tuple[str, str]]], types: Sequence[str]) -> list[tuple[object, ...]]:
    """Return rows of gold type, predicted type, entities (mean over seeds), and their share of the gold type's.

    The share is None for spans that gold lacks, since the number of spans without an entity is undefined.

    >>> confusion_rows([Counter({("PER", "PER"): 1, ("PER", "none"): 1}), Counter({("PER", "PER"): 2})], ["PER"])
    [('PER', 'PER', 1.5, 0.75), ('PER', 'none', 0.5, 0.25), ('none', 'PER', 0.0, None)]
    """
    labels = (*types, NONE)
    rows: list[tuple[object, ...]] = []
    for gold_type in labels:
        means = {label: statistics.fmean(of_seed[gold_type, label] for of_seed in counts) for label in labels}
        total = sum(means.values())
        for label, mean in means.items():
            if (gold_type, label) != (NONE, NONE):
                rows.append((gold_type, label, mean, mean / total if gold_type != NONE and total else None))
    return rows
