"""The stage on rows of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from tinyner.align.__main__ import main
from tinyner.rows import load, write_rows


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/cot.txt").write_bytes((ROOT / "prompts/cot.txt").read_bytes())
    sentences: list[dict[str, Any]] = [
        {"id": "a", "words": ["Blair", "left", "Paris"], "tags": ["B-PER", "O", "B-LOC"]},
        {"id": "b", "words": ["Blair", "left"], "tags": ["B-PER", "O"]},
    ]
    write_rows(tmp_path / "data/prepared/distilled.jsonl", sentences)
    write_rows(tmp_path / "data/prepared/bbc.jsonl", [{"id": "n", "words": ["News"]}])
    return tmp_path


def clean(workspace: Path, *rows: dict[str, Any]) -> None:
    write_rows(workspace / "data/cleaned/conll.jsonl", rows)
    news = {"id": "n", "status": "ok", "mentions": [], "problems": []}
    write_rows(workspace / "data/cleaned/bbc.jsonl", [news])


def row(sentence: str, status: str, *mentions: tuple[str, str]) -> dict[str, Any]:
    found = [{"type": label, "text": text} for label, text in mentions]
    return {"id": sentence, "status": status, "mentions": found, "problems": []}


def test_a_failed_reply_is_no_example_and_misses_all_its_entities(workspace: Path) -> None:
    clean(workspace, row("a", "ok", ("PER", "Blair"), ("LOC", "Berlin")), row("b", "failed"))
    main()
    assert [(one["id"], one["tags"]) for one in load("data/aligned/conll.jsonl")] == [("a", ["B-PER", "O", "O"])]
    assert load("data/aligned/bbc.jsonl") == [{"id": "n", "words": ["News"], "tags": ["O"], "spans": []}]
    assert load("data/aligned/conll_ledger.jsonl") == [
        {"id": "a", "type": "PER", "text": "Blair", "outcome": "exact", "span": [[0, 1]]},
        {"id": "a", "type": "LOC", "text": "Berlin", "outcome": "not_in_sentence", "span": None},
    ]
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    micro = metrics["teacher"][0]
    assert (micro["precision"], micro["recall"], micro["support"]) == (1.0, pytest.approx(1 / 3), 3)
    assert metrics["teacher_f1"] == pytest.approx(0.5)
    assert metrics["unplaced"] == 1
    assert sum(one["mentions"] for one in metrics["ledger"]) == 2
    assert metrics["rows"] == [{"examples": 2, "failed_replies": 1, "mentions": 2}]


def test_types_that_are_mostly_none_of_the_schemes_are_warned_of(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean(workspace, row("a", "ok", ("DRUG", "Blair"), ("DRUG", "Paris")), row("b", "ok", ("PER", "Blair")))
    main()
    assert "most mentions have a type that params.yaml does not have (LOC, MISC, ORG, PER)" in capsys.readouterr().out
