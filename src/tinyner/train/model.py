"""What both methods of training have in common: the recipe, the student before training, batches to predict."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinyner.decoding import Logits
from tinyner.train.encoded import Encoded

EPSILON = 1e-6  # as torch's clip_grad_norm_ has it


@dataclass(frozen=True)
class Recipe:
    """What a step needs to know."""

    batch_size: int
    max_length: int
    weight_decay: float
    max_grad_norm: float
    pad_id: int
    dropout: bool = True  # as the student's configuration has it; off in tests only


class Student(Protocol):
    """A student in training, by one of the methods."""

    method: str  # packed or padded

    def begin_epoch(self, seed: int, epoch: int, lr: float) -> None:
        """Set the learning rate, and the source of dropout: an epoch needs nothing of those before it."""

    def step(self, data: Encoded, batch: NDArray[np.int64]) -> Tensor | None:
        """Take a step on sentences of ``data``; return the loss, None where none of their words counts."""

    def end_epoch(self) -> None:
        """Make ready for prediction."""

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""

    def weights(self) -> dict[str, Tensor]:
        """Return all that training changed, as it stands (no copies)."""

    def moments(self) -> dict[str, Tensor]:
        """Return the optimizer's state, as it stands (no copies)."""

    def restore(self, weights: dict[str, Tensor], moments: dict[str, Tensor]) -> None:
        """Go on from what ``weights`` and, where training goes on, ``moments`` gave."""

    def export(self, folder: Path) -> None:
        """Write the model in the Hugging Face format."""


def generator_seed(seed: int, epoch: int) -> int:
    """Return the seed of an epoch's dropout: 63 bits of what numpy makes of both numbers."""
    return int(np.random.SeedSequence([seed, epoch, 1]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def untrained(folder: str, labels: Sequence[str], seed: int) -> nn.Module:
    """Return the student before training, with a new head of ``labels`` whose weights are drawn by ``seed``."""
    import transformers  # noqa: PLC0415, takes seconds, and the BERT family does without
    from transformers import AutoModelForTokenClassification  # noqa: PLC0415

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.manual_seed(seed)
    model: nn.Module = AutoModelForTokenClassification.from_pretrained(
        folder,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
        dtype=torch.float32,
        use_safetensors=True,  # never a pickle
    )
    return model


def mean_one(weights: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return weights over their mean, so that the mean of losses times them is the weighted mean; None if all are 0.

    Ones stay ones, to the bit.

    >>> mean_one(np.array([1, 0.5, 0, 0.5], dtype=np.float32))
    array([2., 1., 0., 1.], dtype=float32)
    """
    total = float(weights.sum(dtype=np.float64))
    return weights * np.float32(len(weights) / total) if total else None
