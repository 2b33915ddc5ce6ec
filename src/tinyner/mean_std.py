"""Mean and sample standard deviation of a measure over seeds, and how both are written.

>>> score = MeanStd.of([0.5, 0.6])
>>> str(score), f"{score:.1f}", str(MeanStd.of([0.5]))
('0.550 ± 0.071', '0.6 ± 0.1', '0.500')
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class MeanStd:
    """A mean, and its sample standard deviation (n - 1), None where that is unknown, as of a single value."""

    mean: float
    std: float | None = None

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return mean and standard deviation of values.

        Raises:
            statistics.StatisticsError: if there are none.
        """
        return cls(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)

    def __format__(self, spec: str) -> str:
        """Format both numbers by ``spec``, ``.3f`` unless another is given; the mean alone if std is unknown."""
        spec = spec or ".3f"
        return format(self.mean, spec) if self.std is None else f"{self.mean:{spec}} ± {self.std:{spec}}"

    def __str__(self) -> str:
        """Return both with three digits."""
        return format(self)

    def unbroken(self, spec: str = "") -> str:
        """Format as ``__format__`` does, with no-break spaces around the ±."""
        return format(self, spec).replace(" ", "\xa0")
