"""Files in columns: what is read, what is refused; a kind a test."""

from pathlib import Path
from typing import Any

import pytest

from tinyner.errors import UserError

from .files import gold, reading, sentences, write

CONLL_2012 = """#begin document (bc/cctv/00/cctv_0000); part 000
bc/cctv 0 0 In IN (TOP(S * - - S1 * (V*) -
bc/cctv 0 1 Jan NN * - - - S1 (PER* * -
bc/cctv 0 2 Dam NN * - - - S1 *) * (12)

bc/cctv 0 0 Rome NN * - - - S1 (LOC) -
#end document
"""
GERMEVAL = """#\thttp://de.wikipedia.org/wiki/Manfred_Korfmann [2009-10-17]
1\tAufgrund\tO\tO
2\tBerlin\tB-LOC\tO

#\thttp://de.wikipedia.org/wiki/Jan [2009-10-17]
1\tJan\tB-PER\tB-LOC
"""


def test_sentences_documents_and_a_missing_last_blank_line(tmp_path: Path) -> None:
    text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP I-LOC\n. . O O\n\n\n-DOCSTART- -X- -X- O\nBlair NNP B-NP I-PER"
    assert gold(write(tmp_path, "a.txt", text)) == [("EU .", "B-LOC O"), ("Blair", "B-PER")]


@pytest.mark.parametrize("columns", ["{word} {tag}", "{word}\t{tag}", "{word} X {tag}", "{word} X Y {tag}"])
@pytest.mark.parametrize("tags", [("B-PER", "I-PER"), ("I-PER", "I-PER"), ("B-PER", "E-PER"), ("B-PER", "L-PER")])
def test_columns_in_any_scheme(columns: str, tags: tuple[str, str], tmp_path: Path) -> None:
    lines = [columns.format(word=word, tag=tag) for word, tag in zip(("Tony", "Blair"), tags, strict=True)]
    assert gold(write(tmp_path, "a.txt", "\n".join(lines) + "\n \r\n")) == [("Tony Blair", "B-PER I-PER")]


# Kind: content, words and tags.
READ: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "hashtags and the word # are no comments": (
        "#Jan B-PER\nis O\n\n# O\n2 O\n",
        [("#Jan is", "B-PER O"), ("# 2", "O O")],
    ),
    "a licence before the first sentence": ("# This file\n# is free\n\nJan B-PER\nis O\n", [("Jan is", "B-PER O")]),
    "Universal NER": (
        "# sent_id = 1\n# text = Jan is\n1\tJan\tB-PER\t-\tann\n2\tis\tO\t-\tann\n",
        [("Jan is", "B-PER O")],
    ),
    "several words in one of CoNLL-U": (
        "# global.columns = ID FORM NER\n1-2\tvamonos\t_\n1\tvamos\tO\n2\tnos\tB-PER\n2.1\tx\t_\n",
        [("vamos nos", "O B-PER")],
    ),
    "CoNLL-2012": (CONLL_2012, [("In Jan Dam", "O B-PER I-PER"), ("Rome", "B-LOC")]),
    "tags in the second column of three": ("Jan B-PER NNP\nis O VBZ\n", [("Jan is", "B-PER O")]),
    "tags in the first column of two (MIT)": ("O\tis\nB-PER\tJan\n", [("is Jan", "O B-PER")]),
    "an index that runs on": (
        "1 Jan B-PER\n2 is O\n\n3 Piet B-PER\n4 is O\n",
        [("Jan is", "B-PER O"), ("Piet is", "B-PER O")],
    ),
    "an index from 0": ("0 Jan B-PER\n1 is O\n\n0 Piet B-PER\n", [("Jan is", "B-PER O"), ("Piet", "B-PER")]),
    "a header": ("word\ttag\nJan\tB-PER\n\nis\tO\n", [("Jan", "B-PER"), ("is", "O")]),
    "a header, and columns behind the tags that are empty": (
        "word\tner\tnote\nJan\tB-PER\t\nis\tO\tx\n",
        [("Jan is", "B-PER O")],
    ),
    "quotation marks under a header": ('word\ttag\n"\tO\nJan\tB-PER\n"\tO\n', [('" Jan "', "O B-PER O")]),
    "quotation marks that CSV quotes": ('word\ttag\n""""\tO\nJan\tB-PER\n', [('" Jan', "O B-PER")]),
    "quotation marks that CSV quotes, no header": ('""""\tO\nJan\tB-PER\n', [('" Jan', "O B-PER")]),
    "a document's line behind an index": ("0 -DOCSTART- O\n\n0 Jan B-PER\n1 is O\n", [("Jan is", "B-PER O")]),
    "a line of a no-break space": ("Jan B-PER\n\N{NO-BREAK SPACE}\nis O\n", [("Jan", "B-PER"), ("is", "O")]),
    "CRLF": ("Jan B-PER\r\nslaapt O\r\n\r\nPiet B-PER\r\n", [("Jan slaapt", "B-PER O"), ("Piet", "B-PER")]),
    "carriage returns alone": ("Jan B-PER\rslaapt O\r\rPiet B-PER\r", [("Jan slaapt", "B-PER O"), ("Piet", "B-PER")]),
    "joined files with byte-order marks": (
        "\ufeffJan B-PER\n\n\ufeffPiet B-PER\n",
        [("Jan", "B-PER"), ("Piet", "B-PER")],
    ),
    "tabs in one line, blanks in another": ("Jan\tB-PER\nslaapt O\n", [("Jan slaapt", "B-PER O")]),
    "tabs that line columns up": ("Jan\t\tB-PER\nslaaptdoor\tO\n", [("Jan slaaptdoor", "B-PER O")]),
    "an empty column between": ("Jan\tN\tB-PER\nslaapt\t\tO\n", [("Jan slaapt", "B-PER O")]),
    "a word that is a number": ("1996 B-LOC\n", [("1996", "B-LOC")]),
    "chunk tags where no word is an entity": ("Jan NNP B-NP O\nx V B-VP O\n", [("Jan x", "O O")]),
    "two columns of the same tags": ("Jan B-PER O X\nis O O X\n", [("Jan is", "B-PER O")]),
}


