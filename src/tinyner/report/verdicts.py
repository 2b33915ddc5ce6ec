"""What the significance tests say of each experiment, against the student of people's labels alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.report.scored_runs import ScoredRun, best
from tinyner.report.significance import FamilyTest
from tinyner.stats.significance import Difference


@dataclass(frozen=True)
class Verdict:
    """A run beside the best run on original sentences alone of its settings and its number of original sentences.

    ``difference`` is None where it was not tested: where test sentences, seeds or settings are missing.
    """

    run: ScoredRun
    gold_only: ScoredRun
    difference: Difference | None

    @property
    def gain(self) -> float:
        """F1 of the run less that of the other, mean over the seeds that both have where it was tested."""
        if self.difference is None:
            return self.run.f1 - self.gold_only.f1
        return self._sign * self.difference.mean

    @property
    def _sign(self) -> int:
        return 1 if self.difference is not None and self.difference.a == self.run.name else -1

    @property
    def is_shown(self) -> bool:
        """Whether the difference is significant, after Holm where several were tested."""
        return self.difference is not None and self.difference.significant

    def in_points(self) -> str:
        """Return the tested difference, its interval and p, in words; F1 x 100.

        Raises:
            ValueError: where it was not tested.
        """
        if self.difference is None:
            raise ValueError(f"{self.run.name}: its difference was not tested")
        ends = (self.difference.combined.low, self.difference.combined.high)
        low, high = sorted(100 * self._sign * end for end in ends)
        p = "p < 0.001" if self.difference.p < 0.001 else f"p = {self.difference.p:.3f}"
        if self.difference.adjusted is not None:
            p += f" after Holm over {self.difference.family}"
        measure = self.difference.measure or "points of F1"
        return f"{in_points(100 * self.gain)} {measure}, 95 % CI {in_points(low)} to {in_points(high)}, {p}"


def verdict(run: ScoredRun, tests: Sequence[FamilyTest]) -> Verdict | None:
    """Return what is said of a run in its first family with a run on original sentences alone; None without any."""
    for test in tests:
        gold_only = [other for other in test.family.runs if other.original_only]
        if run in test.family.runs and gold_only:
            other = best(gold_only)
            return Verdict(run, other, test.between(run, other))
    return None


def in_points(value: float) -> str:
    """Return a difference of F1 x 100 with its sign.

    >>> in_points(2.64)
    '+2.6'
    """
    return f"{value:+.1f}".replace("-", "−")
