"""Scores of several seeds, summarised by average and entity type."""

from collections.abc import Mapping, Sequence
from typing import Any

from tinyner.mean_std import MeanStd
from tinyner.scores import MEASURES, Score

Scores = Mapping[str, Score]
"""Scores of one seed by average and type."""


def summarise(scores_by_seed: Sequence[Scores]) -> list[dict[str, Any]]:
    """Return a row for each average and type: support, mean and standard deviation over seeds of each measure."""
    rows: list[dict[str, Any]] = []
    for name, first in scores_by_seed[0].items():
        row: dict[str, Any] = {"of": name, "support": first["support"]}
        for measure in MEASURES:
            values = [float(scores[name][measure]) for scores in scores_by_seed]  # type: ignore[literal-required]
            over_seeds = MeanStd.of(values)
            row |= {measure: over_seeds.mean, f"{measure}_std": over_seeds.std}
        rows.append(row)
    return rows
