"""How a machine multiplies matrices while a student trains or predicts.

On a CPU ``fp32`` is torch's own choice (MKL on x86), ``onednn`` sends the same exact products to
oneDNN with bf16 instructions switched off, ``bf16`` lets oneDNN round the factors to bf16 and sum in
fp32. On a GPU ``fp32`` is exact, ``tf32`` rounds the factors to 10 bits, ``bf16`` is autocast.
"""

import os
from contextlib import AbstractContextManager, nullcontext

import torch

_EXACT_ISA = "AVX512_CORE"  # the best of oneDNN's levels without a bf16 instruction


def describe(compute: str, device: str, method: str) -> str:
    """Return the compute path as metrics name it, e.g. ``packed fp32 on cpu (AVX512)``."""
    kind = torch.cuda.get_device_name() if device == "cuda" else torch.backends.cpu.get_cpu_capability()
    return f"{method} {compute} on {device} ({kind})"


def environment(compute: str) -> dict[str, str]:
    """Return the variables that a process must have in its environment before it multiplies anything."""
    return {"ONEDNN_MAX_CPU_ISA": _EXACT_ISA} if compute == "onednn" else {}


def multiple(compute: str, device: str) -> int:
    """Return what numbers of subwords are rounded up to a multiple of: oneDNN prepares a kernel for each shape."""
    return 32 if device == "cpu" and compute != "fp32" else 1


def begin(compute: str, device: str, threads: int) -> None:
    """Set this process up: precision, threads, determinism.

    Raises:
        RuntimeError: where the variables of ``environment`` are not set.
    """
    if any(os.environ.get(name) != value for name, value in environment(compute).items()):
        raise RuntimeError(f"compute {compute} needs {environment(compute)} in the environment")
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # as torch asks for, for determinism
        # The other kernels of attention add gradients up in any order, and for up to 128 subwords save little.
        torch.backends.cuda.enable_flash_sdp(False)
        torch.backends.cuda.enable_mem_efficient_sdp(False)
        torch.backends.cuda.enable_cudnn_sdp(False)
    torch.set_num_threads(threads)
    # As use_deterministic_algorithms(True, warn_only=True), which also imports torch's compiler, for seconds.
    torch.set_deterministic_debug_mode("warn")
    # A twentieth of the time, and no fresh memory is read here.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_flush_denormal(True)  # moments of rows long unseen decay to denormals, which are slow
    precision = {("cpu", "onednn"): "medium", ("cpu", "bf16"): "medium", ("cuda", "tf32"): "high"}
    torch.set_float32_matmul_precision(precision.get((device, compute), "highest"))


def autocast(device: str, enabled: bool) -> AbstractContextManager[object]:
    """Return the context of a forward pass: in bf16 where it is ``enabled``, else as it stands."""
    return torch.autocast(device, torch.bfloat16) if enabled else nullcontext()
