"""Train a little on a GPU and on the CPU: the losses must agree. Then time an epoch on the GPU."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import Params, load_params
from tinyner.pipeline_files import missing
from tinyner.train import compute as computing
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded
from tinyner.train.gpu import too_little_memory, why_no_cuda
from tinyner.train.inputs import STUDENT
from tinyner.train.model import Recipe, untrained
from tinyner.train.padded import Execution, Padded
from tinyner.train.subwords import load_tokenizer

SENTENCES = Path("data/prepared/original.jsonl")
TARGET = Path("data/prepared/target.jsonl")  # where nobody labelled a sentence: with O as tags they serve as well
SIZE = 320  # sentences of the slice
STEPS = 3  # steps whose losses are compared: the first tests the forward pass, the others gradients and optimizer too
TOLERANCE = 1e-3  # relative to the CPU's loss; fp32 sums in another order differ by 1e-6 to 1e-4


@dataclass(frozen=True)
class Slice:
    """A small slice of the real data, and what training on it needs."""

    params: Params
    data: Encoded
    pad_id: int


def check_gpu() -> None:
    """Print what the GPU is, how its losses compare with the CPU's, how long an epoch takes, and the peak memory.

    Raises:
        UserError: where there is no GPU, no data or too little memory, or the losses differ.
    """
    reason = why_no_cuda()
    if reason:
        raise UserError(f"check: {reason}")
    properties = torch.cuda.get_device_properties(0)
    print(f"{properties.name}, {properties.total_memory / 1e9:.1f} GB, torch {torch.__version__}", flush=True)
    small = read_slice()
    try:
        compare(small, "cuda")
        time_epoch(small, "cuda")
    except torch.OutOfMemoryError:
        train_params = small.params.train
        advice = too_little_memory(train_params.batch_size, train_params.max_length)
        raise UserError(f"check: {advice}") from None


def read_slice() -> Slice:
    """Read the slice, in the current directory.

    Raises:
        UserError: where the stage prepare has not run.
    """
    if not SENTENCES.exists() or not (STUDENT / "config.json").exists():
        raise UserError(f"check: {missing(STUDENT if SENTENCES.exists() else SENTENCES)}")
    params = load_params()
    rows = (load(SENTENCES) or load(TARGET))[:SIZE]
    if not rows:
        raise UserError(f"check: {SENTENCES} and {TARGET} are empty; run: dvc repro prepare")
    max_length = params.train.max_length
    tokenizer = load_tokenizer(STUDENT, max_length)
    words, tags = [row["words"] for row in rows], [row.get("tags", ["O"] * len(row["words"])) for row in rows]
    return Slice(params, encode(words, tags, tokenizer, params.labels, max_length), tokenizer.pad_id)


def compare(small: Slice, device: str) -> None:
    """Print the losses of the first steps in fp32 on the CPU and on a device, without dropout.

    Raises:
        UserError: where they differ by more than ``TOLERANCE``.
    """
    expected, losses = first_losses(small, "cpu"), first_losses(small, device)
    differences = [abs(loss - on_cpu) / on_cpu for on_cpu, loss in zip(expected, losses, strict=True)]
    for step, (on_cpu, loss, difference) in enumerate(zip(expected, losses, differences, strict=True), 1):
        verdict = "ok" if difference <= TOLERANCE else "NOT OK"
        print(
            f"loss of step {step} in fp32: {on_cpu:.6f} on the CPU, {loss:.6f} on {device}, "
            f"difference {difference:.1e} of it (at most {TOLERANCE:.0e}): {verdict}",
            flush=True,
        )
    if not all(difference <= TOLERANCE for difference in differences):  # a loss that is no number is not ok
        raise UserError(f"check: losses on {device} differ from the CPU's by more than {TOLERANCE:.0e} of them")


def first_losses(small: Slice, device: str) -> list[float]:
    """Return the losses of the first steps in fp32, without dropout."""
    student = _student(small, "fp32", device, dropout=False)
    student.begin_epoch(1, 0, small.params.train.lr)
    return [float(loss) for loss in _steps(student, small, _batches(small)[:STEPS])]


def time_epoch(small: Slice, device: str) -> None:
    """Print how long an epoch takes on a device, by the compute path of params.yaml, and the peak memory."""
    train_params = small.params.train
    compute = choose_compute(train_params.compute, device)
    os.environ.update(computing.environment(compute))
    student = _student(small, compute, device, dropout=True)
    batches = _batches(small)
    student.begin_epoch(1, 0, train_params.lr)
    _steps(student, small, batches[:STEPS])  # to warm up
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    losses = _steps(student, small, batches)
    mean = float(torch.stack(losses).mean())  # waits for the device
    student.end_epoch()
    seconds = time.perf_counter() - started
    graphs = " with CUDA graphs" if train_params.cuda_graphs else ""
    print(
        f"an epoch of {len(small.data)} sentences, batch {train_params.batch_size}, {compute} on {device}{graphs}: "
        f"{seconds:.2f} s, {len(small.data) / seconds:.0f} sentences/s, mean loss {mean:.4f}"
    )
    if device == "cuda":
        print(f"peak memory on the GPU: {torch.cuda.max_memory_allocated() / 1e9:.2f} GB")


def _student(small: Slice, compute: str, device: str, dropout: bool) -> Padded:
    """Return the student before training, by the method that a GPU takes."""
    train_params = small.params.train
    computing.begin(compute, device, train_params.threads)
    model = untrained(str(STUDENT), small.params.labels, seed=1)
    used = np.unique(np.append(small.data.ids.astype(np.int64), small.pad_id))
    recipe = Recipe(
        train_params.batch_size,
        train_params.max_length,
        train_params.weight_decay,
        train_params.max_grad_norm,
        small.pad_id,
        dropout,
    )
    return Padded(model, used, recipe, Execution.of(compute, device, train_params.cuda_graphs))


def _batches(small: Slice) -> list[NDArray[np.int64]]:
    size = small.params.train.batch_size
    return [np.arange(begin, min(begin + size, len(small.data))) for begin in range(0, len(small.data), size)]


def _steps(student: Padded, small: Slice, batches: list[NDArray[np.int64]]) -> list[torch.Tensor]:
    """Train on batches and return their losses."""
    losses = [student.step(small.data, batch) for batch in batches]
    return [loss for loss in losses if loss is not None]
