"""Prediction, side by side in one run: ``python bench/predict.py [MODEL]``, after ``dvc repro``.

The same model and weights on 1,500 sentences of CoNLL's test split: the pipeline of ``transformers`` at its best batch
size and one text at a time, ours in fp32, and ours in 8 bits on ONNX Runtime. All have all cores; loading is not
counted. Each row is printed once it is measured. The batch size is sought on every tenth sentence, and one text at a
time is measured on these only, its seconds scaled up: the whole would take minutes. Labels are compared word by word
with those of the first row. (spaCy's and GLiNER's weights are not to be had from PyPI.)
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from tinyner.machine import available_cores
from tinyner.predict.tagger import Tagger
from tinyner.prepare import corpus
from tinyner.scores import strict

SENTENCES = 1500
STEP = 10  # the slice has every tenth sentence
ROUNDS = 2
BATCH_SIZES = (4, 8, 16, 32)
TYPES = ["LOC", "MISC", "ORG", "PER"]

Tags = list[list[str]]
"""The tags of sentences."""


def timed(work: Callable[[], Tags], rounds: int = 1) -> tuple[float, Tags]:
    """Return the seconds of the fastest of some rounds, and what the work gives."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        tags = work()
        times.append(time.perf_counter() - begun)
    return min(times), tags


def tags_by_word(entities_by_text: Sequence[Any], sentences: Sequence[Sequence[str]]) -> Tags:
    """Return the pipeline's label of each word, by the entity that begins at the word's first character, else O."""
    tags_by_sentence = []
    for entities, words in zip(entities_by_text, sentences, strict=True):
        labels = {entity["start"]: entity["entity"] for entity in entities}
        place, tags = 0, []
        for word in words:
            tags.append(labels.get(place, "O"))
            place += len(word) + 1
        tags_by_sentence.append(tags)
    return tags_by_sentence


def print_row(*cells: str) -> None:
    """Print a row of the table."""
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "models/student")
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    begun = time.perf_counter()
    rows = corpus.conll_2003(TYPES)["test"][:SENTENCES]
    sentences, gold = [row["words"] for row in rows], [row["tags"] for row in rows]
    texts = [" ".join(words) for words in sentences]
    threads = available_cores()
    torch.set_num_threads(threads)
    pipeline: Any = transformers.pipeline("token-classification", str(folder), device="cpu", ignore_labels=[])

    def batched(size: int, step: int = 1) -> Tags:
        return tags_by_word(list(pipeline(texts[::step], batch_size=size)), sentences[::step])

    def by_text() -> Tags:
        return tags_by_word([pipeline(text) for text in texts[::STEP]], sentences[::STEP])

    print(f"{len(texts):,} sentences, {threads} cores\n")
    print_row("", "seconds", "sentences/s", "x best batched", "words labelled otherwise", "strict F1")
    print_row("---", *["---:"] * 5)
    by_text()  # to warm up
    size = min(BATCH_SIZES, key=lambda size: timed(lambda: batched(size, STEP))[0])
    baseline, reference = timed(lambda: batched(size), ROUNDS)

    def show(name: str, seconds: float, tags: Tags, step: int = 1) -> None:
        other = sum(
            tag != reference_tag
            for words, reference_words in zip(tags, reference[::step], strict=True)
            for tag, reference_tag in zip(words, reference_words, strict=True)
        )
        rate, ratio = f"{len(texts) / seconds:.0f}", f"{baseline / seconds:.1f}"
        f1 = f"{strict(gold, tags, TYPES)['micro']['f1']:.4f}" if step == 1 else "not measured"
        print_row(name, f"{seconds:.2f}", rate, ratio, str(other), f1)

    show(f"pipeline, batches of {size}", baseline, reference)
    seconds, tags = timed(by_text)
    measured = len(texts[::STEP])
    show(f"pipeline, one at a time (of {measured}, scaled)", seconds * len(texts) / measured, tags, STEP)
    for name, int8 in (("ours", False), ("ours, 8 bits on ONNX Runtime", True)):
        tagger = Tagger(folder, int8=int8, threads=threads)
        tagger.tags(sentences[::STEP])  # to warm up
        show(name, *timed(lambda tagger=tagger: tagger.tags(sentences), ROUNDS))  # type: ignore[misc]
    print(f"\nmeasured in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
