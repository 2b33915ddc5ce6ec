"""The command: a file in, its rows with entities out, whole or not at all."""

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.predict.conftest import ByHeart
from tinyner import cli
from tinyner.errors import UserError
from tinyner.predict import labelling
from tinyner.predict.label_files import label_files
from tinyner.predict.labelling import labelled
from tinyner.predict.options import Options
from tinyner.predict.sinks import Outputs
from tinyner.predict.source import Source
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import read_texts


def rows_of(path: Path, model: Path, *options: str) -> list[dict[str, Any]]:
    target = path.with_name("out.jsonl")
    cli.run(["predict", str(path), "-m", str(model), "-o", str(target), "--threads", "1", *options])
    rows = [json.loads(line) for line in target.read_text().splitlines()]
    for row in rows:
        for span in row.get("predicted_spans", row["spans"]):
            assert row["text"][span["start"] : span["end"]] == span["text"]
    return rows


def entities(rows: list[dict[str, Any]], key: str = "spans") -> list[list[tuple[str, str]]]:
    return [[(span["label"], span["text"]) for span in row[key]] for row in rows]


CASES = {
    "predict: apostrophe in a name": ("Conan O'Brien met Tony Blair's.", "PER Conan O'Brien|PER Tony Blair"),
    "predict: initials and abbreviations": ("Angela F. Kennedy visited Ft. Worth.", "PER Angela|LOC Ft. Worth"),
    "predict: comma without a space": ("Berlin,Paris,Rome are cities.", "LOC Berlin|LOC Paris|LOC Rome"),
    "predict: stop without a space": ("He left Berlin.Paris was next.", "LOC Berlin|LOC Paris"),
    "predict: soft hyphen in a name": ("Angela Mer\u00adkel met", "PER Angela Mer\u00adkel"),
    "predict: ZWSP in a name": ("Tony\u200bBlair left", "PER Tony\u200bBlair"),
    "predict: LRM in a name": ("\u200eAngela \u200eMerkel\u200e left", "PER Angela \u200eMerkel"),
    "predict: BOM in a name": ("Angela\ufeff \ufeff Merkel\ufeff\ufeff left", "PER Angela\ufeff \ufeff Merkel"),
    "predict: NUL": ("Tony\x00 Blair\x00 \x00 left", "PER Tony\x00 Blair"),
    "predict: emoji offsets": (
        "😀 Angela Merkel 👩\u200d👩\u200d👧 met Tony Blair😀",
        "PER Angela Merkel|PER Tony Blair",
    ),
    "predict: scripts without spaces": ("彼は東京で働く。Rome。", "LOC 東京|LOC Rome"),
    "predict: a word of 20,000 letters": ("x" * 20_000 + " Tony Blair left Berlin.", "PER Tony Blair|LOC Berlin"),
    "predict: 5,000 slashes": ("/" * 5000 + " Tony Blair left Berlin.", "PER Tony Blair|LOC Berlin"),
    "predict: 600 zero-subword words": ("\u200e " * 600 + "Tony Blair left Berlin.", "PER Tony Blair|LOC Berlin"),
    "predict: entity across the piece border": ("word " * 248 + "Angela Merkel " + "met " * 99, "PER Angela Merkel"),
}


@pytest.mark.parametrize("kind", CASES)
def test_entities_by_kind(kind: str, names: Path, tmp_path: Path) -> None:
    text, expected = CASES[kind]
    (tmp_path / "in.txt").write_text(text)
    (row,) = rows_of(tmp_path / "in.txt", names)
    assert row["text"] == text
    assert "|".join(f"{label} {entity}" for label, entity in entities([row])[0]) == expected
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": 7, "text": text + "\ud83d"}))  # half a surrogate pair
    (row,) = rows_of(tmp_path / "in.jsonl", names)
    assert row["id"] == 7
    assert "|".join(f"{label} {entity}" for label, entity in entities([row])[0]) == expected


def test_lines_and_rows_go_in_and_spans_come_out(names: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(
        '{"id": 7, "text": "Blair\'s visit to Rome"}\n\n{"words": ["Tony", "Blair"]}\n{"text": ""}\n'
        '{"text": "Tony\\n Blair. Rome", "words": ["Tony", "Blair", ".", "Rome"], "line": "b", "tags": []}\n'
    )
    rows = rows_of(tmp_path / "in.jsonl", names)
    scores = [span.pop("score") for row in rows for span in row["spans"]]
    assert all(0.5 < score <= 1 for score in scores)
    rome = {"start": 17, "end": 21, "label": "LOC", "text": "Rome"}
    tony = {"start": 0, "end": 10, "label": "PER", "text": "Tony Blair"}
    assert rows == [
        {"line": 1, "id": 7, "text": "Blair's visit to Rome", "spans": [rome]},
        {"line": 3, "words": ["Tony", "Blair"], "text": "Tony Blair", "spans": [tony]},
        {"line": 4, "text": "", "spans": []},
        {
            "input_line": 5,
            "line": "b",
            "text": "Tony\n Blair. Rome",
            "words": ["Tony", "Blair", ".", "Rome"],
            "tags": [],
            "spans": [tony | {"end": 11, "text": "Tony\n Blair"}, rome | {"start": 13, "end": 17}],
        },
    ]


def test_rows_keep_a_line_number_where_blank_lines_were_skipped(names: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("\nRome\n \n\nTony Blair\n")
    assert [(row["line"], row["text"]) for row in rows_of(tmp_path / "in.txt", names)] == [
        (2, "Rome"),
        (5, "Tony Blair"),
    ]


def test_a_users_spans_are_kept(names: Path, tmp_path: Path) -> None:
    gold = [{"start": 0, "end": 4, "label": "CITY"}]
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "Rome", "spans": gold}))
    (row,) = rows_of(tmp_path / "in.jsonl", names)
    assert row["spans"] == gold
    assert entities([row], "predicted_spans") == [[("LOC", "Rome")]]
    assert row["line"] == 1
    (tmp_path / "out.jsonl").rename(tmp_path / "again.jsonl")
    (row,) = rows_of(tmp_path / "again.jsonl", names)
    assert entities([row], "predicted_spans_2") == [[("LOC", "Rome")]]
    assert (row["line"], row["input_line"]) == (1, 1)


