"""NoiseBench's six kinds of real noise as annotators, each scored as the issue of this project says.

Merdjanovska et al., EMNLP 2024. The data are not in the repository; docs/data.md says how a user gets them.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.annotate.label_stages import annotator, metrics, run, write_project
from tests.conftest import ROOT
from tinyner.annotate.label_files import read_labels
from tinyner.bio import tags_to_spans
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.files import load, sha256_file
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.span_counts import SpanCounts, pair_types

FOLDER = ROOT.parent / "shared/data/noisebench"
F1 = {"expert": 0.943, "crowdbest": 0.844, "distant": 0.678, "crowd": 0.633, "weak": 0.613, "llm": 0.554}
"""Strict F1 against the clean labels of the training sentences."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FOLDER.exists(), reason="no shared data beside the checkout")]


@pytest.fixture(scope="module")
def target() -> list[Sentence]:
    clean = FOLDER / "clean_train.txt"
    return list(user_files.read(clean, clean.name, "own", Reading.of_types(["LOC", "MISC", "ORG", "PER"])))


def annotators(*kinds: str) -> dict[str, dict[str, Any]]:
    files = {kind: FOLDER / f"{kind}_train.txt" for kind in kinds}
    return {kind: annotator(f"{file}#sha256={sha256_file(file)}", model=kind) for kind, file in files.items()}


@pytest.mark.long
def test_two_kinds_of_noise_vote_and_each_has_its_f1(target: list[Sentence], tmp_path: Path) -> None:
    write_project(tmp_path, target, annotators("distant", "llm"), ["distant", "llm"])
    done = run(tmp_path, "annotate")
    assert done.stdout.count("labels for 4,879 of 4,879 target sentences") == 2
    for name in ("clean", "align"):
        run(tmp_path, name)
    scores = {row["of"]: round(row["f1"], 3) for row in metrics(tmp_path, "align")["votes"]}
    assert (scores["vote 0, distant"], scores["vote 1, llm"]) == (F1["distant"], F1["llm"])
    outcomes = {row["outcome"] for row in metrics(tmp_path, "align")["ledger"] if row["mentions"]}
    assert outcomes == {"exact"}
    assert len(load(tmp_path / "data/aligned/target.jsonl")) == len(target)


@pytest.mark.parametrize("kind", ["expert", "crowdbest", "crowd", "weak"])
def test_the_spans_of_each_other_kind_have_its_f1(kind: str, target: list[Sentence], tmp_path: Path) -> None:
    write_project(tmp_path, target, annotators(kind), kind)
    replies = read_labels(load_params(tmp_path / "params.yaml"), {"target": target}, kind).replies
    pairs = []
    for sentence in target:
        spans = [
            (span["start"], span["end"], span["label"]) for span in replies["target", sentence["id"]]["spans"] or ()
        ]
        pairs += pair_types(tags_to_spans(sentence["tags"]), spans)
    counts = SpanCounts.of(pairs)
    assert round(2 * counts.true / (counts.predicted + counts.gold), 3) == F1[kind]
