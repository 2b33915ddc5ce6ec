"""Texts are read a line at a time, as text or as words; a bad line is named."""

from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.predict.texts import read_texts, word_places


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "x"}\n{"txt": "x"}\n', "a.jsonl:2: expected text (a string) or words"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text"\n', "a.jsonl:1: expected a JSON object"),
        ("a.txt", b"ok\n\xff\n", "a.txt:2: expected UTF-8 text, found the byte 0xff"),
    ],
)
def test_a_bad_line_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        list(read_texts(tmp_path / name))
    assert message in str(caught.value)


def test_a_mark_of_byte_order_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfBlair left\r\n")
    (text,) = read_texts(tmp_path / "a.txt")
    assert (text.text, text.places) == ("Blair left", word_places("Blair left"))


def test_words_stay_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 7, "words": ["U.S.-led", "", "$ 5"]}\n')
    (text,) = read_texts(tmp_path / "a.jsonl")
    assert text.row["id"] == 7
    assert text.words() == ["U.S.-led", "", "$ 5"]
    assert text.text == "U.S.-led  $ 5"
