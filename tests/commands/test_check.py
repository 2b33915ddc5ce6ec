"""``tinyner check --gpu``, as far as a machine without a GPU can try it: the CPU against the CPU."""

import shutil
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT
from tests.conll import conll_2003
from tinyner import cli
from tinyner.commands import gpu_check
from tinyner.commands.gpu_check import Slice, compare, first_losses, read_slice, time_epoch
from tinyner.errors import UserError
from tinyner.files import write_rows

pytestmark = pytest.mark.slow

without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.fixture
def small(tmp_path: Path, student: Path, monkeypatch: pytest.MonkeyPatch) -> Slice:
    """A slice of 16 real sentences, and the real student."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    write_rows(gpu_check.SENTENCES, conll_2003("train")[:16])
    (tmp_path / "data/student").symlink_to(student)
    return read_slice()


def run_check(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tinyner", "check", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@without_gpu
def test_without_a_gpu_the_reason_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_check(monkeypatch, "--gpu") == 2
    error = capsys.readouterr().err
    assert error.startswith("tinyner: check: ")
    assert error.count("\n") == 1
    if torch.version.cuda is None:
        assert "is a CPU build; for a GPU: pip uninstall -y torch && pip install torch==" in error


def test_without_data_the_stage_to_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"^check: data/prepared/original.jsonl: is not here"):
        read_slice()


@pytest.mark.long
def test_the_cpu_agrees_with_itself(small: Slice, capsys: pytest.CaptureFixture[str]) -> None:
    compare(small, "cpu")
    losses = capsys.readouterr().out.splitlines()
    assert len(losses) == gpu_check.STEPS
    assert all(line.endswith("difference 0.0e+00 of it (at most 1e-03): ok") for line in losses)


def test_an_epoch_is_timed(small: Slice, capsys: pytest.CaptureFixture[str]) -> None:
    time_epoch(small, "cpu")
    epoch = capsys.readouterr().out
    assert epoch.startswith("an epoch of 16 sentences, batch 4, ")
    assert " sentences/s, mean loss " in epoch


def test_losses_that_differ_are_an_error(
    small: Slice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = first_losses(small, "cpu")
    assert expected[0] == pytest.approx(2.2, abs=0.4)  # ln 9, of a new head
    for wrong in (expected[1] * 1.01, float("nan")):
        losses = iter([expected, [expected[0], wrong, expected[2]]])
        monkeypatch.setattr(gpu_check, "first_losses", lambda _, __, losses=losses: next(losses))
        with pytest.raises(UserError, match=r"losses on cuda differ from the CPU's by more than 1e-03"):
            compare(small, "cuda")
        assert [line.rsplit(": ")[-1] for line in capsys.readouterr().out.splitlines()] == ["ok", "NOT OK", "ok"]


def test_too_little_memory_is_one_line(small: Slice, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    class Card:
        name = "a card"
        total_memory = 8e9

    monkeypatch.setattr(gpu_check, "why_no_cuda", lambda: None)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: Card())
    monkeypatch.setattr(gpu_check, "compare", fail)
    with pytest.raises(UserError, match=r"set train.batch_size to 2 \(it is 4\)"):
        gpu_check.check_gpu()
