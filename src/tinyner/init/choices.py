"""The sizes and the training that init chooses, by how many sentences there are.

The tables are the place to set them. Numbers between two rows of a table of sizes are interpolated.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinyner.params import Group, Schedule
from tinyner.schedules import shares_by_epoch

Points = Sequence[tuple[int, int]]
"""A function by its points, ascending: below the first it is 0, between two interpolated, above the last constant."""

LEAST_GOLD = 10
"""Gold sentences of one file: fewer are not split, all of them are train."""

TEST_OF_GOLD: Points = ((LEAST_GOLD, 5), (20, 10), (40, 20), (200, 70), (2_000, 400), (10_000, 2_000))
VALID_OF_GOLD: Points = ((40, 8), (200, 30), (2_000, 200), (5_000, 500))
"""Sentences of test and valid by the number of gold sentences that are not split yet."""

TEST_OF_TARGET: Points = ((0, 1), (30, 8), (200, 40), (1_000, 200))
VALID_OF_TARGET: Points = ((4, 1), (30, 4), (200, 20), (1_000, 100))
"""Sentences of stand-in test and valid sets by the number of sentences that the LLM labels."""

MOST_TARGET = 2_000
"""Sentences that the LLM labels unless the user says how many: a later run can take more, and keeps these."""

MOST_DEV = 500
"""Sentences of valid that the curve over epochs is drawn from."""


@dataclass(frozen=True)
class Training:
    """Parameters of ``train``."""

    group: Group
    schedule: Schedule
    epochs: int
    batch_size: int
    lr: float

    @property
    def lr_decay(self) -> float:
        """The factor after each epoch by which the learning rate falls to ``LAST_LR`` of itself in the last epoch.

        >>> WITH_GOLD.lr_decay
        0.82
        """
        return round(LAST_LR ** (1 / (self.epochs - 1)), 3) if self.epochs > 1 else 1.0

    def drawn(self, train: int, target: int) -> int:
        """Return how many sentences all epochs draw, of ``train`` gold ones and ``target`` ones of the LLM."""
        shares = shares_by_epoch(self.schedule, self.group, self.epochs)
        return sum(round(w0 * target) + round(w1 * train) for w0, w1 in shares)


WITH_GOLD = Training("D", Schedule(type="power", k=None, n=2.0), epochs=8, batch_size=16, lr=3.0e-4)
WITHOUT_GOLD = Training("B", Schedule(type="group", k=None, n=None), epochs=7, batch_size=16, lr=3.0e-4)
"""The first has the highest mean F1 on the dev sets of CrossNER's five domains, of three blends tried on all of them
(docs/results.md, "Beyond CoNLL"); they have 100 or 200 gold sentences.
"""

LAST_LR = 0.25
"""The learning rate of the last epoch, as a share of the first one's."""

LEAST_STEPS, MOST_EPOCHS = 200, 100
"""Small sets are trained on for more epochs than the tables say: until there are so many steps, or so many epochs.

On CrossNER's AI 200 steps gave a dev F1 of .63 and 110 steps .54 (results/crossner-steps.yaml).
"""


@dataclass(frozen=True)
class Said:
    """What the user or a recipe says of the training; None: chosen here."""

    group: Group | None = None
    schedule: Schedule | None = None
    epochs: int | None = None
    batch_size: int | None = None


def training(train: int, target: int, said: Said | None = None) -> Training:
    """Return how to train on ``train`` gold sentences and ``target`` ones that the LLM labels.

    What is said is taken, and the rest fits it. Groups A, B and C have nothing to blend.

    Args:
        train: how many.
        target: how many, without those that are held out.
        said: of the training.

    >>> training(100, 250).epochs, training(0, 60).epochs, training(20, 10).epochs
    (17, 54, 100)
    >>> training(100, 250, Said(group="A"))
    Training(group='A', schedule=Schedule(type='group', k=None, n=None), epochs=32, batch_size=16, lr=0.0003)
    >>> training(100, 250, Said(epochs=3)).lr_decay
    0.5
    """
    said = said or Said()
    base = WITH_GOLD if train and said.group not in ("A", "B", "C") else WITHOUT_GOLD
    base = replace(
        base,
        group=said.group or base.group,
        schedule=said.schedule or base.schedule,
        batch_size=said.batch_size or base.batch_size,
    )
    if said.epochs is not None:
        return replace(base, epochs=said.epochs)
    for epochs in range(base.epochs, MOST_EPOCHS + 1):
        made = replace(base, epochs=epochs)
        if made.drawn(train, target) >= LEAST_STEPS * base.batch_size:
            break
    return made


def at(points: Points, count: int) -> int:
    """Return the value of a table of sizes.

    >>> at(TEST_OF_GOLD, 9), at(TEST_OF_GOLD, 60), at(TEST_OF_GOLD, 20_000)
    (0, 26, 2000)
    """
    if count < points[0][0]:
        return 0
    for (left, low), (right, high) in itertools.pairwise(points):
        if count < right:
            return low + (high - low) * (count - left) // (right - left)
    return points[-1][1]
