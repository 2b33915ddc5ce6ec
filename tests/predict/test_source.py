"""The format of a file is told by its name and its first lines; what is not read is refused with a line."""

import gzip
import io
import json
import re
import sys
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.source import Source

ROW = json.dumps({"text": "Tony Blair left."})


def source(folder: Path, name: str, content: str | bytes) -> Source:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Source(path)


@pytest.mark.parametrize(
    "name",
    [
        "in.jsonl",
        "in.JSONL",
        "in.ndjson",
        "in.NDJSON",
        "in.jl",
        "in.json",
        "in.txt",
        "in",
        "in.jsonl.gz",
        "in.2024",
        "a.csv.jsonl",
    ],
)
def test_json_lines_of_any_name(name: str, tmp_path: Path) -> None:
    content = f"\n{ROW}\n{ROW}".encode()
    lines = source(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)
    assert lines.is_json
    assert list(lines.lines()) == [(1, b""), (2, ROW.encode()), (3, ROW.encode())]


@pytest.mark.parametrize("name", ["in.txt", "in.TXT", "in.md", "in", "in.text.gz", "in.v1"])
@pytest.mark.parametrize(
    "text",
    [
        "Blair left.\nHe said so.",
        "[1] Blair left.\n[2] Rome",
        "{Blair} left",
        "[1]\n[2]",
        "Words, texts\nBlair, Rome",
        "Read e-mail\nPlay B-side",
        "Take vitamin-E\nTake vitamin-B",
        "Blood type O\nHis type B",
        "Group O\nGroup O",
        "So O\nOr A",
        "A\nB\nO\nO",
        "text\ntoken\nword",
        "",
        "\n\n",
        "Tony\x00Blair left",
        "# Title\n\n- Rome",
        "2 Tony Blair\n3 Angela Merkel",
    ],
)
def test_plain_text_is_plain_text(text: str, name: str, tmp_path: Path) -> None:
    content = text.encode()
    lines = source(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)
    assert not lines.is_json
    assert [line.decode() for _, line in lines.lines()] == text.split("\n")[: len(text.splitlines())]