def test_predict_dash_for_stdin(
    names: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    for content in (b"Tony Blair left.\n", b'{"text": "Tony Blair left."}\n'):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        label_files(["-"], names, Outputs(tmp_path / "out"), Options(threads=1))
        assert entities([json.loads((tmp_path / "out").read_text())]) == [[("PER", "Tony Blair")]]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"<p>Blair</p>\n")))
    with pytest.raises(UserError, match=r"standard input: is XML or HTML; predict reads plain text"):
        label_files(["-"], names)


def test_skip_bad_lines_counts_and_goes_on(names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'{"text": "Rome"}\n{"txt": ""}\n{"text": "\xff"}\n{"text": "Tony Blair"}\n')
    rows = rows_of(tmp_path / "in.jsonl", names, "--skip-bad-lines")
    assert [(row["line"], row["text"]) for row in rows] == [(1, "Rome"), (4, "Tony Blair")]
    assert f"2 bad lines skipped, the first: {tmp_path}/in.jsonl:2: expected text" in capsys.readouterr().err
    (tmp_path / "in.jsonl").write_bytes(b'{"text": "Rome"}\n[]\n')
    rows_of(tmp_path / "in.jsonl", names, "--skip-bad-lines")
    assert "1 bad line skipped, the first: " in capsys.readouterr().err
    (tmp_path / "in.jsonl").write_bytes(b'{"text": "Rome"}\n')
    rows_of(tmp_path / "in.jsonl", names, "--skip-bad-lines")
    assert capsys.readouterr().err == f"tinyner: {tmp_path}/out.jsonl: 1 text, 1 sentence, 1 entity\n"


def test_words_that_continue_nothing_are_told(
    by_heart: ByHeart, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = by_heart({"Tony": "B-PER", "Blair": "I-PER", "Rome": "I-PER"})
    config = json.loads((model / "config.json").read_text())
    card = {"decode": "argmax", "temperature": None, "dev": {"entities": 0, "threshold_precision_recall": []}}
    (model / "config.json").write_text(json.dumps(config | {"tinyner": card}))
    (tmp_path / "in.txt").write_text("Rome is not Rome, and Tony Blair is.\n")
    assert entities(rows_of(tmp_path / "in.txt", model)) == [[("PER", "Tony Blair")]]
    assert (
        "2 words have a tag I- that continues no entity, and are left out; there are 1 entities"
        in capsys.readouterr().err
    )


def test_blocks_change_no_label(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.txt").write_text("Blair left Paris. He slept.\nNew York\nMr Smith of Reuters said so\n" * 3)
    tagger = Tagger(model, threads=1)
    rows = list(labelled(read_texts(Source(tmp_path / "in.txt")), tagger))
    monkeypatch.setattr(labelling, "BLOCK", 4)
    monkeypatch.setattr(labelling, "BLOCK_WORDS", 9)
    assert list(labelled(read_texts(Source(tmp_path / "in.txt")), tagger)) == rows
    assert len(rows) == 9
    assert any(text.entities for text in rows)


def test_predict_broken_utf8_in_a_long_file(
    names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(labelling, "BLOCK", 4)
    (tmp_path / "in.txt").write_bytes(b"Rome\n" * 20 + b"Tony Blair\x92s\n")
    for target in (None, tmp_path / "out"):
        with pytest.raises(UserError, match=r"in\.txt:21: expected UTF-8 text, found the byte 0x92"):
            label_files([tmp_path / "in.txt"], names, Outputs(target), Options(threads=1))
    assert [path.name for path in tmp_path.iterdir()] == ["in.txt"]
    assert capfdbinary.readouterr().out == b""


def test_after_a_bad_line_nothing_is_written(names: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n{"txt": "x"}\n')
    with pytest.raises(UserError, match=r"a\.jsonl:2: expected text"):
        label_files([tmp_path / "a.jsonl"], names, Outputs(tmp_path / "out"), Options(threads=1))
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_file_without_a_text_is_said(names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in.txt", tmp_path / "out.jsonl"
    for content in ("", "\n \n"):
        source.write_text(content)
        label_files([source], names, Outputs(target), Options(threads=1))
        assert target.read_bytes() == b""
        assert capsys.readouterr().err == f"tinyner: {source} has no text, so there is nothing to label\n"


def test_what_is_not_there_is_named(names: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.txt: no such file; expected plain text .*standard input"):
        label_files([tmp_path / "none.txt"], names)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match=r"no model here .*give --model FOLDER"):
        label_files([tmp_path / "a.txt"], tmp_path)
    with pytest.raises(UserError, match=r"is a folder; name a file in it"):
        label_files([tmp_path / "a.txt"], names, Outputs(tmp_path), Options(threads=1))


@pytest.mark.slow
def test_predict_closed_stdin_is_a_line(tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m tinyner.cli predict - <&-"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tinyner: standard input: is closed; expected plain text")
    assert done.stderr.count("\n") == 1
