"""From two files of a user to sentences that an LLM labelled, with the real DVC: stages read what init writes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.annotate.workspace import completion, sentence_of
from tests.conftest import ROOT, Handler
from tests.e2e.project import clone_of_this, rows_of, run, run_stage
from tests.init.workspace import labelled, texts, would_be_added, write_csv, write_jsonl
from tinyner.files import load

TYPES = {"aspirin": "DRUG", "warfarin": "DRUG", "ibuprofen": "DRUG", "heparin": "DRUG"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository, code included, as DVC wants it."""
    return clone_of_this(tmp_path / "clone", "results/", "data/recorded/", "tests/")


def teacher(body: bytes) -> bytes:
    words = sentence_of(body).split()
    drugs = [word for word in words if word in TYPES]
    doses = ["5 mg"] if "mg" in words else []
    return completion(f"Result: {json.dumps({'DRUG': drugs, 'DOSE': doses})}")


def test_two_files_become_labelled_sentences(
    clone: Path, first_layer: Path, tmp_path: Path, serve: Callable[[Handler], str]
) -> None:
    asked: list[str] = []

    def answer(_: str, body: bytes) -> tuple[int, bytes]:
        asked.append(json.loads(body)["messages"][0]["content"])
        return 200, teacher(body)

    write_csv(tmp_path / "notes.csv", texts(80))
    write_jsonl(clone / "labelled.jsonl", labelled(60))
    types = "DRUG: a substance given to a patient; DOSE: how much of it"
    words = ("--sentences", "../notes.csv", "--gold", "labelled.jsonl", "--types", types, "--annotator", "local")
    server = f"annotate.annotators.local.base_url={serve(answer)}/v1"
    output = run(clone, "tinyner", "init", *words, "--student", str(first_layer), "-S", server)
    asked_git = "of your texts it gets only hashes, data/own/*.dvc, and the examples in prompts/notes.jsonl"
    assert asked_git in " ".join(output.split())
    added = would_be_added(clone)
    assert [name for name in added if "labelled" in name or name.endswith((".csv", ".jsonl"))] == [
        "prompts/notes.jsonl"
    ]
    run(clone, "git", "add", "-A")
    run(clone, "git", "commit", "-qm", "mine")
    output = run(clone, "dvc", "repro", "prepare")
    assert "target 80, original 24, valid 10, test 26" in output
    splits = ("original", "valid", "test")
    prepared = {row["id"]: row for name in splits for row in load(clone / f"data/prepared/{name}.jsonl")}
    assert sorted(prepared) == sorted(map(str, range(60)))
    for stage in ("annotate", "clean", "align"):
        code, output = run_stage(clone, stage)
        assert code == 0, output
    examples = load(clone / "prompts/notes.jsonl")
    assert json.loads((clone / "metrics/align.json").read_text())["teacher_f1"] > 0.9  # it knows one dose
    assert len(asked) == 80 + 21  # of train, but for the examples: annotate.gold_size
    assert all(f"Sentence: {row['text']}\nResult: " in prompt for prompt in asked for row in examples)
    assert all(prompt.count("DRUG: a substance given to a patient.") == 1 for prompt in asked)
    aligned = rows_of(clone / "data/aligned/target.jsonl")
    assert sum(tag == "B-DRUG" for row in aligned for tag in row["tags"]) == sum(
        word in TYPES for text in texts(80) for word in text.replace(".", " ").split()
    )
    # In another clone, DVC brings the texts back.
    run(clone, "git", "commit", "-aqm", "prepared")
    other = tmp_path / "other"
    run(tmp_path, "git", "clone", "-q", str(clone), str(other))
    assert not (other / "data/own/notes.csv").exists()

    shutil.copytree(clone / ".dvc/cache", other / ".dvc/cache")
    run(other, "dvc", "checkout", "-q", "data/own/notes.csv.dvc", "data/own/train.jsonl.dvc")
    assert (other / "data/own/notes.csv").read_bytes() == (tmp_path / "notes.csv").read_bytes()


def prepared(project: Path) -> str:
    """Run stage prepare without DVC; return what it prints."""
    code, output = run_stage(project, "prepare")
    assert code == 0, output
    return output


@pytest.mark.long
def test_labels_that_come_after_a_cold_start_count(clone: Path, first_layer: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "notes.csv", texts(80))
    types = "DRUG: a substance given to a patient; DOSE: how much of it"
    words = ("--sentences", "../notes.csv", "--types", types, "--annotator", "local", "--student", str(first_layer))
    output = run(clone, "tinyner", "init", *words)
    page = (ROOT / "docs/own-corpus.md").read_text(encoding="utf-8")
    block = page[page.index("```\nDone\n") + 4 :].partition("```")[0]
    assert " ".join(block.split()) in " ".join(output.split())
    run(clone, "git", "add", "-A")
    run(clone, "git", "commit", "-qm", "mine")
    assert "test: data/own has no file for test" in prepared(clone)
    write_jsonl(clone / "data/own/labelled.jsonl", labelled(30))
    assert "data/own: labelled.jsonl is not used; " in prepared(clone)
    (clone / "data/own/labelled.jsonl").rename(clone / "data/own/test.jsonl")
    assert not [name for name in would_be_added(clone) if name.endswith(".jsonl")]
    output = run(clone, "dvc", "repro", "prepare")
    assert "test: the corpus has 30 sentences with human labels; the LLM's labels no longer stand in" in output
    assert len(load(clone / "data/prepared/test.jsonl")) == 30
    (clone / "data/own/test.jsonl").rename(clone / "data/own/labelled.jsonl")
    run(clone, "tinyner", "init", *words, "--gold", "data/own/labelled.jsonl", "--force")
    assert "labelled.jsonl" not in run(clone, "dvc", "repro", "prepare")  # used, as the splits are made of it
    assert [len(load(clone / f"data/prepared/{name}.jsonl")) for name in ("original", "test")] == [15, 15]
