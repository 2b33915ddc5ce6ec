"""Disk, memory and GPU."""

from pathlib import Path

import pytest

from tests.checks.conftest import texts
from tinyner.checks import machine
from tinyner.checks.findings import Findings
from tinyner.checks.machine import Sizes, check_disk, check_machine
from tinyner.params import Params


def test_room_for_student_cells_and_replies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYNER_CELLS", str(tmp_path / "deep/cells"))
    monkeypatch.setenv("TINYNER_REPLIES", str(tmp_path / "replies"))
    findings = Findings()
    check_disk(findings, 2, 1_000_000)
    assert [finding.mark for finding in findings.rows] == ["ok"] * 3
    assert list(tmp_path.iterdir()) == []
    findings = Findings()
    check_disk(findings, 5, 10**15)
    assert findings.count("error") == 2
    assert "or set TINYNER_CELLS to another folder" in texts(findings, "error")[1]


def test_a_folder_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TINYNER_REPLIES", str(tmp_path / "file"))
    findings = Findings()
    check_disk(findings, 1, None)
    assert texts(findings, "error") == [
        f"replies: {tmp_path}/file is a file, and should be a folder; move it, or set TINYNER_REPLIES to another folder"
    ]


def test_what_training_needs(params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    monkeypatch.setattr(machine, "nvidia_gpu", lambda: None)
    findings = Findings()
    check_machine(findings, params.train, Sizes(90_000_000, 2200, 1000))
    # README: 206 s of training a seed, both at once.
    assert "2 seeds, 4 epochs of 1,000 to 2,200 sentences; very roughly 3 min on such" in texts(findings, "ok")[-1]
    monkeypatch.setattr(machine, "free_memory", lambda: 1e9)
    findings = Findings()
    check_machine(findings, params.train, Sizes(None, 10, 10))
    assert "that is little: close other programs" in texts(findings, "warning")[0]


def test_a_gpu_that_is_wanted_and_not_there_or_there_and_not_used(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuda, cpu = (params.train.model_copy(update={"device": device}) for device in ("cuda", "cpu"))
    monkeypatch.setattr(machine, "nvidia_gpu", lambda: None)
    findings = Findings()
    check_machine(findings, cuda, Sizes(None, 0, 0))
    assert "train.device: cuda, but no NVIDIA driver is seen here" in texts(findings, "error")[0]
    monkeypatch.setattr(machine, "nvidia_gpu", lambda: "/dev/nvidia0")
    findings = Findings()
    check_machine(findings, cpu, Sizes(None, 0, 0))
    assert "train.device: cpu leaves it idle" in texts(findings, "warning")[0]
