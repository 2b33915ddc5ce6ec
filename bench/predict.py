"""Prediction, side by side in one run: ``python bench/predict.py [MODEL]``, after ``dvc repro``.

The same model and weights on 1,500 sentences of CoNLL's test split: the pipeline of ``transformers`` one text at a
time and at its best batch size, ours in fp32, and ours in 8 bits on ONNX Runtime. All have all cores; loading is not
counted. Labels are compared word by word. (spaCy's and GLiNER's weights are not to be had from PyPI.)
"""

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from rich.console import Console
from rich.table import Table

from tinyner.predict.tagger import Tagger
from tinyner.prepare import corpus
from tinyner.scores import strict

ROUNDS = 3
BATCHES = (4, 8, 16, 32)


def best_of(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the fastest of some rounds, after one to warm up, and what it gave."""
    times = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        found = work()
        times.append(time.perf_counter() - begun)
    return min(times[1:]), found


def _batched(pipeline: Any, texts: list[str], size: int) -> list[Any]:
    return list(pipeline(texts, batch_size=size))


def by_word(found: list[Any], words: list[list[str]]) -> list[list[str]]:
    """The pipeline's labels of each word's first subword: entities begin at the word's first character."""
    result = []
    for entities, own in zip(found, words, strict=True):
        labels = {entity["start"]: entity["entity"] for entity in entities}
        place, tags = 0, []
        for word in own:
            tags.append(labels.get(place, "O"))
            place += len(word) + 1
        result.append(tags)
    return result


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "models/student")
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    types = ["LOC", "MISC", "ORG", "PER"]
    rows = corpus.read("wheel", types)["test"][:1500]
    words, gold = [row["words"] for row in rows], [row["tags"] for row in rows]
    texts = [" ".join(row) for row in words]
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    pipeline: Any = transformers.pipeline("token-classification", str(folder), device="cpu", ignore_labels=[])
    measured = {"pipeline, one at a time": best_of(lambda: [pipeline(text) for text in texts])}
    batched = {size: best_of(functools.partial(_batched, pipeline, texts, size)) for size in BATCHES}
    size = min(batched, key=lambda size: batched[size][0])
    measured[f"pipeline, batches of {size}"] = batched[size]
    baseline = batched[size][0]
    tags = {name: by_word(found, words) for name, (_, found) in measured.items()}
    for name, int8 in (("ours", False), ("ours, 8 bits on ONNX Runtime", True)):
        tagger = Tagger(folder, int8=int8, threads=threads)
        measured[name] = best_of(functools.partial(tagger.tags, words))
        tags[name] = measured[name][1]
    table = Table("", title=f"1,500 sentences, {threads} cores", title_justify="left", box=None)
    for name in ("seconds", "sentences/s", "x best batched", "words labelled otherwise", "strict F1"):
        table.add_column(name, justify="right")
    reference = tags[f"pipeline, batches of {size}"]
    for name, (seconds, _) in measured.items():
        other = sum(
            one != two
            for row, own in zip(reference, tags[name], strict=True)
            for one, two in zip(row, own, strict=True)
        )
        score = strict(gold, tags[name], types)["micro"]["f1"]
        table.add_row(
            name, f"{seconds:.2f}", f"{1500 / seconds:.0f}", f"{baseline / seconds:.1f}", f"{other}", f"{score:.4f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
