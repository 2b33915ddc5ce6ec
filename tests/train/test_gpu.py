"""Why a GPU is not used, in words, and how many seeds it has memory for; no GPU is needed for either."""

from pathlib import Path

import pytest
import torch
import transformers

from tinyner.train.gpu import Build, explain, idle_gpu_warning, installed_build, seed_bytes, seeds_at_once

from .conftest import Small

CPU_BUILD = Build("2.13.0+cpu", None, "Torch not compiled with CUDA enabled")
INSTALL = "pip uninstall -y torch && pip install torch==2.13.0"
DEVICE = "/dev/nvidia0"
IDLE = "there is an NVIDIA GPU (/dev/nvidia0), but torch 2.13.0+cpu is a CPU build"


def cuda_build(failure: str | None) -> Build:
    return Build("2.13.0+cu130", "13.0", failure)


@pytest.mark.parametrize(
    ("build", "gpu", "environment", "parts"),
    [
        (
            CPU_BUILD,
            DEVICE,
            {},
            [IDLE, INSTALL],
        ),
        (CPU_BUILD, None, {}, ["no NVIDIA driver is seen, and torch 2.13.0+cpu is a CPU build", INSTALL]),
        (cuda_build("Found no NVIDIA driver on your system."), None, {}, ["no NVIDIA driver is seen", "install"]),
        (
            cuda_build("The NVIDIA driver on your system is too old (found version 11040)."),
            DEVICE,
            {},
            ["driver is too old for torch 2.13.0+cu130 (CUDA 13.0)", "update"],
        ),
        (
            cuda_build("No CUDA GPUs are available"),
            DEVICE,
            {"CUDA_VISIBLE_DEVICES": ""},
            ["CUDA_VISIBLE_DEVICES='' hides the NVIDIA GPU", "unset"],
        ),
        (
            cuda_build("CUDA driver\ninitialization failed"),
            DEVICE,
            {"CUDA_VISIBLE_DEVICES": "0"},
            ["can't use it: CUDA driver initialization failed"],
        ),
    ],
)
def test_a_reason_is_one_line(build: Build, gpu: str | None, environment: dict[str, str], parts: list[str]) -> None:
    reason = explain(build, gpu, environment)
    assert reason is not None
    assert "\n" not in reason
    for part in parts:
        assert part in reason


def test_a_gpu_that_can_be_used_needs_no_reason() -> None:
    assert explain(cuda_build(None), DEVICE, {}) is None
    assert idle_gpu_warning(cuda_build(None), DEVICE, {}) is None


def test_a_gpu_that_lies_idle_is_told_loudly_with_the_install_line() -> None:
    warning = idle_gpu_warning(CPU_BUILD, DEVICE, {})
    assert warning is not None
    assert warning.startswith("train: WARNING: training goes on on the CPU, slowly: there is an NVIDIA GPU")
    assert INSTALL in warning
    assert idle_gpu_warning(CPU_BUILD, None, {}) is None


def test_the_installed_build_names_its_version() -> None:
    assert installed_build().version == torch.__version__


def test_the_bound_of_a_seeds_memory_grows_with_what_it_holds() -> None:
    bert = transformers.BertConfig()  # bert-base: 440 MB of weights
    small, large = seed_bytes(bert, 440e6, 16, 128), seed_bytes(bert, 440e6, 64, 512)
    assert 8 * 440e6 + 2e9 < small < 24e9
    assert large > 2 * small
    assert seed_bytes(transformers.PretrainedConfig(), 1e6, 1, 8) == float("inf")


@pytest.mark.parametrize(("gigabytes", "seeds"), [(4, 1), (16, 1), (30, 2), (80, 4)])
def test_seeds_share_a_gpu_only_where_the_memory_surely_allows_it(
    gigabytes: int, seeds: int, small: Small, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (gigabytes * 10**9, 80 * 10**9))
    cells, _ = small(seeds=[1, 2, 3, 4, 5], max_length=128)
    assert seeds_at_once(cells, student) == seeds
