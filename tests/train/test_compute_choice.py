"""What train.compute means by machine, and what a machine can't do."""

from pathlib import Path

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


def test_where_no_proc_cpuinfo_is_auto_is_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows, where ``auto`` means torch's own choice."""

    def hidden(path: Path, encoding: str | None = None) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", hidden)
    assert choose_compute("auto", "cpu") == "fp32"
    with pytest.raises(UserError, match="bf16 needs a CPU with bf16 matrix units"):
        choose_compute("bf16", "cpu")
