import json
from pathlib import Path
from typing import Any

import pytest

from tinyner.errors import UserError
from tinyner.prepare.user_files import read

TYPES = ["PER", "LOC"]


def write(folder: Path, *rows: Any) -> Path:
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_texts_and_words_with_and_without_ids_and_tags(tmp_path: Path) -> None:
    rows = [
        {"text": "Mr Blair's plan."},
        {"id": "mine", "words": ["Blair", "left"], "tags": ["I-PER", "O"], "source": "kept out"},
    ]
    assert read(write(tmp_path, *rows), "own", TYPES) == [
        {"id": "own-00000", "words": ["Mr", "Blair", "'s", "plan", "."]},
        {"id": "mine", "words": ["Blair", "left"], "tags": ["B-PER", "O"]},
    ]


def test_a_csv_file_has_a_column_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes('\ufeffid,source,text\r\na,x,"Blair, he\nsaid ""no""."\r\n\r\n,,\r\n,y,Café left\r\n'.encode())
    assert read(path, "own", TYPES) == [
        {"id": "a", "words": ["Blair", ",", "he", "said", '"', "no", '"', "."]},
        {"id": "own-00001", "words": ["Café", "left"]},
    ]
    for content, message in {
        "id,sentence\n1,x\n": r"own.csv:1: expected a column named text, found id, sentence",
        'text\n"open': r"own.csv:\d: no valid CSV",
        "": r"own.csv:1: expected a column named text, found no header",
        "text\n": r"own.csv: expected sentences",
        "id,text\na,\n": r"own.csv:2: expected \"text\"",
    }.items():
        path.write_text(content)
        with pytest.raises(UserError, match=message):
            read(path, "own", TYPES)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"sentence": "x"}], r'own.jsonl:1: expected "text", a string, or "words", a list of strings'),
        ([{"text": "x"}, {"words": ["a", 3]}], r"own.jsonl:2: expected"),
        ([{"text": ""}], r"own.jsonl:1: the sentence has no words"),
        ([{"words": ["New York"]}], r"own.jsonl:1: word 0 is 'New York'"),
        ([{"words": [""]}], r"own.jsonl:1: word 0 is ''"),
        ([{"id": 3, "text": "x"}], r"own.jsonl:1: expected a string as id, found 3"),
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], r"own.jsonl:2: id 'a' stands already on line 1"),
        ([{"words": ["a"], "tags": []}], r"own.jsonl:1: expected 1 tags"),
        ([{"words": ["a"], "tags": ["B-DRUG"]}], r"own.jsonl:1: word 0: type DRUG is none of the types"),
        ([{"text": "a", "tags": ["O"]}], r"own.jsonl:1: tags belong to words"),
        ([{"text": "a \ud83d b"}], r"own.jsonl:1: half a surrogate pair"),
        ([], r"own.jsonl: expected sentences"),
    ],
)
def test_a_row_that_is_not_what_it_should_be(rows: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        read(write(tmp_path, *rows), "own", TYPES)
