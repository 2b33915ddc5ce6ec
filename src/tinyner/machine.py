"""What this machine has: processor cores, free memory, an NVIDIA GPU. Needs no torch."""

import os
import shutil
from pathlib import Path

import psutil


def available_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> float:
    """Return the bytes of memory that are free; more than any machine has where the system doesn't say."""
    try:
        return float(psutil.virtual_memory().available)
    except (OSError, RuntimeError, KeyError):  # of Linux without /proc
        return 2.0**60


def nvidia_gpu(root: Path = Path("/"), search_path: str | None = None) -> str | None:
    """Return what shows that there is an NVIDIA GPU with a driver, e.g. its device file; None without one.

    Args:
        root: where the file system begins; another one in tests.
        search_path: folders to look for nvidia-smi in, as $PATH has them; None: $PATH.
    """
    for name in ("proc/driver/nvidia/version", "dev/nvidia0"):
        if (root / name).exists():
            return str(root / name)
    return shutil.which("nvidia-smi", path=search_path)
