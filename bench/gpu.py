"""Training on a GPU, side by side in one run: ``python bench/gpu.py`` (``--device cpu --tiny`` tries it without one).

A student of bert-base's size with random weights on sentences of CoNLL's lengths, batch 16: ``transformers.Trainer``
with dynamic padding, and ours, without CUDA graphs (ours) and with them (graphs), in fp32 and bf16, alone and several
seeds at once in processes. Prints ms a step; the share of the floor that the optimizer's traffic sets (each parameter,
its gradient and two moments read, three of them written, over this device's own speed of copying); and the minutes of
the paper's 190 runs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import transformers
from rich.console import Console
from rich.table import Table

from tinyner.train import compute
from tinyner.train.encoded import Encoded
from tinyner.train.model import Recipe
from tinyner.train.padded import Execution, Padded

BATCH, LENGTH, LABELS, STEPS = 16, 128, 9, 60
RUN = 190 * 8 * 3200 / BATCH  # steps of 190 runs of 8 epochs over 3,200 sentences


def sentences(count: int, vocabulary: int) -> Encoded:
    """Return random sentences, in lengths as CoNLL's."""
    generator = np.random.default_rng(1)
    lengths = np.clip(generator.gamma(2.2, 9.3, count).astype(np.int64), 4, LENGTH)
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    words = lengths - 2
    firsts = np.concatenate([np.arange(1, count + 1) for count in words]).astype(np.int32)
    gold = generator.integers(0, LABELS, len(firsts)).astype(np.int16)
    ids = generator.integers(1000, vocabulary, bounds[-1]).astype(np.int32)
    word_weights, word_bounds = np.ones(len(firsts), dtype=np.float32), np.concatenate([[0], np.cumsum(words)])
    return Encoded(ids, bounds, firsts, gold, word_weights, word_bounds, np.zeros(3, dtype=np.int64))


def model_of(tiny: bool) -> Any:
    """Return a model of random weights."""
    small: Any = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    config = transformers.BertConfig(**(small if tiny else {}))
    config.num_labels = LABELS
    torch.manual_seed(0)
    return transformers.BertForTokenClassification(config)


def wait(device: str) -> None:
    """Wait until the device has done its work."""
    if device == "cuda":
        torch.cuda.synchronize()


def ours(device: str, path: str, tiny: bool, graphs: bool = False) -> float:
    """Return seconds a step of our own."""
    compute.begin(path, device, 1)
    model = model_of(tiny)
    data = sentences(1000, model.config.vocab_size)
    used = np.unique(np.append(data.ids.astype(np.int64), 0))
    student = Padded(model, used, Recipe(BATCH, LENGTH, 0.0, 1.0, 0), Execution.of(path, device, graphs))
    student.begin_epoch(1, 0, 5e-5)
    order = np.random.default_rng(2).permutation(1000)[: STEPS * BATCH].reshape(-1, BATCH)
    for batch in order[:5]:
        student.step(data, batch)
    wait(device)
    begun = time.perf_counter()
    for batch in order:
        student.step(data, batch)
    wait(device)
    return (time.perf_counter() - begun) / len(order)


def graphs(device: str, path: str, tiny: bool) -> float:
    """Return seconds a step of our own with CUDA graphs."""
    return ours(device, path, tiny, graphs=True)


def trainer(device: str, path: str, tiny: bool) -> float:
    """Return seconds a step of ``transformers.Trainer``."""
    compute.begin("fp32", device, 1)
    model = model_of(tiny)
    data = sentences(1000, model.config.vocab_size)
    rows = []
    for index in range(STEPS * BATCH):
        ids, firsts, gold, _ = data.sentence(index % len(data))
        labels = np.full(len(ids), -100)
        labels[firsts] = gold
        rows.append({"input_ids": ids.astype(int), "attention_mask": np.ones(len(ids), dtype=int), "labels": labels})

    def collate(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        fillers = {"input_ids": 0, "attention_mask": 0, "labels": -100}
        return {
            name: torch.nn.utils.rnn.pad_sequence([torch.as_tensor(row[name]) for row in batch], True, filler)
            for name, filler in fillers.items()
        }

    with tempfile.TemporaryDirectory() as place:
        settings: Any = {"report_to": [], "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
        settings |= {"per_device_train_batch_size": BATCH, "use_cpu": device == "cpu", "bf16": path == "bf16"}
        arguments = transformers.TrainingArguments(place, num_train_epochs=1, **settings)
        parts: Any = {"data_collator": collate, "train_dataset": rows}
        made = transformers.Trainer(model, arguments, **parts)
        begun = time.perf_counter()
        made.train()
        wait(device)
    return (time.perf_counter() - begun) / STEPS


def floor(device: str, tiny: bool) -> float:
    """Return the seconds that the optimizer's traffic alone takes, at the speed of a copy."""
    parameters = sum(parameter.numel() for parameter in model_of(tiny).parameters())
    source = torch.empty(1 << 26, device=device)
    target = torch.empty_like(source)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        target.copy_(source)
        wait(device)
        times.append(time.perf_counter() - begun)
    return float(parameters * 7 * 4 * min(times) / (2 * 4 * source.numel()))


CONTESTANTS: dict[str, Callable[[str, str, bool], float]] = {"trainer": trainer, "ours": ours, "graphs": graphs}


def measure(contestant: str, path: str, count: int, options: list[str]) -> float:
    """Return seconds a step and seed, ``count`` seeds at once."""
    command = [sys.executable, __file__, "--child", f"{contestant} {path}", *options]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    outputs = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise SystemExit(f"{contestant} in {path} failed, {count} at once")
    return float(max(json.loads(output.splitlines()[-1]) for output in outputs) / count)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a small student, to see whether it works")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument(
        "--compute", choices=("fp32", "tf32", "bf16"), nargs="+", help="default: fp32, on a GPU bf16 too"
    )
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    device, tiny = arguments.device, arguments.tiny
    if arguments.child:
        contestant, path = arguments.child.split()
        print(json.dumps(CONTESTANTS[contestant](device, path, tiny)))
        return
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    least = floor(device, tiny)
    table = Table("", title=f"{name}, batch {BATCH}", title_justify="left", box=None)
    for column in ("at once", "ms a step and seed", "share of the floor", "minutes of 190 runs"):
        table.add_column(column, justify="right")
    of_ours = ("ours", "graphs") if device == "cuda" else ("ours",)
    measured = [("trainer", 1), *((contestant, count) for count in arguments.at_once for contestant in of_ours)]
    for path in arguments.compute or (("fp32", "bf16") if device == "cuda" else ("fp32",)):
        for contestant, count in measured:
            seconds = measure(contestant, path, count, ["--device", device, *(["--tiny"] if tiny else [])])
            minutes = seconds * RUN / 60
            row = (f"{contestant}, {path}", str(count), f"{seconds * 1e3:.2f}", f"{least / seconds:.0%}")
            table.add_row(*row, f"{minutes:.0f}")
            print(*row, flush=True)  # a machine that is lent may go before the table is whole
    Console().print(table)
    print(f"floor: {least * 1e3:.3f} ms a step")


if __name__ == "__main__":
    main()
