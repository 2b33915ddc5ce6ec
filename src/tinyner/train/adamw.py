"""AdamW on a few flat tensors, by the fused kernel that ``torch.optim.AdamW`` calls.

The class takes two seconds when it is first made, to load torch's compiler, in each process that trains.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.adamw import adamw

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    """Weights, each a tensor with its gradient and its own weight decay; steps change them in place."""

    def __init__(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], decays: Sequence[float]) -> None:
        """Take them; the state begins at 0."""
        self._weights, self._gradients, self._decays = weights, gradients, decays
        self._steps = [torch.zeros((), dtype=torch.float32) for _ in weights]
        self._means = [torch.zeros_like(weight) for weight in weights]
        self._squares = [torch.zeros_like(weight) for weight in weights]

    def step(self, lr: float, divisor: Tensor | None) -> None:
        """Take a step along the gradients, which are divided by ``divisor``, if any, in the same pass."""
        for index, decay in enumerate(self._decays):
            adamw(
                [self._weights[index]],
                [self._gradients[index]],
                [self._means[index]],
                [self._squares[index]],
                [],
                [self._steps[index]],
                fused=True,
                grad_scale=divisor,
                amsgrad=False,
                beta1=BETAS[0],
                beta2=BETAS[1],
                lr=lr,
                weight_decay=decay,
                eps=EPSILON,
                maximize=False,
            )

    def state(self) -> dict[str, Tensor]:
        """Return steps and moments by name, as they stand (no copies)."""
        return {
            f"{index}.{name}": values[index]
            for name, values in (("step", self._steps), ("exp_avg", self._means), ("exp_avg_sq", self._squares))
            for index in range(len(self._weights))
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what ``state`` gave."""
        for name, value in self.state().items():
            value.copy_(state[name])
