"""CoNLL columns are read a sentence at a time; only the words count."""

import itertools
from pathlib import Path

import pytest

from tests.predict.reading import texts_of, words_of
from tinyner.errors import UserError
from tinyner.predict.source import Source
from tinyner.predict.texts import Skipped, read_texts

CONLL_U = (
    "1\tEU\tEU\tPROPN\tNNP\t_\t2\tnsubj\t_\t_\n"
    "2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "2\tdo\tdo\tAUX\tVB\t_\t0\troot\t_\t_\n"
)
KINDS = {
    "CoNLL-2003": ("-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\ndo VB B-VP O\n\n", None),
    "two columns": ("EU B-ORG\ndo O\n", None),
    "tabs": ("EU\tB-ORG\ndo\tO\n", None),
    "IO tags": ("EU ORG\ndo O\n", None),
    "tags first": ("B-ORG EU\nO do\n", None),
    "words alone": ("EU\ndo\n", None),
    "counted": ("1\tEU\tB-ORG\tO\n2\tdo\tO\tO\n", None),
    "comments": ("# id = 7\n# text = EU do\nEU\tB-ORG\ndo\tO\n", None),
    "CoNLL-U": ("# text = EU do a b c d e f\n" + CONLL_U, None),
    "CoNLL-U plus": ("# global.columns = ID FORM NER\n1\tEU\tB-ORG\n2\tdo\tO\n", None),
    "header": ("pos word ner\nX EU B-ORG\nY do O\n", None),
    "CoNLL-2012": ("#begin document (bc); part 000\nbc 0 0 EU NNP\nbc 0 1 do VB\n#end document\n", None),
    "a column by number": ("bc 0 EU B-ORG\nbc 1 do O\n", "3"),
    "a column by name": ("a form2 c\nx EU B-ORG\nx do O\n", "form2"),
    "tabs that line up": ("EU\t\tB-ORG\ndo\tO\n", None),
    "quoted quotation marks": ('EU\tB-ORG\n""""\tO\n', None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_columns(kind: str, tmp_path: Path) -> None:
    content, column = KINDS[kind]
    (text,) = texts_of(tmp_path, "a.conll", content, column)
    expected = ["EU", '"' if kind == "quoted quotation marks" else "do"]
    assert words_of(text) == text.row["words"] == expected


def test_hashtags_are_words_and_tags_may_come_first(tmp_path: Path) -> None:
    texts = texts_of(tmp_path, "a.conll", "EU B-ORG\n\n#He O\n# O\n\n# of him\nleft O\n")
    assert list(map(words_of, texts)) == [["EU"], ["#He", "#"], ["left"]]
    (text,) = texts_of(tmp_path, "a.conll", "ORG EU\nO do\nO it\nO as\nO they\nO like\n")
    assert words_of(text) == ["EU", "do", "it", "as", "they", "like"]


def test_sentences_have_the_line_of_their_first_word(tmp_path: Path) -> None:
    content = "\n# x\nEU B-ORG\n\n\n-DOCSTART- O\n\n#He O\nleft O\n"
    assert [text.line for text in texts_of(tmp_path, "a.conll", content)] == [3, 8]


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("EU B-ORG\ndo\n", None, "a.conll:2: expected 2 columns as before, found 1: 'do'"),
        ("bc 0 EU B-ORG\nbc 1 do O\nbc 2 it O\n", None, "the first column has the same on every line of a sentence"),
        ("bc 0 EU B-ORG\nbc 1 do O\nbc 2 it O\n", None, "set --column (counted from 1)"),
        ("EU B-ORG\n", "3", "a.conll:1: has 2 columns, and --column is 3"),
        ("EU B-ORG\n", "form", "its columns have no names; give a number from 1; say --column"),
        ("# only\n", None, "expected sentences in CoNLL columns, found none"),
        ("EU B-ORG\n" * 1001, None, "a.conll:1001: the sentence here has more than 1000 words; put a blank line"),
        ("EU\tB-ORG\tx\nhe\t\tx\n", "2", "a.conll:2: has no word"),
    ],
)
def test_what_can_not_be_known_or_read_is_one_line(
    content: str, column: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        texts_of(tmp_path, "a.conll", content, column)
    assert message in str(caught.value)


def test_bad_sentences_are_skipped_and_counted(tmp_path: Path) -> None:
    skipped = Skipped()
    texts = texts_of(tmp_path, "a.conll", b"EU O\n\nx\xff O\ny O\n\nHe O\nleft O now\n\nIt O\n", None, skipped)
    assert list(map(words_of, texts)) == [["EU"], ["It"]]
    assert skipped.count == 2
    assert "a.conll:3: expected UTF-8 text, found the byte 0xff" in skipped.first


def test_sentences_come_before_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("EU B-ORG\ndo O\n\n" * 50_000 + "broken\n")
    source = Source(tmp_path / "a.conll")
    assert len(list(itertools.islice(read_texts(source), 100))) == 100
    assert source.position() < 200_000
