"""Strict entity-level precision, recall and F1: seqeval's strict mode on IOB2, the field's usual score.

A predicted entity is right if its type and both its boundaries are; a predicted I- that continues nothing is no
entity. Averages are those of seqeval (and scikit-learn): micro over all entities, macro over types alike, weighted by
each type's number of gold entities.
"""

import importlib
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypedDict

from tinyner.hollow import hollow

AVERAGES = ("micro", "macro", "weighted")
MEASURES = ("precision", "recall", "f1")


class Score(TypedDict):
    """Shares between 0 and 1, and the number of gold entities."""

    precision: float
    recall: float
    f1: float
    support: int


def strict(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], types: Sequence[str]) -> dict[str, Score]:
    """Return scores by average (micro, macro, weighted), then by type, in the order of ``types``.

    A type without gold or predicted entities scores 0 with support 0, and does not count in the macro
    average, as in seqeval.

    >>> strict([["B-PER", "I-PER", "O"]], [["B-PER", "O", "O"]], ["PER"])["micro"]
    {'precision': 0.0, 'recall': 0.0, 'f1': 0.0, 'support': 1}

    Raises:
        ValueError: if the two differ in sentences or words.
    """
    classification_report, scheme = _seqeval()
    shapes = [[len(tags) for tags in sentences] for sentences in (gold, predicted)]
    if shapes[0] != shapes[1]:
        raise ValueError("gold and predicted tags differ in shape")
    report: dict[str, Any] = {}
    if any(tag.startswith("B-") for sentences in (gold, predicted) for tags in sentences for tag in tags):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zero division, which zero_division settles
            report = classification_report(
                [list(tags) for tags in gold],
                [list(tags) for tags in predicted],
                mode="strict",
                scheme=scheme,
                output_dict=True,
                zero_division=0,
            )
    seqeval_names = {**{name: f"{name} avg" for name in AVERAGES}, **{name: name for name in types}}
    return {name: _score(report.get(seqeval_name)) for name, seqeval_name in seqeval_names.items()}


@cache
def _seqeval() -> tuple[Callable[..., dict[str, Any]], type]:
    """Return seqeval's report and its IOB2: imported when something is scored, without all of scikit-learn."""
    with hollow("sklearn"):
        metrics = importlib.import_module("seqeval.metrics")
    return metrics.classification_report, importlib.import_module("seqeval.scheme").IOB2


def _score(row: dict[str, Any] | None) -> Score:
    row = row or {"precision": 0, "recall": 0, "f1-score": 0, "support": 0}
    return {
        "precision": float(row["precision"]),
        "recall": float(row["recall"]),
        "f1": float(row["f1-score"]),
        "support": int(row["support"]),
    }
