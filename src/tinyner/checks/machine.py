"""Disk, processor, memory and GPU, and roughly what training needs of them."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.annotate.store import user_folder
from tinyner.checks.findings import Findings
from tinyner.files import cache
from tinyner.machine import available_cores, free_memory, nvidia_gpu
from tinyner.params import Train
from tinyner.schedules import shares_by_epoch

DISK = "disk"
AREA = "machine"
_STUDENT_COPIES = 4  # data/student, models/student, and both in DVC's cache
_CELL_COPIES = 4  # of the weights, in a checkpoint: themselves, two moments, the best epoch's
_PROCESS_BYTES = 1.0e9  # of a process before its student; as train.process_pool counts
_MEMORY_COPIES = 8
_LEAST_BYTES = 2e8  # for rows, replies, metrics
# A seed of the default student (90 MB) on one core of an AMD EPYC, README: 31 sentences of 15 words a second.
_SENTENCES_PER_SECOND = 31.0
_STUDENT_BYTES = 90e6


@dataclass(frozen=True)
class Sizes:
    """What training depends on: bytes of weights, None where not known; sentences that the group trains on."""

    weight_bytes: int | None
    distilled: int
    original: int


def check_disk(findings: Findings, seeds: int, weight_bytes: int | None) -> None:
    """Add whether there is room for student, replies and trained cells, and whether their folders can be written."""
    weights = weight_bytes or 0
    _check_folder(findings, "this folder", Path.cwd(), _LEAST_BYTES + _STUDENT_COPIES * weights, "")
    cells = Path(os.environ.get("TINYNER_CELLS") or cache() / "cells")
    _check_folder(findings, "trained cells", cells, seeds * _CELL_COPIES * weights, "TINYNER_CELLS")
    _check_folder(findings, "replies", user_folder(), _LEAST_BYTES, "TINYNER_REPLIES")


def _check_folder(findings: Findings, name: str, folder: Path, needed: float, variable: str) -> None:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    elsewhere = f", or set {variable} to another folder" if variable else ""
    if not existing.is_dir():
        findings.error(DISK, f"{name}: {existing} is a file, and should be a folder; move it{elsewhere}")
        return
    if not os.access(existing, os.W_OK | os.X_OK):
        findings.error(DISK, f"{name}: {existing} can't be written; change its permissions{elsewhere}")
        return
    free = shutil.disk_usage(existing).free
    text = f"{name}: {_gigabytes(free)} free at {folder}, some {_gigabytes(needed)} are needed"
    if free < needed:
        findings.error(DISK, f"{text}; make room{elsewhere}")
    else:
        findings.ok(DISK, text)


def check_machine(findings: Findings, train_params: Train, sizes: Sizes) -> None:
    """Add GPU, cores and memory, and roughly how long training takes."""
    on_gpu = _check_gpu(findings, train_params)
    cores, memory = available_cores(), free_memory()
    needed = _PROCESS_BYTES + _MEMORY_COPIES * (sizes.weight_bytes or _STUDENT_BYTES)
    at_once = max(1, min(len(train_params.seeds), cores // train_params.threads, int(memory // needed)))
    text = (
        f"{cores} cores, {_gigabytes(memory)} of memory free; a seed needs some {_gigabytes(needed)} and "
        f"{train_params.threads} core(s), so {at_once} of {len(train_params.seeds)} seeds train at once"
    )
    if memory < needed:
        findings.warning(AREA, f"{text}; that is little: close other programs, or take a smaller student")
    else:
        findings.ok(AREA, text)
    by_epoch = _sentences_by_epoch(train_params, sizes)
    if any(by_epoch) and not on_gpu:
        rounds = -(-len(train_params.seeds) // at_once)
        speed = _SENTENCES_PER_SECOND * _STUDENT_BYTES / (sizes.weight_bytes or _STUDENT_BYTES)
        findings.ok(
            AREA,
            f"training: {_counted(len(train_params.seeds), 'seed')}, {_counted(train_params.epochs, 'epoch')} of "
            f"{_range(by_epoch)} sentences; "
            f"very roughly {_duration(rounds * sum(by_epoch) / speed)} on such a CPU as the README's",
        )


def _check_gpu(findings: Findings, train_params: Train) -> bool:
    """Return whether training will use a GPU."""
    sight = nvidia_gpu()
    if sight is None:
        if train_params.device == "cuda":
            findings.error(AREA, "train.device: cuda, but no NVIDIA driver is seen here; set auto or cpu")
        else:
            findings.ok(AREA, "no NVIDIA GPU is seen; training goes on on the CPU")
        return False
    if train_params.device == "cpu":
        findings.warning(AREA, f"there is an NVIDIA GPU ({sight}), and train.device: cpu leaves it idle")
        return False
    from tinyner.train.gpu import why_no_cuda  # noqa: PLC0415, loads torch

    why = why_no_cuda()
    if why is None:
        findings.ok(AREA, f"there is an NVIDIA GPU ({sight}), and torch can use it; tinyner check --gpu tries it")
        return True
    if train_params.device == "cuda":
        findings.error(AREA, f"train.device: cuda, but {why}")
    else:
        findings.warning(AREA, f"training goes on on the CPU: {why}")
    return False


def _sentences_by_epoch(train_params: Train, sizes: Sizes) -> list[int]:
    """Return how many sentences a seed is trained on in each epoch."""
    shares = shares_by_epoch(train_params.schedule, train_params.group, train_params.epochs)
    return [round(w0 * sizes.distilled) + round(w1 * sizes.original) for w0, w1 in shares]


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _range(counts: Sequence[int]) -> str:
    """Return the least and the largest count, or the only one.

    >>> _range([2200, 2200, 1000]), _range([18, 18])
    ('1,000 to 2,200', '18')
    """
    least, largest = min(counts), max(counts)
    return f"{largest:,}" if least == largest else f"{least:,} to {largest:,}"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
