"""How prediction, training and annotation grow with cores and nodes: ``python bench/scaling.py``, after ``dvc repro``.

CoNLL's test split in eight shards, labelled by ``tinyner predict``: one process at a time, a process a core, and as
tasks on Ray clusters of one and two nodes of one core each, on this machine. Then short trainings of one seed each,
on such clusters. Then the annotate stage asks a stand-in for an LLM's server that answers each request after a second:
so many requests at once as a server on each node would bear. Starting processes and loading the student are part of
all times, as they are of a user's run. The last line says what 100 million sentences cost at the best speed of
prediction; ``--usd`` is the price of a core's hour, ``--only PART`` measures a part.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ray.cluster_utils import Cluster

from annotate_runs import ours, workspace
from llm_server import served
from tinyner import cli
from tinyner.machine import available_cores
from tinyner.prepare import corpus
from tinyner.prepare.student import fetch_student
from tinyner.train.cell import Data
from tinyner.train.cell_key import data_digest
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode
from tinyner.train.jobs import Job
from tinyner.train.ray_backend import train_jobs
from tinyner.train.store import Store
from tinyner.train.subwords import load_tokenizer
from train import LENGTH, cell_of, prepared

SHARDS = 8
CELLS, CELL_SENTENCES = 4, 400
REQUESTS, AT_ONCE, LATENCY = 2000, 32, 1.0  # to a node's server; seconds
MANY = 100_000_000
PARTS = ("prediction", "training", "annotation")
TYPES = ["LOC", "MISC", "ORG", "PER"]


def write_shards(folder: Path) -> int:
    """Write the shards, and return how many sentences they have."""
    sentences = [row["words"] for row in corpus.conll_2003(TYPES)["test"]]
    folder.mkdir()
    for number in range(SHARDS):
        lines = (json.dumps({"words": words}) + "\n" for words in sentences[number::SHARDS])
        (folder / f"part-{number}.jsonl").write_text("".join(lines))
    return len(sentences)


@contextmanager
def cluster(nodes: int) -> Iterator[None]:
    """Start a Ray cluster of nodes with one core each, at $RAY_ADDRESS."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(nodes):
            made.add_node(num_cpus=1)
        os.environ["RAY_ADDRESS"] = made.address
        yield
    finally:
        made.shutdown()


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def jobs(folder: Path) -> list[Job]:
    """Return one epoch of some sentences for each of some seeds."""
    data, labels = prepared(folder)
    rows = corpus.conll_2003(TYPES)["train"][:CELL_SENTENCES]
    tokenizer = load_tokenizer(folder, LENGTH)
    train = encode([row["words"] for row in rows], [row["tags"] for row in rows], tokenizer, labels, LENGTH)
    small = Data(train, data.dev, data.dev, (len(train), 0))
    cell = replace(cell_of(labels, 16, choose_compute("auto", "cpu"), 1), data=data_digest(small), student="bench")
    return [Job(replace(cell, seed=seed), small, folder) for seed in range(CELLS)]


def measure_prediction(model: str, place: Path, usd: float) -> None:
    """Print how fast shards are labelled, and what many sentences cost at the best speed."""
    texts, best = place / "texts", 0.0
    count = write_shards(texts)

    def predict(name: str, *options: str) -> None:
        nonlocal best
        words = ["predict", str(texts), "-o", f"{place}/{name.replace(' ', '-')}/", "-m", model, *options]
        seconds = seconds_of(lambda: cli.run(words))
        best = max(best, count / seconds)
        print(f"| {name} | {seconds:.1f} | {count / seconds:.0f} |", flush=True)

    cores = available_cores()
    print(f"{count:,} sentences in {SHARDS} shards, {cores} cores\n")
    print("| | seconds | sentences/s |\n| --- | ---: | ---: |")
    os.environ["TINYNER_WORKERS"] = "1"
    predict("one process")
    del os.environ["TINYNER_WORKERS"]
    predict("a process a core")
    predict("a process a core, 8 bits", "--int8")
    for nodes in (1, 2):
        with cluster(nodes):
            predict(f"Ray, {nodes} of one core", "--engine", "ray")
    hours = MANY / best / 3600 * cores
    print(f"\n{MANY:,} sentences at {best:.0f} sentences/s: {hours:,.0f} hours of a core, {hours * usd:,.2f} USD\n")


def measure_training(place: Path) -> None:
    """Print how long some cells take."""
    student = place / "student"
    fetch_student("wheel", student)
    cells = jobs(student)
    print(f"{CELLS} cells of {CELL_SENTENCES} sentences\n\n| | seconds |\n| --- | ---: |")
    for nodes in (1, 2):
        with cluster(nodes):
            store = Store(place / f"cells-{nodes}")
            seconds = seconds_of(lambda store=store: train_jobs(cells, store, lambda *_: None))  # type: ignore[misc]
        print(f"| Ray, {nodes} of one core | {seconds:.1f} |", flush=True)
    print()


def measure_annotation(place: Path) -> None:
    """Print how long the annotate stage takes, with a server of the same speed for each node."""
    folder = workspace(place, REQUESTS)
    print(f"{REQUESTS:,} requests of {LATENCY:.0f} s, {AT_ONCE} at once to a node's server\n")
    print("| | seconds | requests/s |\n| --- | ---: | ---: |")

    def annotate(name: str, nodes: int, mode: str) -> None:
        with served(LATENCY, None) as url, tempfile.TemporaryDirectory() as store:
            run = ours(folder, url, AT_ONCE * nodes, Path(store), mode)
        if run["error"] or run["replies"] != REQUESTS:
            raise SystemExit(f"{name}: {run['replies']} replies; {run['log'].read_text()[-500:]}")
        print(f"| {name} | {run['whole']:.1f} | {REQUESTS / run['whole']:.1f} |", flush=True)

    annotate("one machine, no Ray", 1, "online")
    for nodes in (1, 2, 4):
        with cluster(nodes):
            annotate(f"Ray, {nodes} of one core", nodes, "ray")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="models/student")
    parser.add_argument("--usd", type=float, default=0.05, help="price of an hour of a core (default: %(default)s)")
    parser.add_argument("--only", choices=PARTS, help="what is measured (default: all)")
    arguments = parser.parse_args()
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if arguments.only in {None, "prediction"}:
            measure_prediction(arguments.model, place, arguments.usd)
        if arguments.only in {None, "training"}:
            measure_training(place)
        if arguments.only in {None, "annotation"}:
            measure_annotation(place)


if __name__ == "__main__":
    main()
