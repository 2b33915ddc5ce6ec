"""Gold sentences that annotators are asked for: which they are, and that stage annotate keeps their answers apart."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.label_stages import annotator, metrics, run, write_labels, write_project
from tests.annotate.workspace import annotate_here, completion, configure, sentence_of
from tests.conftest import ROOT, Handler
from tests.in_process import command
from tinyner.annotate.gold_sentences import gold_sentences
from tinyner.annotate.templates import Shot
from tinyner.files import load, write_rows
from tinyner.params import load_params
from tinyner.rows import Sentence

GOLD: list[Sentence] = [
    {"id": f"g{index}", "words": ["Ann", f"left{index}", "Rome"], "tags": ["B-PER", "O", "B-LOC"]} for index in range(6)
]


def test_they_are_the_first_ones_that_no_prompt_shows_and_that_are_not_of_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    changes = {"annotate.gold_size": 3, "annotate.prompts": {"target": "scheme", "related": "scheme"}}
    params = load_params(changes=changes)
    again: Sentence = {**GOLD[0], "id": "again"}
    test: list[Sentence] = [{"id": "e", "words": ["Ann", "left3Rome"]}]
    shots = [Shot('"Ann left1 Rome."', {})]
    original = [GOLD[0], again, *GOLD[1:]]
    assert [row["id"] for row in gold_sentences(params, original, test, shots)] == ["g0", "g2", "g4"]
    larger = load_params(changes={**changes, "annotate.gold_size": 9})
    assert [row["id"] for row in gold_sentences(larger, original, test, shots)] == ["g0", "g2", "g4", "g5"]


@pytest.fixture
def project(workspace: Path) -> Path:
    write_rows(workspace / "data/prepared/original.jsonl", GOLD)
    write_rows(workspace / "data/prepared/test.jsonl", [])
    return workspace


def test_their_replies_are_asked_for_and_paid_like_others_and_kept_apart(
    project: Path, serve: Callable[[Handler], str]
) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(sentence_of(body))
        return 200, completion("Result: {}")

    price = {"input": 1e6, "cached_input": 0.0, "output": 0.0, "batch_discount": 0.0}  # $7 a reply
    url = f"{serve(answer)}/v1"
    configure(project, url, annotator={"price": price})
    assert annotate_here(project).returncode == 0
    assert (project / "data/annotated/gold.jsonl").read_text() == "\n"
    without = {path.name: path.read_bytes() for path in (project / "data/annotated").iterdir()}
    costs = metrics(project, "annotate")["costs"]
    configure(project, url, {"gold_size": 2}, {"price": price})
    done = annotate_here(project)
    assert done.returncode == 0, done.stderr
    assert asked[4:] == ["Ann left0 Rome", "Ann left1 Rome"]
    assert [row["id"] for row in load(project / "data/annotated/gold.jsonl")] == ["g0", "g1"]
    after = {path.name: path.read_bytes() for path in (project / "data/annotated").iterdir()}
    assert {name: content for name, content in after.items() if name != "gold.jsonl"} == {
        name: content for name, content in without.items() if name != "gold.jsonl"
    }
    whole = metrics(project, "annotate")
    assert whole["cost_usd"] == pytest.approx(6 * 7)
    assert whole["costs"] == [*costs, {"corpus": "gold", "replies": 2, "priced": 2, "cost_usd": 14.0}]
    assert "no more than" not in done.stdout


def test_the_estimate_and_the_stage_say_where_there_are_fewer(project: Path, serve: Callable[[Handler], str]) -> None:
    configure(project, f"{serve(lambda path, body: (200, completion('Result: {}')))}/v1", {"gold_size": 9})
    line = "annotate.gold_size: 9, and there are no more than 6 gold sentences to ask for: of data/prepared/original"
    variables = {"OPENAI_API_KEY": "x", "TINYNER_REPLIES": str(project / "replies")}
    estimate = command(project, "annotate", "--estimate", **variables)
    assert estimate.stdout.startswith(line)
    assert " gold cot 6 0 6 " in " ".join(estimate.stdout.split())
    done = annotate_here(project)
    assert done.stdout.startswith(line)
    assert len(load(project / "data/annotated/gold.jsonl")) == 6


def spans(*rows: Sentence) -> str:
    return "".join(
        json.dumps({"text": " ".join(row["words"]), "spans": [{"start": 0, "end": 3, "label": "PER"}]}) + "\n"
        for row in rows
    )


def test_of_labels_in_files_only_those_with_a_row_in_each_count(tmp_path: Path) -> None:
    target: list[Sentence] = [{"id": "t", "words": ["Ann", "rose"]}]
    files = {
        "crowd": write_labels(tmp_path, "crowd.jsonl", spans(*target, *GOLD[:4])),
        "weak": write_labels(tmp_path, "weak.jsonl", spans(*target, *GOLD[1:])),
    }
    annotators: dict[str, Any] = {name: annotator(file, model=name) for name, file in files.items()}
    write_project(tmp_path, target, annotators, [*files], annotate={"gold_size": 5})
    write_rows(tmp_path / "data/prepared/original.jsonl", GOLD)
    write_rows(tmp_path / "data/prepared/test.jsonl", [])
    printed = run(tmp_path, "annotate").stdout
    assert "crowd: 1 gold sentence has no labels (first: g4), left out" in printed
    assert "annotate.gold_size: 5, and there are no more than 3 gold sentences" in printed
    for name in ("clean", "align"):
        run(tmp_path, name)
    assert metrics(tmp_path, "align")["teacher_f1"] == pytest.approx(2 / 3)  # a person each, and no place
    assert metrics(tmp_path, "align")["rows"][0]["gold_sentences"] == 3
    assert [row["of"] for row in metrics(tmp_path, "align")["votes"]][:2] == ["vote 0, crowd", "vote 1, weak"]
    assert [row["id"] for row in load(tmp_path / "data/aligned/target.jsonl")] == ["t"]
