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


@pytest.mark.parametrize(
    ("name", "content", "column", "row", "text"),
    [
        ("a.csv", "id,My Note\n7,Rome fell.\n", "2", {"id": "7"}, "Rome fell."),
        ("a.csv", "id;headline\n7;Rome, fell.\n8;Rome\n", "2", {"id": "7"}, "Rome, fell."),
        ("a.csv", "sep=|\n\nid|headline\n7|Rome, fell.\n", "2", {"id": "7"}, "Rome, fell."),
        ("a.csv", "headline\nRome fell.\n", "1", {}, "Rome fell."),
        ("a.csv", "id, body;date\n7,Rome fell.\n8,Rome\n", "2", {"id": "7"}, "Rome fell."),
        ("a.csv", "text,note\nx,Rome fell.\n", "2", {"input_text": "x"}, "Rome fell."),
        ("a.csv", "id,2019\n7,Rome fell.\n", "2", {"id": "7"}, "Rome fell."),
        ("a.txt", "id,headline\n7,Rome fell.\n8,He left.\n", "2", {"id": "7"}, "Rome fell."),
        ("a.tsv", "id\theadline\n7\tRome fell.\n8\tHe left.\n", "2", {"id": "7"}, "Rome fell."),
        ("a.txt", "id\theadline\n7\tRome fell.\n8\tHe left.\n", "2", {"id": "7"}, "Rome fell."),
    ],
)
def test_a_column_by_its_number_is_said(
    name: str,
    content: str,
    column: str,
    row: dict[str, str],
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, *_ = texts_of(tmp_path, name, content, column)
    assert (first.row, first.text) == (row, text)
    header = next(line for line in content.splitlines() if line and not line.startswith("sep="))
    assert f"tinyner: {tmp_path}/{name}: the texts are in column {column}, " in capsys.readouterr().err
    assert content.splitlines()[first.line - 2] == header


def test_a_name_that_is_a_number_comes_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in ("2,1\nx,Rome\n", "1,0\nRome,x\n"):
        assert [text.text for text in texts_of(tmp_path, "a.csv", content, "1")] == ["Rome"]
    assert capsys.readouterr().err == ""


def test_words_by_their_number(tmp_path: Path) -> None:
    content = "tag,word\nB-LOC,Rome\nO,fell\n,\nO,He\n"
    assert list(map(words_of, texts_of(tmp_path, "a.csv", content, "2"))) == [["Rome", "fell"], ["He"]]
    (text,) = texts_of(tmp_path, "a.csv", "id,tokens\n7,\"['New York', 'fell']\"\n", "2")
    assert words_of(text) == ["New York", "fell"]


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("id,headline\n7,x\n", "3", "a.csv:1: has 2 columns, and --column is 3; they are id, headline"),
        ("id,headline\n7,x\n", "0", "a.csv:1: has 2 columns, and --column is 0"),
        ("id,headline\n7,x\n", "²", "a.csv:1: has no column ²; its columns are id, headline"),
        ("id,headline\n7,x\n", "9" * 5000, "a.csv:1: has no column 9999"),
        ("a,Rome fell.\nb,He left.\n", "2", "a.csv:1: 'Rome fell.' is no name of a column"),
        ("7,Rome\n8,Paris\n", "2", "a.csv:1: '7' is no name of a column"),
        ("2019-01-02,Rome\n2019-01-03,Paris\n", "2", "a.csv:1: '2019-01-02' is no name of a column"),
        ("a,Paris is the capital of all France\nb,c\n", "2", "is no name of a column"),
        ("a;b,c;d\n1;2,3;4\n", "1", "a.csv:1: commas and semicolons could part its columns; say --column NAME"),
        ("a;b,c;d\n1;2\n3,4,5\n", "1", "a.csv:1: commas and semicolons could part its columns; say --column NAME"),
        ("id,a,a\n7,x,y\n", "3", "a.csv:1: has 2 columns a"),
    ],
)
def test_a_number_that_can_not_be_followed_is_one_line(content: str, column: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        texts_of(tmp_path, "a.csv", content, column)
    assert message in str(error.value)
