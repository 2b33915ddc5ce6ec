"""CSV: what is read, what is refused; a kind a test."""

from pathlib import Path

import pytest

from tinyner.errors import UserError

from .files import gold, reading, sentences, write

# Kind: file, content, ids and words.
READ: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "commas": ("a.csv", "id,text\n1,Hallo Welt\n", [("1", "Hallo Welt")]),
    "semicolons": ("a.csv", "id;text\n1;Hallo, Welt\n", [("1", "Hallo , Welt")]),
    "tabs": ("a.tsv", 'id\ttext\n1\tHe said, "no"\n', [("1", 'He said , " no "')]),
    "bars": ("a.csv", "id|text\n1|Hallo\n", [("1", "Hallo")]),
    "tabs, one column": ("a.tsv", "text\nHallo, Welt\n", [("own-00000", "Hallo , Welt")]),
    "a line for spreadsheets": ("a.csv", "sep=;\nid;text\n1;Hallo, Welt\n", [("1", "Hallo , Welt")]),
    "names in capitals, with blanks": ("a.csv", " ID , Text \n1,Hallo\n", [("1", "Hallo")]),
    "a byte-order mark": ("a.csv", "\ufefftext\nHallo\n", [("own-00000", "Hallo")]),
    "CRLF": ("a.csv", "id,text\r\n1,Hallo\r\n", [("1", "Hallo")]),
    "carriage returns alone": ("a.csv", "id,text\r1,Hallo\r2,Welt\r", [("1", "Hallo"), ("2", "Welt")]),
    "a quoted line end": ("a.csv", 'id,text\n1,"a\nb"\n2,c\n', [("1", "a b"), ("2", "c")]),
    "quotes in a text": ("a.csv", 'text\n"He said ""no"""\n', [("own-00000", 'He said " no "')]),
    "empty rows": ("a.csv", "id,text\n,\n1,a\n\n,,\n2,b\n".replace(",,", ","), [("1", "a"), ("2", "b")]),
    "an empty id": ("a.csv", "id,text\n,a\n2,b\n", [("own-00000", "a"), ("2", "b")]),
    "other columns": ("a.csv", "source,text,date\nx,a b,y\n", [("own-00000", "a b")]),
    "another ending": ("a.txt", "id;text\n1;Hallo Welt\n", [("1", "Hallo Welt")]),
}


@pytest.mark.parametrize("kind", READ)
def test_a_kind_is_read(kind: str, tmp_path: Path) -> None:
    name, content, expected = READ[kind]
    rows = sentences(write(tmp_path, name, content))
    assert [(row["id"], " ".join(row["words"])) for row in rows] == expected


# Kind: content, message.
REFUSED = {
    "more fields": ("id,text\n1,a\n2,b, c\n", r"a.csv:3: expected 2 fields .* parted by commas, found 3"),
    "more fields, one column": ("text\na, b\n", r"a.csv:2: expected 1 fields .* found 2"),
    "more fields behind a text of several lines": ('id,text\n1,"a\nb\nc"\n2,b, c\n', r"a.csv:5: expected 2 fields"),
    "more fields, semicolons": ("id;text\n1;a; b\n", r"a.csv:2: expected 2 fields .* parted by semicolons, found 3"),
    "fewer fields, by a line end in a text": ("id,text,source\n1,Hallo\nWelt,x\n", r"a.csv:2: expected 3 fields"),
    "a quote that is never closed": ('text\nx\n"Hello\nWorld\nThird\n', r"a.csv:3: no valid CSV"),
    "a quote in a quoted text": ('id,text\n1,x\n2,"a "b" c"\n', r"a.csv:3: no valid CSV: .*its own doubled"),
    "an empty text": ("id,text\n1,a\n2,\n", r"a.csv:3: this row has no text"),
    "a text of blanks": ('id,text\n1,a\n2,"  "\n', r"a.csv:3: this row has no text"),
    "no such column": ("id,sentence\n1,x\n", r"a.csv:1: expected a header .* call the column that has the texts text"),
    "no header": ("Hallo Welt\nx\n", r"a.csv:1: expected a header with a column named text .* found 'Hallo Welt'"),
    "two columns of texts": ("text,Text\na,b\n", r"a.csv:1: has 2 columns named text"),
    "two columns of ids": ("id,ID,text\na,b,c\n", r"a.csv:1: has 2 columns named id"),
    "joined files with two headers": ("id,text\n1,a\n\ufeffid,text\n2,b\n", r"a.csv:3: is the header again"),
    "an id twice": ("id,text\n1,a\n1,b\n", r"a.csv:3: id '1' stands already at a.csv:2"),
    "words in a column named text": ("text,label\nTony,B-PER\nx,O\n", r"a.csv:1: has tags in column label, so"),
    "only a header": ("text\n", r"a.csv: expected sentences, found none"),
    "nothing": ("", r"a.csv: expected sentences, found none"),
    "over a thousand words": ("text\n" + "a " * 1001, r"a.csv:2: a sentence of 1,001 words .*split_texts"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_kind_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = REFUSED[kind]
    with pytest.raises(UserError, match=message):
        sentences(write(tmp_path, "a.csv", content))


# Kind: content, words and tags.
TOKENS = {
    "a column of sentences, filled once": (
        "Sentence #,Word,POS,Tag\nSentence: 1,in,IN,O\n,Rome,NNP,B-LOC\nSentence: 2,Jan,NNP,B-PER\n",
        [("in Rome", "O B-LOC"), ("Jan", "B-PER")],
    ),
    "a column of sentences, on every row": (
        "sentence_id;token;ner\n1;in;O\n1;Rome;B-LOC\n2;Jan;B-PER\n",
        [("in Rome", "O B-LOC"), ("Jan", "B-PER")],
    ),
    "empty rows between": ("word,tag\nRome,B-LOC\n,\nJan,B-PER\n", [("Rome", "B-LOC"), ("Jan", "B-PER")]),
    "a comma and a quotation mark as words": ('word,tag\n",",O\n"""",O\n#1,O\n', [(', " #1', "O O O")]),
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_table_of_tokens_is_read(kind: str, tmp_path: Path) -> None:
    content, expected = TOKENS[kind]
    assert gold(write(tmp_path, "a.csv", content)) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("word,tag\nHe,O\n.,O\nJan,B-PER\n", r"a.csv:1: has neither a column sentence"),
        ("sentence,word,tag\n1,He,O\n1,,O\n", r"a.csv:3: has no word"),
        ("sentence,word,tag\n1,He,O\n1,New York,O\n", r"a.csv:3: expected columns without white space"),
        ("sentence,word,tag\n1,He,O\n1,Jan,B-X\n", r"a.csv:3: type X is none"),
        ("text\nHe left\n", r"a.csv:2: expected labels with every sentence"),
    ],
)
def test_a_table_that_holds_no_labels_of_words_is_refused(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        gold(write(tmp_path, "a.csv", content))


def test_texts_of_several_lines_and_long_ones_are_noted(tmp_path: Path) -> None:
    used = reading()
    sentences(write(tmp_path, "a.csv", 'text\n"a\nb"\n' + "a " * 251 + "\n"), used)
    assert list(used.notes.lines()) == [
        "a.csv: texts of several lines: 1 (first: a.csv:2)",
        "a.csv: sentences of over 250 words: 1 (first: a.csv:4)",
    ]
