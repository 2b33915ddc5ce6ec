"""How far the students' probabilities can be believed on test: calibration error, reliability, precision and recall."""

import itertools
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinyner.bio import tags_to_spans
from tinyner.calibration import Scored
from tinyner.evaluate.predictions import Probabilities
from tinyner.files import write_csv
from tinyner.rows import Sentence

RELIABILITY = Path("plots/reliability.csv")
THRESHOLDS = Path("plots/thresholds.csv")

_STEPS = 100  # of the thresholds' plot


def scored(gold: Sequence[Sentence], tags: Sequence[Sequence[str]], probabilities: Sequence[Sequence[float]]) -> Scored:
    """Return the predicted entities of one seed with their probabilities, and whether gold has them."""
    spans = [set(tags_to_spans(sentence["tags"])) for sentence in gold]
    pairs = (
        (probability, span in of_gold)
        for row, of_row, of_gold in zip(tags, probabilities, spans, strict=True)
        for span, probability in zip(tags_to_spans(row), of_row, strict=True)
    )
    return Scored.of(pairs, sum(map(len, spans)))


def calibration_errors(by_seed: Sequence[Scored]) -> float | None:
    """Return the mean over seeds of the expected calibration error; None where no seed has an entity."""
    errors = [error for seed in by_seed if (error := seed.error()) is not None]
    return statistics.fmean(errors) if errors else None


def pooled(by_seed: Sequence[Scored]) -> Scored:
    """Return the entities of all seeds as those of one."""
    pairs = (
        (float(probability), bool(right))
        for seed in by_seed
        for probability, right in zip(seed.probabilities, seed.right, strict=True)
    )
    return Scored.of(pairs, sum(seed.gold for seed in by_seed))


def write_plots(after: Sequence[Scored], before: Sequence[Scored]) -> None:
    """Write plots/reliability.csv, a row a bin with and without the temperature, and plots/thresholds.csv.

    Both are of all seeds together. The thresholds are those of the probabilities with the temperature.
    """
    rows = [
        (name, bin_.mean, bin_.right, bin_.count)
        for name, by_seed in (("calibrated", after), ("uncalibrated", before))
        for bin_ in pooled(by_seed).bins()
    ]
    write_csv(RELIABILITY, ("scores", "probability", "right", "entities"), rows)
    curve = pooled(after).curve()
    thinned = [row for row, following in itertools.zip_longest(curve, curve[1:]) if _is_kept(row, following)]
    write_csv(THRESHOLDS, ("threshold", "precision", "recall"), thinned)


def _is_kept(row: tuple[float, float, float], following: tuple[float, float, float] | None) -> bool:
    """Return whether a point is the last one of its hundredth of thresholds."""
    return following is None or int(row[0] * _STEPS) != int(following[0] * _STEPS)


def by_seed(
    gold: Sequence[Sentence],
    predictions: Mapping[int, Sequence[Sequence[str]]],
    probabilities: Mapping[int, Probabilities],
) -> tuple[list[Scored], list[Scored]]:
    """Return each seed's entities under probabilities with the temperature, and without it."""
    after = [scored(gold, tags, probabilities[seed].calibrated) for seed, tags in predictions.items()]
    before = [scored(gold, tags, probabilities[seed].uncalibrated) for seed, tags in predictions.items()]
    return after, before
