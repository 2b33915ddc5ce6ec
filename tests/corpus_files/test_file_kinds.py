"""Files of the kinds that public bug reports are about, each test named after its kind; what becomes of each.

``test_a_kind_is_read`` and ``test_a_kind_is_refused`` have one table each; kinds that need more than a file have a
test of their own at the end, named in OWN.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tinyner.errors import UserError
from tinyner.prepare import corpus

from .files import gold, reading, sentences, write

CASES = ROOT.parent / "shared" / "cases" / "files.jsonl"
WNUT: dict[str, list[str]] = {
    "corporation": [],
    "creative-work": [],
    "group": [],
    "location": [],
    "person": [],
    "product": [],
}

# Kind: file, content, words and tags.
READ: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "CoNLL: index column + nested level": (
        "test.txt",
        "1\tJan\tB-PER\tO\n2\tslaapt\tO\tO\n",
        [("Jan slaapt", "B-PER O")],
    ),
    "CoNLL: index column": ("test.txt", "1 Jan B-PER\n2 slaapt O\n", [("Jan slaapt", "B-PER O")]),
    "CoNLL: blanks part columns, trailing tab": (
        "test.txt",
        "Jan N O B-PER\t\t\nslaapt V O O\n",
        [("Jan slaapt", "B-PER O")],
    ),
    "doccano JSONL": (
        "test.jsonl",
        '{"id":1,"text":"Tony Blair left.","label":[[0,10,"PER"]]}',
        [("Tony Blair left .", "B-PER I-PER O O")],
    ),
    "span with trailing space": (
        "test.jsonl",
        '{"text":"Obama was","label":[[0,6,"PER"]]}',
        [("Obama was", "B-PER O")],
    ),
    "MultiCoNER # id lines": (
        "test.conll",
        "# id 7f1c domain=train\nJan _ _ B-PER\nslaapt _ _ O\n\n# id 8a domain=train\nPiet _ _ B-PER\n",
        [("Jan slaapt", "B-PER O"), ("Piet", "B-PER")],
    ),
    "CoNLL-U plus": (
        "test.conllup",
        "# global.columns = id form upos ner misc\n# text = Jan slaapt\n"
        "1\tJan\tPROPN\tB-PER\t_\n2\tslaapt\tVERB\tO\t_\n",
        [("Jan slaapt", "B-PER O")],
    ),
    "German CoNLL-2003": (
        "test.txt",
        "Großer Grosse NN I-NC O\nJan Jan NE I-NC I-PER\n",
        [("Großer Jan", "O B-PER")],
    ),
    "IO tags without prefix": ("test.txt", "Jan PER\nKlaas PER\nslaapt O\n", [("Jan Klaas slaapt", "B-PER I-PER O")]),
    "BMES": ("test.txt", "Jan B-PER\nvan M-PER\nDam E-PER\n", [("Jan van Dam", "B-PER I-PER I-PER")]),
    "token CSV, latin-1": (  # the latin-1 of it is refused, below
        "test.csv",
        "Sentence #,Word,POS,Tag\nSentence: 1,in,IN,O\n,London,NNP,B-LOC\nSentence: 2,Iran,NNP,B-LOC\n",
        [("in London", "O B-LOC"), ("Iran", "B-LOC")],
    ),
    "NBSP in or as a token": (
        "test.txt",
        "10\N{NO-BREAK SPACE}000\tB-PER\n\N{NO-BREAK SPACE}\tO\n",
        [("10\N{NO-BREAK SPACE}000 \N{NO-BREAK SPACE}", "B-PER O")],
    ),
    "ZWSP as a token": (
        "test.txt",
        "a\tO\n\N{ZERO WIDTH SPACE}\tO\nJan\tB-PER\n",
        [("a \N{ZERO WIDTH SPACE} Jan", "O O B-PER")],
    ),
    "-DOCSTART- with 1, 2, 3 columns": (
        "test.txt",
        "-DOCSTART-\n\nJan B-PER\n-DOCSTART- O\n\nPiet B-PER\n\n-DOCSTART- -X- O\n\n--DOCSTART--\tO\nslaapt O",
        [("Jan", "B-PER"), ("Piet", "B-PER"), ("slaapt", "O")],
    ),
    "I- that continues nothing; IOB1 B-": (
        "test.txt",
        "Jan I-PER\nPiet I-PER\nB-dorp I-LOC\n\nJan I-PER\nPiet B-PER\n",
        [("Jan Piet B-dorp", "B-PER I-PER B-LOC"), ("Jan Piet", "B-PER B-PER")],
    ),
    "BIOES / BILOU": (
        "test.txt",
        "a B-PER\nb I-PER\nc L-PER\nd U-LOC\n\na B-PER\nb E-PER\nc S-LOC\n",
        [("a b c d", "B-PER I-PER I-PER B-LOC"), ("a b c", "B-PER I-PER B-LOC")],
    ),
    "no last newline": ("test.txt", "Jan B-PER\nslaapt O", [("Jan slaapt", "B-PER O")]),
    "several blank lines, blank lines with spaces": (
        "test.txt",
        "\n \nJan B-PER\n \t \n\n\n  \r\nslaapt O\n\n\n",
        [("Jan", "B-PER"), ("slaapt", "O")],
    ),
}

# Kind: file, content, texts as words.
SENTENCES: dict[str, tuple[str, str, list[str]]] = {
    "semicolon CSV (Excel, Europe)": ("mine.csv", "id;text\n1;Hallo Welt\n", ["Hallo Welt"]),
    "U+2028, NEL in JSON lines": ("mine.jsonl", '{"text":"a\u2028b"}\n{"text":"a\u0085b"}\n', ["a b", "a b"]),
    "sentences: row of several sentences": (
        "mine.jsonl",
        '{"text":"He left Berlin. Paris was next."}',
        ["He left Berlin . Paris was next ."],
    ),
}

# Kind: file, content, message.
REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "CSV: unquoted comma": (
        "mine.csv",
        "text\nHe paid 5, then left\nSecond\n",
        r"mine.csv:2: expected 1 fields as in the header, parted by commas, found 2; put a text .* between quotes",
    ),
    "CSV: unquoted comma, id": ("mine.csv", "text,id\nHallo, Welt,7\n", r"mine.csv:2: expected 2 fields .* found 3"),
    "CSV: line number of an error": (
        "mine.csv",
        'id,text\n1,a b\n2,"c\nd"\n3,e f\n\n4,"bad "quote" x"\n5,ok\n',
        r"mine.csv:7: no valid CSV",
    ),
    "ints for tags": (
        "mine.jsonl",
        '{"words":["Tony","Blair"],"tags":[1,2]}',
        r"mine.jsonl:1: tags are numbers, such as 1; set prepare.tag_names",
    ),
    "CSV empty cell": ("mine.csv", "id,text\n1,Hallo\n2,\n3,Welt\n", r"mine.csv:3: this row has no text"),
    "cp1252 / UTF-16 CSV": (
        "mine.csv",
        "text\nMüller\n".encode("cp1252"),
        r"mine.csv:2: expected UTF-8 text, found the byte 0xfc; if it is Windows-1252 .*iconv -f WINDOWS-1252",
    ),
    "token with a space": (
        "test.txt",
        "New York\tB-LOC\n",
        r"test.txt:1: expected columns without white space in them",
    ),
}

OWN = {
    "prepare: test sentences in train or in the LLM's sentences",  # test_stage.py
    "hf: row with tags null",  # test_corpus.py
    "WNUT17 train, dev, test.annotated",
}


@pytest.mark.parametrize("kind", READ)
def test_a_kind_is_read(kind: str, tmp_path: Path) -> None:
    name, content, expected = READ[kind]
    assert gold(write(tmp_path, name, content)) == expected


@pytest.mark.parametrize("kind", SENTENCES)
def test_a_kind_of_sentences_is_read(kind: str, tmp_path: Path) -> None:
    name, content, expected = SENTENCES[kind]
    assert [" ".join(row["words"]) for row in sentences(write(tmp_path, name, content))] == expected


@pytest.mark.parametrize("kind", REFUSED)
def test_a_kind_is_refused(kind: str, tmp_path: Path) -> None:
    name, content, message = REFUSED[kind]
    with pytest.raises(UserError, match=message):
        (sentences if name.startswith("mine") else gold)(write(tmp_path, name, content))


def test_wnut17_types_with_hyphens_are_never_taken_apart(tmp_path: Path) -> None:
    """Its real files are not in this repository: 3394, 1009 and 1287 sentences."""
    text = "Dr\tB-creative-work\nWho\tI-creative-work\nis\tO\n\n#nyc\tB-location\n\n@x\tB-person\n"
    assert gold(write(tmp_path, "test.conll", text), reading(WNUT)) == [
        ("Dr Who is", "B-creative-work I-creative-work O"),
        ("#nyc", "B-location"),
        ("@x", "B-person"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_cp1252_or_utf16_is_said(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine.csv.*UTF-16.*iconv"):
        sentences(write(tmp_path, "mine.csv", "text\nMüller\n".encode(encoding)))


@pytest.mark.parametrize("kind", ["German CoNLL-2003", "token CSV, latin-1"])
def test_latin_1_is_said(kind: str, tmp_path: Path) -> None:
    name, content, _ = READ[kind]
    with pytest.raises(UserError, match=rf"{name}:\d: expected UTF-8 text, found the byte 0x.*iconv"):
        gold(write(tmp_path, name, content.replace("London", "Köln").encode("latin-1")))


def test_integers_for_tags_are_read_by_their_names(tmp_path: Path) -> None:
    path = write(tmp_path, "test.jsonl", '{"tokens":["Tony","Blair","left"],"ner_tags":[1,2,0]}')
    assert gold(path, reading(tag_names=["O", "B-PER", "I-PER"])) == [("Tony Blair left", "B-PER I-PER O")]
    with pytest.raises(UserError, match=r"test.jsonl:1: tag 2 has no name; prepare.tag_names has 2, from 0"):
        gold(path, reading(tag_names=["O", "B-PER"]))


def test_a_row_of_several_sentences_is_split_by_parameter(tmp_path: Path) -> None:
    path = write(tmp_path, "mine.jsonl", '{"id":3,"text":"He left Berlin. Paris was next."}')
    assert sentences(path, reading(split_texts=True)) == [
        {"id": "3-000", "words": ["He", "left", "Berlin", "."]},
        {"id": "3-001", "words": ["Paris", "was", "next", "."]},
    ]


ROW = '{"text": "Tony Blair left."}\n'


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.JSONL", "a.json", "a.txt", "a.jsonl.gz", "a.Json.GZ"])
def test_json_is_read_whatever_its_ending(name: str, tmp_path: Path) -> None:
    content = gzip.compress(ROW.encode()) if name.lower().endswith("gz") else ROW
    assert sentences(write(tmp_path, name, content)) == [{"id": "own-00000", "words": ["Tony", "Blair", "left", "."]}]


@pytest.mark.parametrize("name", ["a.txt", "a.conll", "a.tsv", "a.bio", "a.iob2", "a", "a.txt.gz"])
def test_columns_are_read_whatever_their_ending(name: str, tmp_path: Path) -> None:
    content = "Jan\tB-PER\nslaapt\tO\n"
    path = write(tmp_path, name, gzip.compress(content.encode()) if name.endswith("gz") else content)
    assert gold(path) == [("Jan slaapt", "B-PER O")]


@pytest.mark.parametrize("ending", ["xml", "xlsx", "parquet", "spacy", "ann", "zip", "yml", "PKL"])
def test_a_format_that_is_not_read_names_those_that_are(ending: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"a.{ending}", "x")
    with pytest.raises(
        UserError, match=rf"a.{ending}: .{ending.lower()} is not read; read are JSON lines .*CSV.*CoNLL"
    ):
        sentences(path)


@pytest.mark.parametrize("content", [b"PAR1abc", b"PK\x03\x04abc", b"%PDF-1.7", b"BZh9abc"])
def test_what_is_no_text_names_what_is_read(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a.txt: is no text; read are JSON lines"):
        sentences(write(tmp_path, "a.txt", content))


def test_gzip_that_is_cut_off_is_one_line(tmp_path: Path) -> None:
    packed = gzip.compress(ROW.encode() * 100)
    for content in (packed[:30], packed[:-4] + b"0000", b"\x1f\x8b no"):
        with pytest.raises(UserError, match=r"a.jsonl.gz: its gzip data are damaged or cut off"):
            sentences(write(tmp_path, "a.jsonl.gz", content))


def test_a_folder_may_hold_any_of_the_formats(tmp_path: Path) -> None:
    write(tmp_path, "train.txt.gz", gzip.compress(b"Jan B-PER\n"))
    write(tmp_path, "dev.JSONL", '{"text": "Jan slaapt", "label": [[0, 3, "person"]]}')
    write(tmp_path, "Test.tsv", "word\ttag\nJan\tPER-B\n")
    splits = corpus.read(str(tmp_path), reading()).splits
    assert {split: rows[0]["tags"] for split, rows in splits.items()} == {
        "train": ["B-PER"],
        "valid": ["B-PER", "O"],
        "test": ["B-PER"],
    }


@pytest.mark.skipif(not CASES.exists(), reason="cases that never enter the repository")
def test_every_kind_has_a_test() -> None:
    cases: list[dict[str, Any]] = [json.loads(line) for line in CASES.read_text().splitlines()]
    kinds = {case["kind"] for case in cases if not case["kind"].startswith("predict")}
    assert kinds - {*READ, *SENTENCES, *REFUSED, *OWN} == set()
