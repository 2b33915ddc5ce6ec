"""Memory does not grow with the number of sentences, but for a few bytes each: stages clean and align, and predict.

How stage prepare reads and ranks is in tests/corpus_files/test_spool.py; ``python bench/load.py`` measures all four.
"""

import gzip
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tests.conftest import ROOT
from tests.in_process import stage
from tinyner.files import load, sha256_text, write_rows
from tinyner.predict import labelling, parquet_texts
from tinyner.predict.inputs import Inputs
from tinyner.predict.labelling import Counts, labelled_blocks
from tinyner.predict.output_format import OutputFormat
from tinyner.predict.sinks import Outputs, opened
from tinyner.predict.tagger import Tagged

COUNTS = (1000, 2500)
FEW = (500, 1000)  # of long words: more than what is read ahead
POOLS: list[pyarrow.MemoryPool] = []  # kept: Arrow may free memory later, and dies where its pool is gone
WORDS = ["Rosa", "left", "Mainz", "and", "went", "on", "for", "two", "more", "days", "."]


def growth(peak_of: Callable[[int], int], counts: tuple[int, int] = COUNTS) -> float:
    """Return how many bytes the peak of memory grows by, a sentence more."""
    small, large = map(peak_of, counts)
    return (large - small) / (counts[1] - counts[0])


def peak(work: Callable[[], None]) -> int:
    work()  # what is kept for good is there then: modules, caches
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def arrows_peak(work: Callable[[], None]) -> int:
    """Return what Arrow takes, which Python does not see."""
    usual, counted = pyarrow.default_memory_pool(), pyarrow.proxy_memory_pool(pyarrow.default_memory_pool())
    POOLS.append(counted)
    pyarrow.set_memory_pool(counted)
    try:
        work()
    finally:
        pyarrow.set_memory_pool(usual)
    return int(counted.max_memory() or 0)


def write_project(folder: Path, count: int) -> None:
    """Write sentences with replies that are in a file: what becomes of the rows does not depend on the parser."""
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    digest = sha256_text(" ".join(WORDS))
    spans = [{"start": 0, "end": 1, "label": "PER"}, {"start": 2, "end": 3, "label": "LOC"}]
    reply = {"text_sha256": digest, "annotator": "x", "prompt_sha256": "", "reply": "", "spans": spans}
    names = [f"s{number}" for number in range(count)]
    write_rows(folder / "data/prepared/target.jsonl", ({"id": name, "words": WORDS} for name in names))
    write_rows(folder / "data/annotated/target.jsonl", ({"id": name, **reply} for name in names))
    for name in ("prepared/related", "prepared/original", "annotated/related", "annotated/gold", "annotated/prompts"):
        write_rows(folder / f"data/{name}.jsonl", [])


@pytest.mark.slow
def test_clean_and_align_have_a_sentence_in_memory_at_a_time(tmp_path: Path) -> None:
    def run(count: int, name: str) -> int:
        folder = tmp_path / str(count)
        if not folder.exists():
            folder.mkdir()
            write_project(folder, count)

        def work() -> None:
            done = stage(folder, name)
            assert done.returncode == 0, done.stderr

        return peak(work)

    for name in ("clean", "align"):
        assert growth(lambda count, name=name: run(count, name)) < 50  # type: ignore[misc]
    assert len(load(tmp_path / f"{COUNTS[1]}/data/aligned/target.jsonl")) == COUNTS[1]


class FirstWordTagger:
    """Finds that each sentence begins with a person."""

    def label(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        return [Tagged(["B-PER", *["O"] * (len(words) - 1)], [0.9]) for words in sentences]


def parquet(texts: Sequence[Sequence[str]]) -> bytes:
    content = io.BytesIO()
    table = pyarrow.table({"text": [" ".join(words) for words in texts]})
    pyarrow.parquet.write_table(table, content, row_group_size=100)
    return content.getvalue()


def long_word(number: int) -> str:
    """Return 256 characters that hardly can be compressed."""
    return "".join(sha256_text(f"{number} {part}") for part in range(4))


FILES: dict[str, Callable[[Sequence[Sequence[str]]], bytes]] = {
    "a.txt": lambda texts: "".join(f"{' '.join(words)}\n" for words in texts).encode(),
    "texts.jsonl": lambda texts: "".join(f"{json.dumps({'text': ' '.join(words)})}\n" for words in texts).encode(),
    "words.jsonl": lambda texts: "".join(f"{json.dumps({'id': 1, 'words': words})}\n" for words in texts).encode(),
    "a.csv": lambda texts: "".join(["text,more\n", *(f'"{" ".join(words)}",x\n' for words in texts)]).encode(),
    "a.tsv": lambda texts: "".join(["more\ttext\n", *(f"x\t{' '.join(words)}\n" for words in texts)]).encode(),
    "a.conll": lambda texts: "".join("".join(f"{word} O\n" for word in words) + "\n" for words in texts).encode(),
    "a.jsonl.gz": lambda texts: gzip.compress(FILES["texts.jsonl"](texts)),
    "a.parquet": parquet,
}


@pytest.mark.parametrize("name", FILES)
def test_predict_has_a_block_of_texts_in_memory_at_a_time(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labelling, "BLOCK", 50)
    monkeypatch.setattr(parquet_texts, "_ROWS", 50)
    monkeypatch.setattr(gzip, "READ_BUFFER_SIZE", 8192, raising=False)  # of Python 3.12 and later: 131,072
    files = {count: tmp_path / str(count) / name for count in FEW}
    for count, path in files.items():
        path.parent.mkdir()
        path.write_bytes(FILES[name]([["Rosa", "left", long_word(number)] for number in range(count)]))

    def run(count: int) -> int:
        def work() -> None:
            inputs: Any = Inputs([files[count]])
            inputs.check()
            counts = Counts()
            blocks: Iterator[Sequence[Any]] = labelled_blocks(inputs.texts(), FirstWordTagger(), counts)
            assert max(map(len, blocks)) == 50
            assert counts.texts == count

        return peak(work) + arrows_peak(work)

    assert growth(run, FEW) < 100  # a text alone has 300


@pytest.mark.parametrize("chosen", ["jsonl", "conll", "csv", "brat"])
def test_predict_writes_a_block_of_texts_at_a_time(
    chosen: OutputFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each format, with the page besides; tsv is csv with another sign."""
    monkeypatch.setattr(labelling, "BLOCK", 50)
    files = {count: tmp_path / f"{count}.txt" for count in FEW}
    for count, path in files.items():
        path.write_bytes(FILES["a.txt"]([[long_word(number), "left", "Mainz"] for number in range(count)]))
    targets = iter(range(100))

    def run(count: int) -> int:
        def work() -> None:
            target = tmp_path / f"out{next(targets)}"
            outputs = Outputs(target, chosen, target.with_suffix(".page.html"))
            inputs, counts = Inputs([files[count]]), Counts.of(["PER"])
            inputs.check()
            with opened(outputs, chosen, [str(files[count])], None) as sinks:
                for block in labelled_blocks(inputs.texts(), FirstWordTagger(), counts):
                    sinks.write(block, counts)
                sinks.end(counts)
            assert counts.entities == count

        return peak(work)

    assert growth(run, FEW) < 100
    written = [path for path in tmp_path.rglob("*") if path.is_file() and "out" in str(path.relative_to(tmp_path))]
    for is_page in (True, False):
        size = sum(path.stat().st_size for path in written if path.name.endswith(".page.html") is is_page)
        assert size > 2 * 256 * sum(FEW)  # each run twice
