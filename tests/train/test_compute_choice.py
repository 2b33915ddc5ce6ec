"""What train.compute means by machine, and what a machine can't do."""

import pytest

from tinyner.errors import UserError
from tinyner.params import Compute
from tinyner.train.compute_choice import choose_compute


def test_auto_is_exact() -> None:
    assert choose_compute("auto", "cuda") == "fp32"
    assert choose_compute("auto", "cpu") in ("fp32", "onednn")
    assert choose_compute("bf16", "cuda") == "bf16"


@pytest.mark.parametrize(("compute", "device"), [("onednn", "cuda"), ("tf32", "cpu")])
def test_what_the_device_cannot_do_is_one_line(compute: Compute, device: str) -> None:
    with pytest.raises(UserError, match=f"train.compute: {compute} .* train.device is {device}"):
        choose_compute(compute, device)
