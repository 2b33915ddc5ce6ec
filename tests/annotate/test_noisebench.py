"""NoiseBench's six kinds of real noise as annotators, each scored as the issue of this project says.

Merdjanovska et al., EMNLP 2024. The data are not in the repository; docs/data.md says how a user gets them.
"""

from pathlib import Path

import pytest

from tests.annotate.label_stages import annotator, metrics, run, write_project
from tests.conftest import ROOT
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.files import load, sha256_file

FOLDER = ROOT.parent / "shared/data/noisebench"
F1 = {"expert": 0.943, "crowdbest": 0.844, "distant": 0.678, "crowd": 0.633, "weak": 0.613, "llm": 0.554}
"""Strict F1 against the clean labels of the training sentences."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FOLDER.exists(), reason="no shared data beside the checkout")]


def test_each_kind_of_noise_comes_out_with_its_f1_and_all_as_votes(tmp_path: Path) -> None:
    clean = FOLDER / "clean_train.txt"
    target = user_files.read(clean, clean.name, "own", Reading.of_types(["LOC", "MISC", "ORG", "PER"]))
    files = {kind: FOLDER / f"{kind}_train.txt" for kind in F1}
    annotators = {kind: annotator(f"{file}#sha256={sha256_file(file)}", model=kind) for kind, file in files.items()}
    write_project(tmp_path, target, annotators, list(F1))
    done = run(tmp_path, "annotate")
    assert done.stdout.count("labels for 4879 of 4879 target sentences") == len(F1)
    for name in ("clean", "align"):
        run(tmp_path, name)
    scores = {row["of"]: row["f1"] for row in metrics(tmp_path, "align")["votes"]}
    assert {kind: round(scores[f"vote {vote}, {kind}"], 3) for vote, kind in enumerate(F1)} == F1
    outcomes = {row["outcome"]: row["mentions"] for row in metrics(tmp_path, "align")["ledger"] if row["mentions"]}
    assert list(outcomes) == ["exact"]
    assert len(load(tmp_path / "data/aligned/target.jsonl")) == len(target)
