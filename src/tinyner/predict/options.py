"""What a call of ``tinyner predict`` asks for beside its files."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tinyner.calibration import threshold_for
from tinyner.errors import UserError
from tinyner.predict.model_card import ModelCard
from tinyner.predict.tagger import Runtime, Tagger


@dataclass(frozen=True)
class Options:
    """What is read, and how it is labelled.

    Attributes:
        column: of the texts or words; None: the usual one.
        int8: compute with 8-bit weights.
        threads: of the processor; None: all.
        runtime: what computes.
        skip_bad_lines: go on behind a line that can't be read, and say on standard error how many there were.
        min_score: leave out entities that are less probable.
        precision: leave out so many that on dev this share of the others was right, or had the teacher's label where
            dev has no other; None: no further ones.
    """

    column: str | None = None
    int8: bool = False
    threads: int | None = None
    runtime: Runtime = "torch"
    skip_bad_lines: bool = False
    min_score: float = 0.0
    precision: float | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            UserError: naming the one that is no probability, or no count.
        """
        if not 0 <= self.min_score <= 1:
            raise UserError(f"--min-score: expected a probability, 0 to 1, such as 0.5; found {self.min_score:g}")
        if self.precision is not None and not 0 < self.precision <= 1:
            raise UserError(f"--precision: expected a share, 0 to 1, such as 0.95; found {self.precision:g}")

    def lowest_score(self, tagger: Tagger, model: Path) -> float:
        """Return the lowest probability of an entity; where a precision asks for it, say so on standard error.

        Raises:
            UserError: where the model gives no probabilities to choose by; where a precision is asked for, and there
                was no dev set, or it was never reached.
        """
        if (self.min_score or self.precision is not None) and not tagger.gives_scores:
            flag = "--min-score" if self.precision is None else "--precision"
            raise UserError(
                f"{flag}: the entities of {model} have no probabilities, since a type of its labels lacks its B- or "
                "its I-; leave it out"
            )
        if self.precision is None:
            return self.min_score
        return max(self.min_score, _score_for(self.precision, tagger.card, model))


def _score_for(precision: float, card: ModelCard, model: Path) -> float:
    """Return the lowest score at which a precision was reached on dev, and say so; raises as ``lowest_score``."""
    if not card.dev_curve:
        raise UserError(
            f"--precision: {model} does not say how right its entities are on dev; train with train.dev_size, or give "
            "--min-score"
        )
    threshold = threshold_for(card.dev_curve, precision)
    if threshold is None:
        highest = max(row[1] for row in card.dev_curve)
        raise UserError(f"--precision: {precision:g} was not reached on dev, at most {highest:.3f}")
    reached, recall = next(row[1:] for row in card.dev_curve if row[0] == threshold)
    by_whom, caution = "", ""
    if card.dev_by_teacher:
        from tinyner.stand_ins import AGREEMENT  # noqa: PLC0415, loads pydantic

        by_whom, caution = ", labelled by the teacher", f": {AGREEMENT}"
    print(
        f"tinyner: entities with a score of {threshold:.4f} or more: on dev ({card.dev_entities} entities{by_whom}) "
        f"their precision is {reached:.3f} and their recall {recall:.3f}{caution}",
        file=sys.stderr,
    )
    return threshold