CONLL = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("mine.csv", "id,text\n1,Blair left.", "CSV"),
        ("mine.CSV", "Blair left.", "CSV"),
        ("mine.tsv", "Blair left.", "CSV"),
        ("mine.tsv", 'id\ttext\n1\tHe said "no\n', "CSV"),
        ("mine.csv.gz", gzip.compress(b"id,text\n", mtime=0), "CSV"),
        ("mine.txt", "id,text\n1,Blair left.", "CSV"),
        ("mine.txt", '"id";"text";"my label"\n1;Blair left.;x', "CSV"),
        ("mine", "text\tlabel\nBlair left.\tPER", "CSV"),
        ("mine.csv", '{"text": "Blair left."}', "JSON lines"),
        ("train.conll", "EU B-ORG\n", "CoNLL columns"),
        ("train.conllu", "1\tEU\n", "CoNLL columns"),
        ("train.tsv", "EU\tB-ORG\nrejects\tO\n", "CoNLL columns"),
        ("train.tsv", 'word\ttag\n"\tO\nrejects\tO\n', "CoNLL columns"),
        ("train.txt", CONLL, "CoNLL columns"),
        ("train.txt", "EU B-ORG\nrejects O\n\nHe O\n", "CoNLL columns"),
        ("train.txt", "Tony B-PER\nBlair I-PER\n", "CoNLL columns"),
        ("train.txt", "# id 7\nEU\tx\tB-corporation\nrejects\ty\tO\n", "CoNLL columns"),
        ("train.txt", "1 EU B-ORG O\n2 left O O\n", "CoNLL columns"),
        ("train.txt", "He O\nleft O\nthen O\nwith O\nher O\n", "CoNLL columns"),
        ("train", "EU b-org\nleft o", "CoNLL columns"),
        ("train", "EU ORG-B\nleft O", "CoNLL columns"),
        ("in", b"PAR1abc", "Parquet"),
        ("in", gzip.compress(b"PAR1abc", mtime=0), "Parquet"),
    ],
)
def test_formats_that_are_read(name: str, content: str | bytes, kind: str, tmp_path: Path) -> None:
    assert source(tmp_path, name, content).format == kind


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("in.json", '[{"text": "Blair left."}]', "JSON that is not JSON lines"),
        ("in.json", '{\n "text": "Blair left."\n}', "JSON that is not JSON lines"),
        ("in.json", '"Blair left."', "JSON that is not JSON lines"),
        ("in.txt", '[\n {"text": "Blair left."}\n]', "JSON that is not JSON lines"),
        ("in.txt", '{ "data": [\n1]}', "JSON that is not JSON lines"),
        ("in.txt", '["Blair left.", "Rome"]', "JSON that is not JSON lines"),
        ("in.html", "<p>Blair</p>", "XML or HTML"),
        ("in.txt", "\n<!doctype html>\n<p>Blair</p>", "XML or HTML"),
        ("in", '<?xml version="1.0"?>', "XML or HTML"),
        ("in.yaml", "- Blair", "YAML"),
        ("in.docx", b"PK\x03\x04", "a document"),
        ("in", b"PK\x03\x04", "a zip archive or an office document"),
        ("in.txt", b"%PDF-1.7\n", "a PDF document"),
        ("in.parquet", "Blair left.", "no Parquet file, though its name says so"),
        ("in", "1\tBlair left.\n2\tHe slept.\n", "columns parted by tabs"),
        ("in", "EU/B-ORG rejects/O calls/O\nHe/O left/O", "CoNLL columns, but words with tags behind a slash"),
        ("in.xz", b"\xfd7zXZ\x00", "an archive that is not gzip"),
        ("in.txt", "Blair left.".encode("utf-16"), "text in UTF-16 (save it as UTF-8)"),
        ("in.txt", "Blair left.".encode("utf-16-le"), "binary, or text in UTF-16 or UTF-32"),
        ("in.txt", "Blair left.".encode("utf-32"), "text in UTF-16 (save it as UTF-8)"),
    ],
)
def test_predict_kind_of_input(name: str, content: str | bytes, kind: str, tmp_path: Path) -> None:
    expected = rf"{name}: is {re.escape(kind)}.*; predict reads plain text .*JSON lines .*\.jsonl"
    with pytest.raises(UserError, match=expected):
        source(tmp_path, name, content)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.txt: can't be read: No such file"):
        Source(tmp_path / "none.txt")
    packed = gzip.compress(b"Blair left.\n" * 9)
    for broken in (packed[:-9], packed[:20] + b"\xff" * 20, packed[:2]):
        with pytest.raises(UserError, match=r"in\.gz: is no whole gzip file"):
            list(source(tmp_path, "in.gz", broken).lines())


def test_marks_of_byte_order_inside_a_joined_file(tmp_path: Path) -> None:
    lines = source(tmp_path, "in.txt", b"\xef\xbb\xbfBlair left\r\n\xef\xbb\xbfRome\n").lines()
    assert list(lines) == [(1, b"Blair left"), (2, b"Rome")]


def test_lines_that_end_with_carriage_returns_alone(tmp_path: Path) -> None:
    for content in (b"Blair left\r\rRome", b"Blair left\r\rRome\r"):
        assert list(source(tmp_path, "in.txt", content).lines()) == [(1, b"Blair left"), (2, b""), (3, b"Rome")]
    assert list(source(tmp_path, "in.txt", b"Blair\rleft\r\nRome\r\n").lines()) == [(1, b"Blair\rleft"), (2, b"Rome")]
    rows = f"{ROW}\r{ROW}\r".encode()
    lines = source(tmp_path, "in", gzip.compress(rows))
    assert (lines.is_json, list(lines.lines())) == (True, [(1, ROW.encode()), (2, ROW.encode())])


def test_predict_dash_for_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    for content, is_json in ((f"{ROW}\n".encode(), True), (b"Blair\n", False), (gzip.compress(b"Blair\n"), False)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        lines = Source(Path("-"))
        assert (lines.name, lines.is_json) == ("standard input", is_json)
        assert [line for _, line in lines.lines()] == [ROW.encode() if is_json else b"Blair"]


def test_the_head_of_a_long_file_is_read_once(tmp_path: Path) -> None:
    content = [f"line {number}" for number in range(200)]
    assert [line.decode() for _, line in source(tmp_path, "a.txt", "\n".join(content)).lines()] == content
