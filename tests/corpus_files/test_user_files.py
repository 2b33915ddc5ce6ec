"""Rows of JSON with texts or words, and their ids."""

import json
from pathlib import Path
from typing import Any

import pytest

from tinyner.corpus_files import user_files
from tinyner.errors import UserError

from .files import reading, sentences, write


def rows_file(folder: Path, *rows: Any) -> Path:
    return write(folder, "own.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def test_texts_and_words_with_and_without_ids_and_tags(tmp_path: Path) -> None:
    rows = [
        {"text": "Mr Blair's plan."},
        {"id": "mine", "words": ["Blair", "left"], "tags": ["I-PER", "O"], "source": "kept out"},
        {"id": 7, "tokens": ["x"], "ner_tags": None},
    ]
    assert sentences(rows_file(tmp_path, *rows)) == [
        {"id": "own-00000", "words": ["Mr", "Blair", "'s", "plan", "."]},
        {"id": "mine", "words": ["Blair", "left"], "tags": ["B-PER", "O"]},
        {"id": "7", "words": ["x"]},
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"id": "a", "sentence": "x", "n": 1}],
            r'own.jsonl:1: expected "text", a string, or "words", a list of strings; call the key that has the texts '
            r"text \(here are sentence\)",
        ),
        ([{"text": 3}], r'own.jsonl:1: expected "text", a string, found a int'),
        ([{"text": "x"}, {"words": ["a", 3]}], r"own.jsonl:2: expected"),
        ([{"text": ""}], r"own.jsonl:1: the text has no words"),
        ([{"words": []}], r"own.jsonl:1: the sentence has no words"),
        ([{"words": ["New York"]}], r"own.jsonl:1: word 0 is 'New York'"),
        ([{"words": [""]}], r"own.jsonl:1: word 0 is ''"),
        ([{"id": 3.0, "text": "x"}], r"own.jsonl:1: expected a string or a whole number as id, found 3.0"),
        ([{"id": True, "text": "x"}], r"own.jsonl:1: expected a string or a whole number as id, found True"),
        ([{"id": "", "text": "x"}], r"own.jsonl:1: expected a string or a whole number as id, found ''"),
        ([{"id": "a", "text": "x"}, {"id": "a", "text": "y"}], r"own.jsonl:2: id 'a' stands already at own.jsonl:1"),
        ([{"id": 1, "text": "x"}, {"id": "1", "text": "y"}], r"own.jsonl:2: id '1' stands already at own.jsonl:1"),
        ([{"words": ["a"], "tags": []}], r"own.jsonl:1: expected 1 tags"),
        ([{"words": ["a"], "tags": "O"}], r"own.jsonl:1: expected 1 tags"),
        ([{"words": ["a"], "tags": [None]}], r"own.jsonl:1: expected tags as text, found None"),
        ([{"words": ["a"], "tags": [True]}], r"own.jsonl:1: expected tags as text, found True"),
        ([{"words": ["a"], "tags": ["B-DRUG"]}], r"own.jsonl:1: word 0: type DRUG is none of the types"),
        ([{"words": ["a"], "tags": ["1"]}], r"own.jsonl:1: word 0: tags are numbers, such as 1"),
        ([{"words": ["a"], "tags": ["O"], "ner_tags": ["B-PER"]}], r"own.jsonl:1: has tags as tags and as ner_tags"),
        ([{"words": ["a"], "tokens": ["b"]}], r"own.jsonl:1: has words and tokens that differ"),
        ([{"text": "a", "tags": ["O"]}], r"own.jsonl:1: tags belong to words"),
        ([{"text": "a b", "labels": ["B-PER", "O"]}], r"own.jsonl:1: tags belong to words"),
        ([{"text": "a \ud83d b"}], r"own.jsonl:1: half a surrogate pair"),
        ([{"words": ["a"], "tags": ["B-\ud83d"]}], r"own.jsonl:1: half a surrogate pair"),
        ([{"id": "\ud83d", "words": ["a"]}], r"own.jsonl:1: half a surrogate pair"),
        ([{"text": "a " * 1001}], r"own.jsonl:1: a sentence of 1,001 words begins here"),
        ([], r"own.jsonl: expected sentences"),
        ([3], r"own.jsonl:1: expected a JSON object, found a int"),
        ([["a", "b"]], r"own.jsonl:1: expected a JSON object, found a list"),
    ],
)
def test_a_row_that_is_not_what_it_should_be(rows: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        sentences(rows_file(tmp_path, *rows))


# Kind: content, texts.
JSON = {
    "a line a row": ('{"text":"a b"}\n\n{"text":"c"}\n', ["a b", "c"]),
    "objects over several lines": ('{\n "text": "a b"\n}\n{\n "text": "c"\n}', ["a b", "c"]),
    "one list": ('[{"text":"a b"},{"text":"c"}]', ["a b", "c"]),
    "one list over several lines": ('[\n {\n  "text": "a b"\n },\n {"text": "c"}\n]\n', ["a b", "c"]),
    "joined files with byte-order marks": ('\ufeff{"text":"a b"}\n\ufeff{"text":"c"}\n', ["a b", "c"]),
    "carriage returns": ('{"text":"a b"}\r\n{"text":"c"}\r\n', ["a b", "c"]),
    "separators of lines in a text": ('{"text":"a\u2028b\u0085c"}\n', ["a b c"]),
    "an escaped NUL": ('{"text":"a \\u0000 b"}\n', ["a \0 b"]),
    "no spans for texts of other labels": ('{"text":"a","label":"sports"}\n{"text":"b","labels":["x"]}', ["a", "b"]),
}


@pytest.mark.parametrize("kind", JSON)
def test_a_kind_of_json_is_read(kind: str, tmp_path: Path) -> None:
    content, expected = JSON[kind]
    assert [" ".join(row["words"]) for row in sentences(write(tmp_path, "own.json", content))] == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text":"a"}\n{"text":"b"\n{"text":"c"}\n', r"own.json:2: expected a JSON object, found '{\"text\":\"b\"'"),
        ('{"text":"a"}\n{"text":"b', r"own.json:2: expected a JSON object"),
        ('[{"text":"a"}\n {"text":"b"}]', r"own.json:1: expected a comma or \] behind this item of the list, found"),
        ('[{"text":"a"},\n', r"own.json:2: expected a JSON object, found the end of the file"),
        ('{"text":"a","text":"b"}', r"own.json:1: .*the key 'text' stands twice"),
        ('{"data":[{"text":"a"}]}', r'own.json:1: expected "text"'),
        ("[]", r"own.json: expected sentences, found none"),
        ("Jan B-PER\n", r"own.json:1: expected a JSON object, found 'Jan B-PER'"),
        ("[" * 100_000, r"own.json:1: expected a JSON object"),
        ('{"text":"a\0b"}', r"own.json:1: has a NUL byte"),
        ('{"text": "a"}\ufeff{"text": "b"}', r"own.json:1: expected a JSON object, found '\\ufeff"),
    ],
)
def test_json_that_is_broken_is_named_by_its_line(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        sentences(write(tmp_path, "own.json", content))


def test_a_long_text_is_noted_and_may_be_split(tmp_path: Path) -> None:
    text = "He left Berlin. " * 100
    path, used = rows_file(tmp_path, {"id": "a", "text": text}), reading()
    assert len(sentences(path, used)[0]["words"]) == 400
    assert list(used.notes.lines()) == ["own.jsonl: sentences of over 250 words: 1 (first: own.jsonl:1)"]
    rows = sentences(path, reading(split_texts=True))
    assert [row["id"] for row in rows[:2]] == ["a-000", "a-001"]
    assert [row["words"] for row in rows] == [["He", "left", "Berlin", "."]] * 100


def test_sentences_without_white_space_are_plain_text(tmp_path: Path) -> None:
    path = write(tmp_path, "texts.txt", "".join(f"田中さんは{index}回食べた。\n" for index in range(4)))
    assert [row["words"][-1] for row in sentences(path)] == ["。"] * 4
    with pytest.raises(UserError, match=r"texts\.txt:1: most lines are a single word"):
        sentences(write(tmp_path, "texts.txt", "SOCCER\nJAPAN\nGET\n"))


@pytest.mark.parametrize("line", ["राम ने {} किताबें खरीदीं।", "Rosa saw {} towns yesterday.", "Ann asked {} men ?"])
def test_sentences_of_as_many_words_that_end_alike_are_no_columns(line: str, tmp_path: Path) -> None:
    path = write(tmp_path, "texts.txt", "".join(line.format(index) + "\n" for index in range(10)))
    assert len(sentences(path)) == 10


def test_labels_as_spans_may_overlap_and_some_rows_may_lack_them(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "mine.jsonl",
        '{"id": 1, "text": "Jan Jansen slaapt", "label": [[0, 10, "person"], [4, 10, "LOC"]], "cost_usd": 0.5}\n'
        '{"id": 1, "text": "Piet", "label": [[0, 4, "DATE"]]}\n{"id": 2, "words": ["Klaas"]}\n'
        '{"words": ["Rosa", "won"], "tags": ["S-PER", "O"]}\n',
    )
    used = reading(drop_types=["date"])
    rows = user_files.read_spans(path, path.name, used)
    assert [(row.sentence_id, row.spans, row.cost_usd) for row in rows] == [
        ("1", [(0, 2, "PER"), (1, 2, "LOC")], 0.5),
        ("1", [], None),
        ("2", None, None),
        (None, [(0, 1, "PER")], None),
    ]
    assert {note["note"] for note in used.notes.rows()} == {
        "entities of type person read as PER",
        "entities of type DATE dropped",
        "tags S- read as B-",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"words": ["Jan"]}', "mine.jsonl: expected labels"),
        ('{"text": "Jan", "label": []}\n{"words": ["Piet"]}', "mine.jsonl: no text has a span"),
        ('{"text": "Jan", "label": [[0, 3, "GPE"]]}', "mine.jsonl:1: type GPE is none of the types"),
    ],
)
def test_labels_that_are_none_are_refused(content: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, "mine.jsonl", content)
    with pytest.raises(UserError, match=message):
        user_files.read_spans(path, path.name, reading())
