import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from tinyner.train.adamw import AdamW

SIZES = (1000, 30)
DECAYS = (0.01, 0.0)


def gradients(step: int) -> list[Tensor]:
    draw = torch.Generator().manual_seed(step)
    return [torch.randn(size, generator=draw) for size in SIZES]


def test_it_computes_what_torch_does_to_the_bit_and_goes_on_from_its_state() -> None:
    theirs = [nn.Parameter(torch.ones(size)) for size in SIZES]
    groups = [{"params": [weight], "weight_decay": decay} for weight, decay in zip(theirs, DECAYS, strict=True)]
    expected = torch.optim.AdamW(groups, lr=0.0, fused=True)
    ours, slots = [torch.ones(size) for size in SIZES], [torch.zeros(size) for size in SIZES]
    optimizer = AdamW(ours, slots, DECAYS)
    for step in range(6):
        lr, divisor = 0.1 * 0.9**step, torch.tensor(1.7) if step % 2 else None
        for weight, slot, gradient in zip(theirs, slots, gradients(step), strict=True):
            weight.grad = gradient.clone()
            slot.copy_(gradient)
        for group in expected.param_groups:
            group["lr"] = lr
        expected.grad_scale = divisor  # type: ignore[attr-defined]
        expected.step()
        optimizer.step(lr, divisor)
        assert all(torch.equal(weight, other) for weight, other in zip(ours, theirs, strict=True))
        state = {name: value.clone() for name, value in optimizer.state().items()}
        optimizer = AdamW(ours, slots, DECAYS)
        optimizer.restore(state)
    assert not torch.equal(ours[0], torch.ones(SIZES[0]))


@pytest.mark.slow
def test_it_does_without_the_compiler_that_takes_seconds_to_load() -> None:
    code = (
        "import sys, torch; from tinyner.train.adamw import AdamW; weight = torch.ones(2)\n"
        "AdamW([weight], [torch.ones(2)], [0.01]).step(0.1, torch.tensor(2.0)); print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
