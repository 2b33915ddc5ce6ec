"""CSV is read a row at a time: a row a text, or a row a word."""

import gzip
from pathlib import Path

import pytest

from tests.predict.reading import texts_of, words_of
from tinyner.errors import UserError
from tinyner.predict.texts import Skipped


@pytest.mark.parametrize(
    ("content", "column", "row", "text"),
    [
        ("id,text\n7,Rome fell.\n", None, {"id": "7", "text": "Rome fell."}, "Rome fell."),
        ("id;Text\n7;Rome, fell.\n", None, {"id": "7"}, "Rome, fell."),
        ("sep=;\nid;text\n7;x\n", None, {"id": "7", "text": "x"}, "x"),
        ("id\ttext\n7\tRome\n", None, {"id": "7", "text": "Rome"}, "Rome"),
        (
            'id|text\r\n7|"Rome\r\n\r\nfell ""it"""\r\n',
            None,
            {"id": "7", "text": 'Rome\n\nfell "it"'},
            'Rome\n\nfell "it"',
        ),
        ("id,My Note,text\n7,Rome,x\n", "my_note", {"id": "7", "input_text": "x"}, "Rome"),
        ("id,note\n7,Rome fell.\n", None, {"id": "7"}, "Rome fell."),
        ("sentence,note\nSentence: 1,Rome fell.\n", None, {"sentence": "Sentence: 1"}, "Rome fell."),
        (",text\n0,Rome\n", None, {"column_1": "0", "text": "Rome"}, "Rome"),
        ("id,text\n7,\n", None, {"id": "7", "text": ""}, ""),
        ("label,text\nPER,x\n", None, {"label": "PER", "text": "x"}, "x"),
        ("word,tag,text\nPER,x,Rome\n", None, {"word": "PER", "tag": "x", "text": "Rome"}, "Rome"),
    ],
)
def test_a_row_a_text(content: str, column: str | None, row: dict[str, str], text: str, tmp_path: Path) -> None:
    for name, data in (("a.csv", content.encode()), ("a.csv.gz", gzip.compress(content.encode()))):
        (read,) = texts_of(tmp_path, name, data, column)
        assert (read.row, read.text, read.words) == (row, text, None)


def test_lines_are_those_where_rows_begin(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "a.csv", 'text\n"a\nb"\n\n""\nc\n')
    assert [(text.line, text.text) for text in texts] == [(2, "a\nb"), (6, "c")]


def test_a_guess_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts_of(tmp_path, "a.csv", "id,note\n7,Rome fell.\n")
    assert capsys.readouterr().err == f"tinyner: {tmp_path}/a.csv: the texts are in column note\n"
    texts_of(tmp_path, "a.csv", "id,text\n7,Rome fell.\n")
    assert capsys.readouterr().err == ""


def test_words_in_cells(tmp_path: Path) -> None:
    (text,) = texts_of(tmp_path, "a.csv", "tokens,ner_tags\n\"['New York', 'fell']\",\"[1, 0]\"\n")
    assert (words_of(text), text.row["tokens"]) == (["New York", "fell"], ["New York", "fell"])
    (text,) = texts_of(tmp_path, "a.csv", 'text,words\nRome  fell,"[""Rome"", ""fell""]"\n')
    assert (words_of(text), text.text) == (["Rome", "fell"], "Rome  fell")


@pytest.mark.parametrize(
    "content",
    [
        "word,tag\nRome,B-LOC\nfell,O\n,\nHe,O\nleft,O\n",
        "Sentence #,Word,POS,Tag\n1,Rome,N,B-LOC\n,fell,V,O\n2,He,P,O\n,left,V,O\n",
        "sent\ttoken\tner\n1\tRome\tB-LOC\n1\tfell\tO\n2\tHe\tO\n2\tleft\tO\n",
    ],
)
def test_a_row_a_word(content: str, tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "a.csv", content)
    assert list(map(words_of, texts)) == [["Rome", "fell"], ["He", "left"]]
    assert texts[0].line == 2
    assert texts[0].text == "Rome fell"


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        (
            "id,headline,date\n1,x,y\n",
            None,
            "a.csv:1: no column is called text; say --column NAME; its columns are id, headline, date",
        ),
        (
            "note,body\nx,y\n",
            None,
            "a.csv:1: note and body could all be meant; say --column NAME; its columns are note, body",
        ),
        ("id,text\n1,x\n", "note", "a.csv:1: has no column note; its columns are id, text"),
        ("Rome fell.\n", None, "a.csv:1: no column is called text; say --column NAME; its columns are Rome fell."),
        ("text,text\n1,x\n", None, "a.csv:1: text and text could all be meant"),
        ("id,id,text\n1,2,x\n", None, "a.csv:1: has 2 columns id; give each a name of its own"),
        ("id,text\n1,x,y\n", None, "a.csv:2: expected 2 fields as in the header, parted by commas, found 3"),
        ("id,text\n1,x\nid,text\n", None, "a.csv:3: is the header again"),
        ('id,text\n1,"x"y\n', None, "a.csv:2: no valid CSV"),
        ('id,text\n1,x\n2,"x\n3,y\n', None, "a.csv:3: no valid CSV"),
        ("word,token,tag\nx,y,O\n", None, "a.csv:1: the words could be in word and token; say --column NAME"),
        ("word,tag\nx,O\n,O\n", None, "a.csv:3: has no word"),
        ("word,tag\n" + "x,O\n" * 1001, None, "a.csv:1002: the sentence here has more than 1000 words"),
    ],
)
def test_what_can_not_be_known_or_read_is_one_line(
    content: str, column: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        texts_of(tmp_path, "a.csv", content, column)
    assert message in str(caught.value)


def test_bad_rows_are_skipped_and_counted(tmp_path: Path) -> None:
    skipped = Skipped()
    content = b'id,text\n1,a\n2,b,c\n3,\x92d\n4,"e"f\n5,g\n'
    assert [text.text for text in texts_of(tmp_path, "a.csv", content, None, skipped)] == ["a", "g"]
    assert skipped.count == 3
    assert "a.csv:3: expected 2 fields" in skipped.first
    with pytest.raises(UserError, match=r"a\.csv:4: expected UTF-8 text, found the byte 0x92"):
        texts_of(tmp_path, "a.csv", b"id,text\n1,a\n2,b\n3,\x92d\n")
    skipped = Skipped()
    words = "word,tag\nx,O\n,O\n,\ny,O\n"
    assert list(map(words_of, texts_of(tmp_path, "a.csv", words, None, skipped))) == [["y"]]
    assert skipped.count == 1


def test_an_empty_table_has_no_texts(tmp_path: Path) -> None:
    assert texts_of(tmp_path, "a.csv", "") == texts_of(tmp_path, "a.csv", "id,text\n") == []


def test_a_long_cell_is_a_text(tmp_path: Path) -> None:
    (text,) = texts_of(tmp_path, "a.csv", "text\n" + "x" * 200_000 + "\n")
    assert len(text.text) == 200_000
