"""Whether a GPU can be used, why not, and how many seeds it has memory for."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tinyner.machine import nvidia_gpu
from tinyner.train.cell import Cell

_AT_MOST = 4  # seeds side by side on a GPU
_PROCESS_BYTES = 2.0e9  # of a process on the GPU before its student: context, kernels, workspaces
_WEIGHT_COPIES = 8  # weights, the embedding's table, gradients, two moments, the best epoch's, room for two
_PREDICTION_BYTES = 3.0e9  # a batch of 65,536 subwords
_SAFETY = 2.0


@dataclass(frozen=True)
class Build:
    """What the installed torch says of CUDA."""

    version: str
    cuda: str | None  # the version of CUDA that it was built for; None of a CPU build
    failure: str | None  # why no device can be used; None where there is one


def installed_build() -> Build:
    """Return what the torch of this process says of CUDA."""
    failure = None
    if not torch.cuda.is_available():
        try:
            torch.cuda.init()  # type: ignore[no-untyped-call]
            failure = "torch.cuda.is_available() is false"
        except (AssertionError, RuntimeError) as error:
            failure = str(error)
    return Build(torch.__version__, torch.version.cuda, failure)


def why_no_cuda() -> str | None:
    """Return why torch can use no CUDA device here and what to do about it, one line; None where it can."""
    return explain(installed_build(), nvidia_gpu(), os.environ)


def explain(build: Build, gpu: str | None, environment: Mapping[str, str]) -> str | None:
    """Return what ``why_no_cuda`` does.

    Args:
        build: the installed torch.
        gpu: what shows that there is a GPU with a driver, as ``nvidia_gpu`` says.
        environment: of the process.
    """
    if build.failure is None:
        return None
    if build.cuda is None:
        sight = f"there is an NVIDIA GPU ({gpu})" if gpu else "no NVIDIA driver is seen"
        version = build.version.partition("+")[0]
        install = f"pip uninstall -y torch && pip install torch=={version}"
        return f"{sight}, {'but' if gpu else 'and'} torch {build.version} is a CPU build; for a GPU: {install}"
    if "too old" in build.failure:
        return f"the NVIDIA driver is too old for torch {build.version} (CUDA {build.cuda}): update the driver"
    if gpu is None:
        return "no NVIDIA driver is seen (/proc/driver/nvidia/version, /dev/nvidia0, nvidia-smi): install the driver"
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and "No CUDA GPUs" in build.failure:
        return f"CUDA_VISIBLE_DEVICES={visible!r} hides the NVIDIA GPU ({gpu}): unset it"
    failure = " ".join(build.failure.split())
    return f"there is an NVIDIA GPU ({gpu}), but torch {build.version} can't use it: {failure}"


def idle_gpu_warning(build: Build, gpu: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the line that says that training goes on on the CPU of a machine with a GPU; None without a GPU.

    The arguments are those of ``explain``.
    """
    reason = explain(build, gpu, environment) if gpu else None
    return f"train: WARNING: training goes on on the CPU, slowly: {reason}" if reason else None


def too_little_memory(batch_size: int, max_length: int) -> str:
    """Return the words that say that a GPU's memory is too small, and what to set."""
    if batch_size > 1:
        return f"the GPU's memory is too small; set train.batch_size to {batch_size // 2} (it is {batch_size})"
    return f"the GPU's memory is too small for one sentence of {max_length} subwords; lower train.max_length"


def seeds_at_once(cells: Sequence[Cell], student: Path) -> int:
    """Return how many of the cells the free memory of the GPU surely allows at once: 1 to 4.

    ``seed_bytes`` bounds what each may take. Of a student whose sizes its configuration doesn't name, one.
    """
    weights = sum(path.stat().st_size for path in student.glob("*.safetensors"))
    from transformers import AutoConfig  # noqa: PLC0415, takes a second, and a CPU does without

    config = AutoConfig.from_pretrained(student, trust_remote_code=False)
    largest = max(seed_bytes(config, weights, cell.batch_size, cell.max_length) for cell in cells)
    free, _ = torch.cuda.mem_get_info()
    return max(1, min(_AT_MOST, int(free // largest)))


def seed_bytes(config: Any, weights: float, batch_size: int, max_length: int) -> float:
    """Return an upper bound of the bytes that training one seed takes on a GPU: twice what is counted.

    Counted are the process, eight copies of the weights, a step's activations in fp32 and a batch of
    prediction. A layer's activations are s b h (34 + 5 a s / h) bytes in fp16, and twice that in fp32, for b
    sentences of s subwords, h hidden units and a heads (Korthikanti et al. 2022, arXiv 2205.05198).

    Args:
        config: of the student; infinity where it does not name hidden units, layers and heads.
        weights: bytes of the student's files.
        batch_size: sentences of a step.
        max_length: of a sentence in subwords.
    """
    sizes = [getattr(config, name, None) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")]
    if not all(isinstance(size, int) for size in sizes):
        return float("inf")
    hidden, layers, heads = (float(size) for size in sizes if size is not None)
    layer = 2 * max_length * batch_size * hidden * (34 + 5 * heads * max_length / hidden)
    return _SAFETY * (_PROCESS_BYTES + _WEIGHT_COPIES * weights + layers * layer + _PREDICTION_BYTES)
