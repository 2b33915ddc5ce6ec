"""How a machine multiplies matrices: chosen by what the processor has, never by a stopwatch.

On a CPU ``fp32`` is torch's own choice (MKL on x86), ``onednn`` sends the same exact products to
oneDNN with bf16 instructions switched off, ``bf16`` lets oneDNN round the factors to bf16 and sum in
fp32. On a GPU ``fp32`` is exact, ``tf32`` rounds the factors to 10 bits, ``bf16`` is autocast.
"""

import os
import platform
from contextlib import AbstractContextManager, nullcontext

import torch

from tinyner.errors import UserError
from tinyner.params import Compute

_EXACT_ISA = "AVX512_CORE"  # the best of oneDNN's levels without a bf16 instruction


def resolve(compute: Compute, device: str) -> str:
    """What ``train.compute`` means on this machine.

    ``auto`` is exact everywhere: on a GPU fp32; on a CPU oneDNN where it has AVX-512 and is not
    Intel's, since MKL does not use all of such a processor, else torch's own choice.

    Raises:
        UserError: where the machine can't do it.
    """
    if device == "cuda":
        if compute == "onednn":
            raise UserError(
                "train.compute: onednn is of CPUs, and train.device is cuda; choose auto, fp32, tf32 or bf16"
            )
        return "fp32" if compute == "auto" else compute
    if compute == "tf32":
        raise UserError("train.compute: tf32 is of GPUs, and train.device is cpu; choose auto, fp32, onednn or bf16")
    if compute == "onednn" and platform.machine() not in ("x86_64", "AMD64"):
        raise UserError("train.compute: onednn is exact on x86 processors only; choose auto")
    if compute == "bf16" and not _has("amx_bf16"):
        raise UserError(
            "train.compute: bf16 needs a CPU with bf16 matrix units (amx_bf16), elsewhere it gains nothing; choose auto"
        )
    if compute == "auto":
        return "onednn" if _has("avx512f") and not _has("GenuineIntel") else "fp32"
    return compute


def describe(compute: str, device: str, way: str) -> str:
    """The compute path as metrics name it, e.g. ``packed fp32 on cpu (AVX512)``."""
    kind = torch.cuda.get_device_name() if device == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"{way} {compute} on {device} ({kind})"


def environment(compute: str) -> dict[str, str]:
    """What a process must have in its environment before it multiplies anything."""
    return {"ONEDNN_MAX_CPU_ISA": _EXACT_ISA} if compute == "onednn" else {}


def multiple(compute: str, device: str) -> int:
    """What numbers of subwords are rounded up to: oneDNN prepares a kernel for each shape."""
    return 32 if device == "cpu" and compute != "fp32" else 1


def begin(compute: str, device: str, threads: int) -> None:
    """Set this process up: precision, threads, determinism.

    Raises:
        UserError: where ``environment`` was not there in time.
    """
    if any(os.environ.get(name) != value for name, value in environment(compute).items()):
        raise UserError(f"train.compute: {compute} needs {environment(compute)} in the environment")
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # as torch asks for, for determinism
    torch.set_num_threads(threads)
    # As use_deterministic_algorithms(True, warn_only=True), which also imports torch's compiler, for seconds.
    torch.set_deterministic_debug_mode("warn")
    # A twentieth of the time, and no fresh memory is read here.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_flush_denormal(True)  # moments of rows long unseen decay to denormals, which are slow
    precision = {("cpu", "onednn"): "medium", ("cpu", "bf16"): "medium", ("cuda", "tf32"): "high"}
    torch.set_float32_matmul_precision(precision.get((device, compute), "highest"))


def autocast(compute: str, device: str) -> AbstractContextManager[object]:
    """The context of a forward pass."""
    return torch.autocast("cuda", torch.bfloat16) if (device, compute) == ("cuda", "bf16") else nullcontext()


def _has(word: str) -> bool:
    """Whether this x86 processor has a flag or a vendor, by Linux's word; elsewhere nothing is known of it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123, a kernel's file
            text = file.read()
    except OSError:
        return False
    return word in text.split("\n\n", 1)[0].split()
