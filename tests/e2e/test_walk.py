"""The walks of docs/own-corpus.md: from files, by ``tinyner init`` and ``dvc repro``, to a student that predicts."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.e2e.project import clone_of_this, rows_of, run
from tests.init.test_recipes import CROSSNER, needs_crossner
from tests.test_examples import STAND_IN, free_port

TEXT = "Mrs Adeyemi was started on metformin 500 mg twice a day for type 2 diabetes."
NOTES = ("--sentences", "examples/clinic/notes.csv", "--types", "examples/clinic/types.yaml", "--annotator", "local")
GOLD = ("--gold", "examples/clinic/labelled.jsonl")
NOT_ACCURACY = "Agreement with the teacher, not accuracy"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of this repository, its recorded replies included, without the tests."""
    return clone_of_this(tmp_path / "clone", "results/", "tests/")


@pytest.fixture
def server() -> Iterator[str]:
    """The setting of where the program in place of an LLM listens."""
    port = free_port()
    with subprocess.Popen([*STAND_IN, "--port", str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"annotate.annotators.local.base_url=http://127.0.0.1:{port}/v1"
        process.terminate()


def trained(clone: Path, first_layer: Path, *words: str) -> str:
    """Take a clone from ``tinyner init`` to a student of one layer; return what ``dvc repro`` printed."""
    quick = ("--student", str(first_layer), "-S", "train.epochs=3", "-S", "train.seeds=[1]")
    run(clone, "tinyner", "init", *words, *quick)
    run(clone, "git", "add", "-A")
    run(clone, "git", "commit", "-qm", "mine")
    run(clone, "tinyner", "check")
    output = run(clone, "dvc", "repro")
    (clone.parent / "more.txt").write_text(f"{TEXT}\n")
    predicted = run(clone, "tinyner", "predict", "../more.txt", "--format", "jsonl")
    row = json.loads(next(line for line in predicted.splitlines() if line.startswith("{")))
    assert row["text"] == TEXT
    return output


def test_what_init_says_is_what_the_page_shows(clone: Path) -> None:
    page = (ROOT / "docs/own-corpus.md").read_text(encoding="utf-8")
    block = page[page.index("```\nWhat there is\n") + 4 :].partition("```")[0]
    output = run(clone, "tinyner", "init", *NOTES, *GOLD, "--dry-run")
    assert " ".join(block.split()) in " ".join(output.split())
    cold = run(clone, "tinyner", "init", *NOTES, "--dry-run")
    assert "the LLM labels all 200" in cold
    assert "stand-ins valid 20, test 40 of the sentences that the LLM labels" in " ".join(cold.split())
    said = "here 200 sentences for the LLM, of which 40 stand in as test set and 20 as dev set"
    assert said in " ".join(page.split())


@pytest.mark.long
def test_sentences_without_any_label_give_a_student(clone: Path, first_layer: Path, server: str) -> None:
    output = trained(clone, first_layer, *NOTES, "-S", server)
    assert NOT_ACCURACY in output
    assert "40 target sentences with the LLM's labels stand in for test" in output
    metrics = json.loads((clone / "metrics/evaluate.json").read_text())
    assert "teacher_agreement" in metrics
    assert "f1" not in metrics


@pytest.mark.long
def test_sixty_labelled_sentences_beside_them_give_real_scores(clone: Path, first_layer: Path, server: str) -> None:
    output = trained(clone, first_layer, *NOTES, *GOLD, "-S", server)
    assert "Strict entity-level scores on test" in output
    assert NOT_ACCURACY not in output
    assert 0 <= json.loads((clone / "metrics/evaluate.json").read_text())["f1"] <= 1
    assert json.loads((clone / "metrics/align.json").read_text())["teacher_f1"] > 0.9


@pytest.mark.long
def test_labels_that_are_there_already_give_a_student(clone: Path, first_layer: Path) -> None:
    output = trained(clone, first_layer, "--labels", "examples/clinic/labelled.jsonl")
    assert "60 of 60 target sentences, from data/own/labels/labelled.jsonl; nothing is sent" in output
    assert NOT_ACCURACY in output
    aligned, rows = (rows_of(clone / name) for name in ("data/aligned/target.jsonl", "examples/clinic/labelled.jsonl"))
    expected = {row["text"].replace(" ", ""): len(row["label"]) for row in rows}
    found = {"".join(row["words"]): sum(tag.startswith("B-") for tag in row["tags"]) for row in aligned}
    assert found == expected


@pytest.mark.long
@needs_crossner
@pytest.mark.parametrize("domain", ["ai", "literature", "music", "politics", "science"])
def test_each_recipe_gives_a_scored_student(domain: str, clone: Path, first_layer: Path) -> None:
    output = trained(clone, first_layer, "--recipe", f"crossner-{domain}", "--data", str(CROSSNER / domain))
    assert "Strict entity-level scores on test" in output
    assert "f1" in json.loads((clone / "metrics/evaluate.json").read_text())
