"""Texts are read a line at a time, as text or as words; a bad line is named, or skipped and counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tinyner.errors import UserError
from tinyner.predict.source import Source
from tinyner.predict.text import Text
from tinyner.predict.texts import Skipped, read_texts
from tinyner.predict.windows import WINDOW_WORDS


def texts(folder: Path, name: str, content: bytes | list[Any], skipped: Skipped | None = None) -> list[Text]:
    path = folder / name
    rows = content if isinstance(content, bytes) else b"".join(json.dumps(row).encode() + b"\n" for row in content)
    path.write_bytes(rows)
    return list(read_texts(Source(path), skipped))


def words(text: Text) -> list[list[str]]:
    return [[text.text[start:end] for start, end in places] for places in text.sentences()]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "x"}\n{"txt": "x"}\n', "a.jsonl:2: expected text (a string) or words"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text"\n', "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b"Blair left.\n", "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: expected a JSON object"),
        ("a.jsonl", b'{"text": null}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text": 7}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text": ["x"]}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"words": "x"}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"words": ["x", 1]}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text": 7, "words": ["x"]}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text": "x", "words": 7}\n', "a.jsonl:1: expected text (a string) or words"),
        ("a.txt", b'{"text": "x"}\n\nx\n', "a.txt:3: expected a JSON object, found 'x'"),
        ("a.txt", b"ok\n\xff\n", "a.txt:2: expected UTF-8 text, found the byte 0xff"),
        ("a.txt", b"ok\n" * 9000 + b"Tony Blair\x92s\n", "a.txt:9001: expected UTF-8 text, found the byte 0x92"),
    ],
)
def test_a_bad_line_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        texts(tmp_path, name, content)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"text": "x", "text": "y"}', "the key 'text' stands twice"),
        ('{"text": "x", "id": 7, "id": 7}', "the key 'id' stands twice"),
        ('{"text": "x", "meta": {"id": 7, "id": 8}}', "the key 'id' stands twice"),
        ('{"text": "x", "score": NaN}', "NaN is no number of JSON"),
        ('{"text": "x", "scores": [Infinity]}', "Infinity is no number of JSON"),
        ('{"text": "x", "meta": {"score": -Infinity}}', "-Infinity is no number of JSON"),
        ('{"text": "x", "score": 1e999}', "1e999 is no number of JSON"),
    ],
)
def test_a_row_whose_values_would_be_lost_or_no_json(row: str, reason: str, tmp_path: Path) -> None:
    content = f'{{"text": "y", "score": 1e-9}}\n{row}\n'.encode()
    with pytest.raises(UserError) as caught:
        texts(tmp_path, "a.jsonl", content)
    assert "a.jsonl:2: expected a JSON object, found '{" in str(caught.value)
    assert str(caught.value).endswith(f"({reason})")
    skipped = Skipped()
    assert [text.row for text in texts(tmp_path, "a.jsonl", content, skipped)] == [{"text": "y", "score": 1e-9}]
    assert skipped.count == 1


def test_bad_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    skipped = Skipped()
    content = b'{"text": "Blair"}\n\n[1]\n\xff\n{"words": ["Rome"]}\n{"text": "a", "words": ["b"]}\n'
    assert [(text.text, text.line) for text in texts(tmp_path, "a.jsonl", content, skipped)] == [
        ("Blair", 1),
        ("Rome", 5),
    ]
    assert skipped.count == 3
    assert skipped.first.startswith(f"{tmp_path}/a.jsonl:3: expected text")


def test_lines_have_their_number_and_no_mark_of_byte_order(tmp_path: Path) -> None:
    lines = texts(tmp_path, "a.txt", b"\xef\xbb\xbfBlair left\r\n \n\xef\xbb\xbfRome\n")
    assert [(text.text, text.line, text.row) for text in lines] == [("Blair left", 1, {}), ("Rome", 3, {})]
    assert words(lines[0]) == [["Blair", "left"]]


def test_long_texts_are_split_into_sentences(tmp_path: Path) -> None:
    (text,) = texts(tmp_path, "a.jsonl", [{"text": "Blair left Rome. He\nslept.\n\nParis"}])
    assert words(text) == [["Blair", "left", "Rome", "."], ["He", "slept", "."], ["Paris"]]


def test_words_stay_as_they_come(tmp_path: Path) -> None:
    (text,) = texts(tmp_path, "a.jsonl", [{"id": 7, "words": ["U.S.-led", "", "$ 5", "in", "Rome.", "He"]}])
    assert text.row["id"] == 7
    assert words(text) == [["U.S.-led", "", "$ 5", "in", "Rome.", "He"]]
    assert text.text == "U.S.-led  $ 5 in Rome. He"
    assert [words(text) for text in texts(tmp_path, "a.jsonl", [{"words": []}, {"words": ["a"], "text": None}])] == [
        [[]],
        [["a"]],
    ]


def test_words_that_are_too_many_for_a_window_are_split_into_sentences(tmp_path: Path) -> None:
    sentence = ["Blair", "left", "New York", "."]
    (text,) = texts(tmp_path, "a.jsonl", [{"words": sentence * (WINDOW_WORDS // 4)}])
    assert words(text) == [sentence * (WINDOW_WORDS // 4)]
    (text,) = texts(tmp_path, "a.jsonl", [{"words": sentence * 30}])
    assert words(text) == [sentence] * 30
    row = ["", *["Rome. Paris"] * 101]  # no end of a sentence splits a word
    (text,) = texts(tmp_path, "a.jsonl", [{"words": row}])
    assert [word for sentence in words(text) for word in sentence] == row


def test_predict_row_with_text_and_words(tmp_path: Path) -> None:
    row = {
        "text": " Blair's visit\n to Rome. ",
        "words": ["Blair", "'s", "visit", "to", "Rome", "."],
        "spans": [[0, 5]],
    }
    (text,) = texts(tmp_path, "a.jsonl", [row])
    assert (text.text, text.row) == (row["text"], row)
    assert words(text) == [row["words"]]
    assert text.words == [(1, 6), (6, 8), (9, 14), (16, 18), (19, 23), (23, 24)]
    for changed, message in (
        ({"words": ["Blair", "was"]}, "word 1 is 'was', but the text goes on with \"'s visit"),
        ({"words": ["Blair", "'s"]}, "the text has more than the words: 'visit"),
        ({"text": ""}, "word 0 is 'Blair', but the text goes on with ''"),
    ):
        with pytest.raises(UserError, match=rf"a\.jsonl:1: {message}"):
            texts(tmp_path, "a.jsonl", [row | changed])
