"""What a machine has, asked without torch."""

import os
from pathlib import Path

import psutil
import pytest

from tinyner.machine import available_cores, free_memory, nvidia_gpu


def test_there_is_a_core_and_some_memory() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
    assert free_memory() > 1e6


def test_a_system_that_says_less_has_fallbacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all cores where a process can't be bound to some, as on macOS, and enough memory where none is said."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert available_cores() == os.cpu_count()

    def hidden() -> None:
        raise FileNotFoundError("/proc/meminfo")

    monkeypatch.setattr(psutil, "virtual_memory", hidden)
    assert free_memory() > 1e15


@pytest.mark.parametrize("name", ["proc/driver/nvidia/version", "dev/nvidia0"])
def test_a_gpu_is_seen_by_its_files(name: str, tmp_path: Path) -> None:
    assert nvidia_gpu(tmp_path, search_path=str(tmp_path)) is None
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).touch()
    assert nvidia_gpu(tmp_path, search_path=str(tmp_path)) == str(tmp_path / name)


def test_a_gpu_is_seen_by_its_tool(tmp_path: Path) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    assert nvidia_gpu(tmp_path, search_path=str(tmp_path)) == str(tool)
