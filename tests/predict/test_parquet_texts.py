"""Parquet is read some rows at a time, also gzipped and from standard input."""

import gzip
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from tests.predict.made import made
from tests.predict.reading import texts_of, words_of
from tinyner.errors import UserError
from tinyner.predict import parquet_texts
from tinyner.predict.labelling import Counts
from tinyner.predict.source import Source
from tinyner.predict.text import Text
from tinyner.predict.texts import Skipped, read_texts
from tinyner.predict.write_jsonl import JsonLines


def packed(**columns: Any) -> bytes:
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), content)
    return content.getvalue()


def test_a_row_a_text(tmp_path: Path) -> None:
    content = packed(id=[7, 8], text=["Rome fell.", ""])
    for name, data in (("a.parquet", content), ("a.parquet.gz", gzip.compress(content)), ("a", content)):
        texts = texts_of(tmp_path, name, data)
        assert texts == [
            Text({"id": 7, "text": "Rome fell."}, "Rome fell.", None, 1),
            Text({"id": 8, "text": ""}, "", None, 2),
        ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(packed(note=["Rome"]))))
    assert [text.text for text in read_texts(Source(Path("-")), None, "note")] == ["Rome"]


def test_words_as_the_hub_has_them(tmp_path: Path) -> None:
    (text,) = texts_of(tmp_path, "a.parquet", packed(tokens=[["Rome", "fell"]], ner_tags=[[5, 0]]))
    assert (words_of(text), text.row) == (["Rome", "fell"], {"tokens": ["Rome", "fell"], "ner_tags": [5, 0]})


def test_values_that_json_does_not_have(tmp_path: Path) -> None:
    when = datetime(2026, 11, 26, tzinfo=UTC)
    content = packed(text=["Rome"], when=[when], image=[b"\xff"], share=[float("nan")], part=[{"x": [1.5, None]}])
    (text,) = texts_of(tmp_path, "a.parquet", content)
    row = json.loads(JsonLines().block([made("Rome", row=text.row)], Counts()))
    assert row == {
        **{"line": 1, "text": "Rome", "when": "2026-11-26T00:00:00+00:00", "image": "/w=="},
        **{"share": None, "part": {"x": [1.5, None]}, "spans": []},
    }


def test_rows_without_text_are_bad_lines(tmp_path: Path) -> None:
    content = packed(text=["Rome", None, "Paris"])
    with pytest.raises(UserError, match=r"a\.parquet: row 2: expected text, a string"):
        texts_of(tmp_path, "a.parquet", content)
    skipped = Skipped()
    assert len(texts_of(tmp_path, "a.parquet", content, None, skipped)) == 2
    assert skipped.count == 1


def test_what_can_not_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no column is called text; say --column NAME; its columns are id, headline"):
        texts_of(tmp_path, "a.parquet", packed(id=[1], headline=["x"]))
    content = packed(text=["Rome"])
    with pytest.raises(UserError, match=r"a\.parquet: can't be read"):
        texts_of(tmp_path, "a.parquet", content[:-9])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(
        UserError, match=r"is Parquet, and pyarrow.* is not installed; pip install -e '\.\[parquet\]' in the clone"
    ):
        texts_of(tmp_path, "a.parquet", content)


def test_rows_come_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_texts, "_ROWS", 10)
    converted, plain = list[object](), parquet_texts.plain

    def noted(value: object) -> Any:
        converted.append(value)
        return plain(value)

    monkeypatch.setattr(parquet_texts, "plain", noted)
    (tmp_path / "a.parquet").write_bytes(packed(text=[f"Rome {number}" for number in range(1000)]))
    texts = read_texts(Source(tmp_path / "a.parquet"))
    assert next(texts).text == "Rome 0"
    assert len(converted) < 20
    assert len(list(texts)) == 999
