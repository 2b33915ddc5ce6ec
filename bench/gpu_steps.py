"""Check a GPU on packed sentences: ``python bench/gpu_steps.py FOLDER MODE`` (FOLDER: see bench/gpu_study.py).

Prints how far the losses of the first six steps, without dropout, are from the CPU's in fp32; the milliseconds of a
step (batch and student are those of the last experiment in FOLDER); and whether two trainings of two epochs give the
same bytes. MODE plain: fp32 without CUDA graphs; graphs: fp32 with them; bf16: with them.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
import torch

from gpu_study import InMemory, read_data, read_experiments
from tinyner.train import compute as computing
from tinyner.train.cell import Cell, Data
from tinyner.train.loop import train_cell
from tinyner.train.model import Recipe, untrained
from tinyner.train.padded import Execution, Padded

COMPARED, TIMED = 6, 150
"""Steps whose losses are compared, and at least so many more that are timed."""


def student(cell: Cell, folder: Path, data: Data) -> Padded:
    """Return a cell's student before training, without dropout."""
    computing.begin(cell.compute, cell.device, 1)
    used = np.unique(np.append(data.train.ids.astype(np.int64), cell.pad_id))
    recipe = Recipe(cell.batch_size, cell.max_length, cell.weight_decay, cell.max_grad_norm, cell.pad_id, False)
    made = Padded(
        untrained(str(folder), cell.labels, 1), used, recipe, Execution.of(cell.compute, cell.device, cell.cuda_graphs)
    )
    made.begin_epoch(1, 0, 1e-4)
    return made


def main() -> None:
    """Compare, time, and train twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("mode", choices=("plain", "graphs", "bf16"))
    arguments = parser.parse_args()
    compute, graphs = "bf16" if arguments.mode == "bf16" else "fp32", arguments.mode != "plain"
    experiment = read_experiments(arguments.folder)[-1]
    cell = dataclasses.replace(experiment.cells[0], cuda_graphs=graphs, compute=compute)
    data = read_data(arguments.folder, cell, experiment.sizes)
    folder = arguments.folder / "students" / cell.student
    size = cell.batch_size
    batches = np.random.default_rng(1).permutation(len(data.train) // size * size).reshape(-1, size)
    on_cpu = student(dataclasses.replace(cell, compute="fp32", device="cpu"), folder, data)
    expected = [float(loss) for batch in batches[:COMPARED] if (loss := on_cpu.step(data.train, batch)) is not None]
    on_gpu = student(cell, folder, data)
    losses = [float(loss) for batch in batches[:COMPARED] if (loss := on_gpu.step(data.train, batch)) is not None]
    differences = [abs(loss - other) / other for loss, other in zip(losses, expected, strict=True)]
    print(f"{torch.cuda.get_device_name()}, {arguments.mode}: losses differ by at most {max(differences):.1e} of them")
    torch.cuda.synchronize()
    begun, count = time.perf_counter(), 0
    while count < TIMED:
        for batch in batches:
            on_gpu.step(data.train, batch)
            count += 1
    torch.cuda.synchronize()
    print(f"{(time.perf_counter() - begun) / count * 1e3:.2f} ms a step of {size} sentences", flush=True)
    trained = []
    for _ in range(2):
        keeper = InMemory()
        short = dataclasses.replace(cell, shares=cell.shares[:2])
        train_cell(short, folder, data, keeper, lambda row: None)
        assert keeper.trained is not None
        trained.append(keeper.trained.test.tobytes())
    print(f"trained twice: {'the same bytes' if trained[0] == trained[1] else 'OTHER BYTES'}")


if __name__ == "__main__":
    main()
