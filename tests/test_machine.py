"""What a machine has, asked without torch."""

import os
from pathlib import Path

import pytest

from tinyner.machine import available_cores, free_memory, nvidia_gpu


def test_there_is_a_core_and_some_memory() -> None:
    assert 1 <= available_cores() <= (os.cpu_count() or 1)
    assert free_memory() > 1e6


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
