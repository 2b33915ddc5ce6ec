"""The command: a file in, its rows with entities out, whole or not at all."""

import json
from pathlib import Path

import pytest

from tinyner import cli
from tinyner.errors import UserError
from tinyner.predict import label_file as module
from tinyner.predict.label_file import label_file, labelled
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import read_texts


def test_lines_and_rows_go_in_and_spans_come_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"id": 7, "text": "Blair\'s U.S. visit"}\n\n{"words": ["New", "York"]}\n{"text": ""}\n'
    )
    command = ["predict", str(tmp_path / "in.jsonl"), "-m", str(model), "--threads", "1"]
    cli.run([*command, "-o", str(tmp_path / "out.jsonl")])
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == ["Blair's U.S. visit", "New York", ""]
    assert rows[0]["id"] == 7
    assert rows[1]["words"] == ["New", "York"]
    assert rows[2]["spans"] == []
    assert any(row["spans"] for row in rows)
    for row in rows:
        assert all(row["text"][span["start"] : span["end"]] == span["text"] for span in row["spans"])


def test_blocks_change_no_label(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.txt").write_text("Blair left Paris .\nNew York\nMr Smith of Reuters said so\n" * 3)
    tagger = Tagger(model, threads=1)
    rows = list(labelled(read_texts(tmp_path / "in.txt"), tagger))
    monkeypatch.setattr(module, "BLOCK", 4)
    monkeypatch.setattr(module, "BLOCK_WORDS", 9)
    assert list(labelled(read_texts(tmp_path / "in.txt"), tagger)) == rows
    assert len(rows) == 9


def test_after_a_bad_line_nothing_is_written(model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n{"txt": "x"}\n')
    with pytest.raises(UserError, match=r"a\.jsonl:2: expected text"):
        label_file(tmp_path / "a.jsonl", model, tmp_path / "out", threads=1)
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_what_is_not_there_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.txt: no such file"):
        label_file(tmp_path / "none.txt", model, None)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match=r"no model here .*run `dvc repro`"):
        label_file(tmp_path / "a.txt", tmp_path, None)
    with pytest.raises(UserError, match=r"is a folder; name a file in it"):
        label_file(tmp_path / "a.txt", model, tmp_path, threads=1)
