"""What training a cell leaves behind: its epochs, a checkpoint after each, and at the end the trained student."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from torch import Tensor

from tinyner.decoding import Decoder, Logits


@dataclass(frozen=True)
class EpochRow:
    """One epoch of one seed. ``loss`` is the mean over batches.

    ``dev_f1`` is that of legal tags (Viterbi), ``dev_f1_argmax`` that of each word's best; None without a dev set.
    """

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None
    dev_f1_argmax: float | None
    seconds: float  # of training

    def dev(self, decoder: Decoder) -> float | None:
        """Return the dev F1 by a decoder."""
        return self.dev_f1 if decoder == "viterbi" else self.dev_f1_argmax


@dataclass(frozen=True)
class Trained:
    """What a cell gave: its epochs, and the kept weights' logits (W, labels) of the words of dev and test."""

    seed: int
    path: str  # of computation, as metrics name it
    epochs: list[EpochRow]
    kept_epoch: int
    dev: Logits
    test: Logits

    def figures(self) -> dict[str, Any]:
        """Return all but the logits, ready for JSON."""
        return {
            "seed": self.seed,
            "path": self.path,
            "epochs": [asdict(row) for row in self.epochs],
            "kept_epoch": self.kept_epoch,
        }

    @classmethod
    def of(cls, figures: dict[str, Any], logits: Mapping[str, Logits]) -> "Trained":
        """Undo ``figures``; ``logits`` are those of dev and test."""
        return cls(**{**figures, "epochs": [EpochRow(**row) for row in figures["epochs"]], **logits})

    def dev_f1(self, decoder: Decoder) -> float | None:
        """Return the dev F1 of the kept weights by a decoder; None without a dev set."""
        return self.epochs[self.kept_epoch].dev(decoder)


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

    def finish(self, trained: Trained, weights: dict[str, Tensor]) -> None:
        """Keep what the cell gave, and drop its checkpoint."""
