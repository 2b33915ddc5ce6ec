"""The stage on rows of its own: an annotation a reply, in the replies' order."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import ROOT

from tinyner.clean.__main__ import main
from tinyner.files import load, write_rows


def reply(sentence: str, prompt: str, text: str, **usage: Any) -> dict[str, Any]:
    return {"id": sentence, "text_sha256": "t", "annotator": "a", "prompt_sha256": prompt, "reply": text, **usage}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    replies = [
        reply("a", "one", 'Result: {"PER": ["Blair"]}'),
        reply("a", "two", '{"PER": ["Blair"]}'),
        reply("a", "two", '{"PER": ["Bla', sample=1, finish_reason="length"),
        reply("b", "one", "Result: {}"),
    ]
    write_rows(tmp_path / "data/annotated/target.jsonl", replies)
    write_rows(tmp_path / "data/annotated/related.jsonl", [])
    return tmp_path


def test_every_reply_has_an_annotation_that_names_its_prompt(workspace: Path) -> None:
    main()
    blair = [{"type": "PER", "text": "Blair"}]
    rows = load("data/cleaned/target.jsonl")
    assert rows == [
        {"id": "a", "prompt_sha256": "one", "status": "ok", "mentions": blair, "problems": []},
        {"id": "a", "prompt_sha256": "two", "status": "repaired", "mentions": blair, "problems": ["no_result_line"]},
        {"id": "a", "prompt_sha256": "two", "status": "failed", "mentions": [], "problems": ["truncated"]},
        {"id": "b", "prompt_sha256": "one", "status": "ok", "mentions": [], "problems": []},
    ]
    assert list(rows[0]) == ["id", "prompt_sha256", "status", "mentions", "problems"]
    metrics = json.loads((workspace / "metrics/clean.json").read_text())
    assert [metrics[status] for status in ("ok", "repaired", "failed")] == [2, 1, 1]


@pytest.mark.parametrize("output", ["json_object", "json_schema"])
def test_where_json_was_asked_for_an_object_needs_no_result_line(output: str, workspace: Path) -> None:
    knobs = yaml.safe_load((workspace / "params.yaml").read_text())
    knobs["annotate"]["output"] = output
    (workspace / "params.yaml").write_text(yaml.safe_dump(knobs))
    main()
    assert [row["status"] for row in load("data/cleaned/target.jsonl")] == ["ok", "ok", "failed", "ok"]
