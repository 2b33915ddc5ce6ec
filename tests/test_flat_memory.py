"""Memory does not grow with the number of sentences, but for a few bytes each: stages clean and align, and predict.

How stage prepare reads and ranks is in tests/corpus_files/test_spool.py; ``python bench/load.py`` measures all four.
"""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.in_process import stage
from tinyner.files import load, sha256_text, write_rows
from tinyner.predict import labelling
from tinyner.predict.inputs import Inputs
from tinyner.predict.labelling import Counts, labelled_blocks
from tinyner.predict.tagger import Tagged

COUNTS = (1000, 2500)
WORDS = ["Rosa", "left", "Mainz", "and", "went", "on", "for", "two", "more", "days", "."]


def growth(peak_of: Callable[[int], int]) -> float:
    """Return how many bytes the peak of memory grows by, a sentence more."""
    small, large = map(peak_of, COUNTS)
    return (large - small) / (COUNTS[1] - COUNTS[0])


def peak(work: Callable[[], None]) -> int:
    work()  # what is kept for good is there then: modules, caches
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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


class PlainTagger:
    """Finds nothing."""

    def label(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        return [Tagged(["O"] * len(words), []) for words in sentences]


def test_predict_has_a_block_of_texts_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelling, "BLOCK", 100)
    files = {count: tmp_path / f"{count}.txt" for count in COUNTS}
    for count, path in files.items():
        path.write_text("".join(f"{' '.join(WORDS)} {number}\n" for number in range(count)))

    def run(count: int) -> int:
        def work() -> None:
            inputs: Any = Inputs([files[count]])
            inputs.check()
            counts = Counts()
            blocks: Iterator[Sequence[Any]] = labelled_blocks(inputs.texts(), PlainTagger(), counts)
            assert max(map(len, blocks)) == 100
            assert counts.texts == count

        return peak(work)

    assert growth(run) < 50
