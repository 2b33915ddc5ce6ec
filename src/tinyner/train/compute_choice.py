"""How this machine should multiply matrices: chosen by what its processor has, never by a stopwatch."""

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from tinyner.errors import UserError

if TYPE_CHECKING:
    from tinyner.params import Compute


def choose_compute(compute: "Compute", device: str) -> str:
    """Return what ``train.compute`` means on this machine, as ``tinyner.train.compute`` takes it.

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


def _has(word: str) -> bool:
    """Return whether Linux names a flag or a vendor of this x86 processor; False on other systems."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return word in text.split("\n\n", 1)[0].split()
