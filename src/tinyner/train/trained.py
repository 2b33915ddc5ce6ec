"""What training a cell leaves behind: its epochs, a checkpoint after each, and at the end the trained student."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from numpy import int16
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class EpochRow:
    """One epoch of one seed. ``loss`` is the mean over batches, ``dev_f1`` None without a dev set."""

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None
    seconds: float  # of training


@dataclass(frozen=True)
class Trained:
    """What a cell gave: its epochs, the dev F1 of the kept weights, and its labels of the test set's words."""

    seed: int
    path: str  # of computation, as metrics name it
    epochs: list[EpochRow]
    kept_epoch: int
    dev_f1: float | None
    test: NDArray[int16]  # (W,) label ids

    def figures(self) -> dict[str, Any]:
        """Return all but ``test``, ready for JSON."""
        return {**asdict(self), "test": None}

    @classmethod
    def of(cls, figures: dict[str, Any], test: NDArray[int16]) -> "Trained":
        """Undo ``figures``."""
        return cls(**{**figures, "epochs": [EpochRow(**row) for row in figures["epochs"]], "test": test})


@dataclass(frozen=True)
class Checkpoint:
    """A cell after some of its epochs."""

    epochs: list[EpochRow]
    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    best_epoch: int | None  # the one to keep so far; None where the last one is kept
    best: dict[str, Tensor]  # its weights; empty where the last one is kept


class Keeper(Protocol):
    """Where a cell in training is kept."""

    def checkpoint(self) -> Checkpoint | None:
        """Return the last checkpoint; None before the end of the first epoch."""

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Replace the last checkpoint."""

    def finish(self, figures: dict[str, Any], test: NDArray[int16], weights: dict[str, Tensor]) -> None:
        """Keep what the cell gave, and drop its checkpoint."""