@pytest.mark.parametrize("kind", READ)
def test_a_kind_is_read(kind: str, tmp_path: Path) -> None:
    content, expected = READ[kind]
    assert gold(write(tmp_path, "a.txt", content)) == expected


# Kind: content, message.
REFUSED = {
    "fewer columns on a line": ("EU NNP I-LOC\nrejects O\n", r"a.txt:2: expected 3 columns as on line 1, found 2"),
    "one column": ("\nEU\nx\n", r"a.txt:2: expected columns, word to tag, found 1"),
    "prose": ("He left Berlin.\nThen he went home again.\n", r"a.txt:2: expected 3 columns as on line 1, found 5"),
    "an unknown letter": ("EU O\n\nBlair O\nsaid Z-PER\n", r"a.txt:4: expected an IOB1, .* tag .* found 'Z-PER'"),
    "BIOES that is broken": ("EU O\n\nBlair O\nsaid E-PER", r"a.txt:4: tag 'E-PER' continues no entity"),
    "an unknown type": ("EU I-GPE\n", r"a.txt:1: type GPE is none of the types .* \(PER, LOC\).*prepare.drop_types"),
    "an unknown type at a hashtag": ("#Jan B-GPE\nis O\n", r"a.txt:1: type GPE is none"),
    "a space in a word": ("New York\tB-LOC\n", r"a.txt:1: expected columns without white space in them"),
    "a carriage return in a line": ("a\tO\rb\tO\nc\tO\n", r"a.txt:2: expected 3 columns as on line 1, found 2"),
    "carriage returns in all lines": ("a O\rb O\nc O\rd O\n", r"a.txt:1: expected columns without white space"),
    "other white space": ("Jan B-PER\nslaapt\u0085x N O\n", r"a.txt:2: expected"),
    "other white space in a column of no use": ("Jan\tN\tB-PER\nslaapt\tN\u2003P\tO\n", r"a.txt:2: expected columns w"),
    "white space behind a quoted mark": ('""""\tO\nJan\u2003x\tB-PER\n', r"a.txt:2: expected columns without white"),
    "no sentence": ("-DOCSTART- O\n\n", r"a.txt: expected sentences in CoNLL columns, found none"),
    "nothing": ("\n \n", r"a.txt: expected sentences, found none"),
    "a comment inside a sentence": ("Jan B-PER\n# id 3\nis O\n", r"a.txt:2: expected 2 columns"),
    "two columns of tags": (
        "Jan B-PER O\nis O B-LOC\n",
        r"a.txt:1: columns 2, 3 all hold tags; set prepare.tag_column",
    ),
    "nested levels of GermEval": (GERMEVAL, r"a.txt:2: columns 3, 4 all hold tags; set prepare.tag_column"),
    "a last column of O beside tags of other types": (
        "1\tJan\tB-PERS\tO\n2\tx\tO\tO\n",
        r"a.txt:1: the last column has no tag but O, and column 3 has tags such as B-PERS; set prepare.tag_column",
    ),
    "numbers for words": ("1 B-PER\n2 O\n", r"a.txt:1: the words are 1, 2, 3 \.\.\."),
    "numbers for words, not counted": (
        "7 X B-PER\n3 X O\n",
        r"a.txt:1: all words are numbers, such as 7; set prepare.word",
    ),
    "ids for words": ("1.1 Jan B-PER\n1.2 is O\n", r"a.txt:1: all words are numbers, such as 1.1"),
    "the document for words": (
        "d1\tJan\tB-PER\nd1\tis\tO\nd1\thier\tO\n\nd2\tPiet\tB-PER\n",
        r"a.txt:1: the first column has the same on every line of a sentence, such as 'd1'",
    ),
    "tags first of three": (
        "B-PER NN Jan\nO V is\n",
        r"a.txt:1: the tags are in the first column; set prepare.word_column",
    ),
    "WebAnno": ("#FORMAT=WebAnno TSV 3.2\n\n#Text=Jan\n1-1\t0-3\tJan\tPER\n", r"a.txt:1: WebAnno TSV is not read"),
    "an empty tag": ("Jan\tB-PER\nslaapt\t\n", r"a.txt:2: expected 2 columns as on line 1, found 1"),
    "an empty tag under a header": ("word\ttag\nJan\tB-PER\nslaapt\t\n", r"a.txt:3: has no tag"),
    "an empty word": ("word\ttag\nJan\tB-PER\n\tO\n", r"a.txt:3: has no word"),
    "no tag at all": ("Jan _\nslaapt _\n", r"a.txt:1: all tags are _, so the sentences have no labels"),
    "a file without blank lines": ("a O\n" * 1001, r"a.txt:1: a sentence of 1,001 words begins here, .*blank lines"),
    "two columns that could be the words": (
        "token form tag\nJan jan B-PER\n",
        r"a.txt:2: token and form could be meant",
    ),
    "brackets that are not closed": (
        CONLL_2012.replace("*) * (12)", "* * (12)"),
        r"a.txt:4: the entity .* is not closed",
    ),
    "brackets in brackets": (CONLL_2012.replace("*) * (12)", "(LOC) * (12)"), r"a.txt:4: .* begins inside another"),
    "a bracket that closes nothing": (CONLL_2012.replace("(LOC)", "*)"), r"a.txt:6: .* never began"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_kind_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = REFUSED[kind]
    with pytest.raises(UserError, match=message):
        gold(write(tmp_path, "a.txt", content))


# Parameters, content, words and tags.
SET: list[tuple[dict[str, Any], str, list[tuple[str, str]]]] = [
    ({"tag_column": 3}, GERMEVAL, [("Aufgrund Berlin", "O B-LOC"), ("Jan", "B-PER")]),
    ({"tag_column": 4}, GERMEVAL, [("Aufgrund Berlin", "O O"), ("Jan", "B-LOC")]),
    ({"word_column": 2}, "d1 Jan B-PER\nd1 is O\nd1 x O\n", [("Jan is x", "B-PER O O")]),
    ({"word_column": 3, "tag_column": 1}, "B-PER NN Jan\nO V is\n", [("Jan is", "B-PER O")]),
    ({"word_column": 1, "tag_column": 2}, "a O x\n\nb B-PER y z\n", [("a", "O"), ("b", "B-PER")]),
    ({"tag_column": "ner:outer"}, "# global.columns = FORM NER ner:outer\nJan B-LOC B-PER\n", [("Jan", "B-PER")]),
    ({"word_column": "Lemma", "tag_column": "Gold"}, "lemma\tx\tgold\nJan\tq\tB-PER\n", [("Jan", "B-PER")]),
    ({"word_column": "Form"}, "token form tag\nJan jan B-PER\n", [("jan", "B-PER")]),
]


@pytest.mark.parametrize(("parameters", "content", "expected"), SET)
def test_parameters_settle_which_column_it_is(
    parameters: dict[str, Any], content: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert gold(write(tmp_path, "a.txt", content), reading(**parameters)) == expected


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"tag_column": 3}, r"a.txt:1: has 2 columns, and prepare.tag_column is 3"),
        ({"tag_column": "ner"}, r"a.txt:1: prepare.tag_column is 'ner', and it names no columns; give a number"),
        ({"tag_column": 1, "word_column": 1}, r"a.txt:1: column 1 can't hold both words and tags"),
    ],
)
def test_parameters_that_name_no_column_are_refused(parameters: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        gold(write(tmp_path, "a.txt", "Jan B-PER\nis O\n"), reading(**parameters))


def test_what_was_found_out_is_noted(tmp_path: Path) -> None:
    used = reading(tag_column=3)
    gold(write(tmp_path, "a.txt", GERMEVAL), used)
    assert list(used.notes.lines()) == [
        "a.txt: comment lines left out: 2 (first: a.txt:1, a.txt:5)",
        "a.txt: sentences with words in column 2, tags in column 3: 2 (first: a.txt:2)",
    ]
    used = reading()
    gold(write(tmp_path, "a.txt", "Jan B-PER\nslaapt O\n"), used)
    assert used.notes.rows() == []


def test_columns_for_the_llm_may_lack_labels(tmp_path: Path) -> None:
    for content in ("Jan _\nslaapt _\n", "Jan O\nslaapt O\n", "# id 1\nJan _ _ O\nslaapt _ _ O\n"):
        used = reading()
        assert sentences(write(tmp_path, "a.conll", content), used) == [{"id": "own-00000", "words": ["Jan", "slaapt"]}]
        assert "taken as unlabelled: 1" in list(used.notes.lines())[-1]
    assert sentences(write(tmp_path, "a.conll", "Jan B-PER\nslaapt O\n"))[0]["tags"] == ["B-PER", "O"]


def test_plain_text_for_the_llm_is_a_sentence_a_line(tmp_path: Path) -> None:
    rows = sentences(write(tmp_path, "a.txt", "Jan slaapt.\n\nHe left Berlin.\n"))
    assert [row["words"] for row in rows] == [["Jan", "slaapt", "."], ["He", "left", "Berlin", "."]]
    with pytest.raises(UserError, match=r"a.txt:1: most lines are a single word"):
        sentences(write(tmp_path, "a.txt", "Jan\nslaapt\n.\n\nHe\nleft\n"))


def test_a_long_sentence_is_noted_with_its_line(tmp_path: Path) -> None:
    used = reading()
    gold(write(tmp_path, "a.txt", "a B-PER\n\n" + "a O\n" * 250 + "\n" + "a O\n" * 251 + "\n" + "a O\n" * 1000), used)
    assert list(used.notes.lines()) == ["a.txt: sentences of over 250 words: 2 (first: a.txt:254, a.txt:506)"]


def test_tags_that_are_numbers_are_named_by_parameter(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "Jan 1\nis 0\n")
    assert gold(path, reading(tag_names=["O", "B-PER"])) == [("Jan is", "B-PER O")]
    with pytest.raises(UserError, match=r"a.txt:1: tag 1 has no name; prepare.tag_names has 1, from 0"):
        gold(path, reading(tag_names=["O"]))
    with pytest.raises(UserError, match=r"a.txt:\d: tags are numbers, .*prepare.tag_names"):
        gold(path)
