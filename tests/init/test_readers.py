"""What init takes of the user's files: types that nobody named, documents, encodings, texts of several sentences."""

import json
import re
from pathlib import Path

import pytest

from tests.corpus_files.files import reading
from tinyner.errors import UserError
from tinyner.init.readers import UserFile, label_counts, opened, read_gold, read_sentences, texts_of_several

NOTHING = reading({})


def user_file(folder: Path, name: str, content: str) -> UserFile:
    (folder / name).write_text(content)
    return UserFile(folder / name, name)


LABELLED = {
    "iob2.txt": "Rosa B-PER\nLee I-PER\nleft O\n\nRome B-LOC\n",
    "before.txt": "Rosa PER-B\nLee PER-I\nleft O\n\nRome LOC-B\n",
    "lower.txt": "Rosa b_PER\nLee i_PER\nleft o\n\nRome b_LOC\n",
    "bare.txt": "Rosa PER\nLee PER\nleft O\n\nRome LOC\n",
    "brackets.txt": "Rosa (PER*\nLee *)\nleft *\n\nRome (LOC)\n",
    "columns.txt": "Rosa NNP B-NP B-PER\nLee NNP I-NP I-PER\nleft VBD B-VP O\n\nRome NNP B-NP B-LOC\n",
    "spans.jsonl": '{"text": "Rosa Lee left", "label": [[0, 8, "PER"]]}\n{"text": "Rome", "label": [[0, 4, "LOC"]]}\n',
    "words.jsonl": '{"words": ["Rosa", "Lee"], "tags": ["B-PER", "I-PER"]}\n{"words": ["Rome"], "tags": ["B-LOC"]}\n',
    "dashes.txt": "Rosa B-creative-work\nLee I-creative-work\nleft O\n\nRome B-LOC\n",
}


@pytest.mark.parametrize("name", LABELLED)
def test_the_types_of_labels_are_known_without_a_scheme(name: str, tmp_path: Path) -> None:
    file = user_file(tmp_path, name, LABELLED[name])
    types = {"creative-work", "LOC"} if name == "dashes.txt" else {"PER", "LOC"}
    assert set(label_counts(file, NOTHING)) == types
    gold = read_gold(file, "gold", reading({label: [] for label in types}))
    assert len(gold.sentences) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Rosa B\nLee I\nleft O\n", "gold.txt:1: no types can be taken from tags such as 'B', 'I'"),
        ("Rosa NNP\nleft VBD\n", "gold.txt:1: no types can be taken from tags such as 'NNP', 'VBD'"),
        ("1\tRosa\tB-PER\tO\n2\tBonn\tO\tB-LOC\n", "gold.txt: columns 3 and 4 hold tags; say which one counts"),
        ("Rosa 1\nLee 2\nleft 1\n", "gold.txt:1: tags are numbers, such as 1; set prepare.tag_names"),
    ],
)
def test_tags_that_name_no_types_are_refused(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        label_counts(user_file(tmp_path, "gold.txt", content), NOTHING)


def test_the_sentences_of_a_text_are_of_one_row(tmp_path: Path) -> None:
    rows = ["Rosa left. Lee stayed.", "Rome is big.", "One. Two. Three."]
    on_one_line = json.dumps([{"text": text} for text in rows])
    file = user_file(tmp_path, "texts.json", on_one_line)
    assert texts_of_several(file, NOTHING, labelled=False) == (3, 2)
    assert read_sentences(file, reading({}, split_texts=True)).rows == [0, 0, 1, 2, 2, 2]
    assert read_sentences(file, NOTHING).rows == [0, 1, 2]


DOCUMENTS = {
    "rows.jsonl": "".join(
        json.dumps({"text": "Rosa left", "label": [[0, 4, "PER"]], key: value}) + "\n"
        for key, value in (("doc_id", 7), ("doc_id", "8"), ("meta", {"document": "7"}), ("x", 1), ("x", 1), ("x", 1))
    ),
    "words.csv": "sentence,word,tag,Doc ID\n"
    + "".join(
        f"{index},Rosa,B-PER,{name}\n{index},left,O,{name}\n" for index, name in enumerate(["7", "8", "7", "", "", ""])
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_rows_document_is_known_by_its_key(name: str, tmp_path: Path) -> None:
    file = user_file(tmp_path, name, DOCUMENTS[name])
    assert read_gold(file, "gold", reading()).documents == [0, 1, 0, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        (
            "rows.jsonl",
            "docs",
            "--document docs: no row of rows.jsonl has a text or a whole number under this key; the ",
        ),
        ("rows.jsonl", "label", "the keys with one are doc_id, document, x"),
        (
            "words.csv",
            "docs",
            "words.csv has a text or a whole number under this key; the keys with one are sentence, w",
        ),
        ("gold.txt", "docs", "--document docs: gold.txt is in columns without names; its documents begin with -DOC"),
    ],
)
def test_a_key_that_no_row_has_is_refused_with_those_that_are_there(
    name: str, key: str, message: str, tmp_path: Path
) -> None:
    file = user_file(tmp_path, name, DOCUMENTS.get(name, "-DOCSTART- O\n\nRosa B-PER\n\n-DOCSTART- O\n\nLee B-PER\n"))
    with pytest.raises(UserError, match=re.escape(message)):
        read_gold(file, "gold", reading(), key)
    read_gold(file, "gold", reading(), "none")


def test_the_columns_of_a_table_are_named(tmp_path: Path) -> None:
    rows = "".join(f'Rosa left,{index},A,,"[[0, 4, ""PER""]]",{index // 2}\n' for index in range(6))
    file = user_file(tmp_path, "gold.csv", f"text,note_id,ward,,entities,doc\n{rows}")
    content = read_gold(file, "gold", reading())
    assert content.documents == [0, 0, 1, 1, 2, 2]
    assert content.format == "CSV, texts with spans"
    not_read = "not read: ward, one without a name"
    assert content.columns == (
        f"column text has the texts, note_id the ids, entities the labels, doc the documents; {not_read}"
    )
    file = user_file(tmp_path, "notes.csv", "ward,text\nA,Rosa left\nA,Lee left\n")
    content = read_sentences(file, NOTHING)
    assert content.columns == "column text has the texts; no column has ids, so sentences are numbered; not read: ward"
    file = user_file(tmp_path, "notes.jsonl", '{"noteId": 1, "text": "Rosa"}\n{"noteId": 2, "text": "Lee"}\n')
    assert read_sentences(file, NOTHING).columns == "key noteId has the ids"


def test_documents_of_columns_begin_with_their_line(tmp_path: Path) -> None:
    blocks = ["Rosa B-PER", "Lee B-PER", "-DOCSTART- O", "Rome B-LOC", "Oslo B-LOC", "-DOCSTART- O", "Bonn B-LOC"]
    file = user_file(tmp_path, "gold.txt", "\n\n".join(["-DOCSTART- O", *blocks, "Kiel B-LOC"]) + "\n")
    assert read_gold(file, "gold", reading()).documents == [0, 0, 1, 1, 2, 2]
    file = user_file(tmp_path, "gold.txt", "\n\n".join(block for block in blocks if "DOC" not in block) + "\n")
    assert read_gold(file, "gold", reading()).documents == [0, 1, 2, 3, 4]


def test_documents_that_are_too_large_to_stay_together_are_parted_unless_the_user_says_so(tmp_path: Path) -> None:
    rows = "".join(
        json.dumps(
            {"text": "Rosa left", "label": [[0, 4, "PER"]], "doc": min(index // 4, index - 3), "file": "export.csv"}
        )
        + "\n"
        for index in range(8)
    )
    file = user_file(tmp_path, "rows.jsonl", rows.replace("[]", '[[0, 4, "PER"]]'))
    content = read_gold(file, "gold", reading())
    assert content.documents == list(range(8))
    assert [row["note"] for row in content.notes.rows()] == [
        "rows of one document, so many that it is parted (--document KEY keeps documents together)"
    ]
    assert read_gold(file, "gold", reading(), "Doc").documents == [0, 1, 2, 3, 4, 4, 4, 4]
    assert read_gold(file, "gold", reading(), "none").documents == list(range(8))
    content = read_gold(file, "gold", reading(), "file")
    assert content.documents == [0] * 8
    assert list(content.notes.rows()) == []


def test_a_file_in_another_encoding_is_copied_as_utf_8(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = tmp_path / "köln.csv"
    path.write_bytes("text\nKöln war schön\n".encode("cp1252"))
    file = opened(str(path), "cp1252", scratch, "--gold")
    assert file.path.read_text() == "text\nKöln war schön\n"
    assert (file.base_name, file.encoding) == ("köln.csv", "cp1252")
    with pytest.raises(
        UserError, match=r"köln.csv:2: expected UTF-8 text, .* or say --encoding NAME, and it is copied"
    ):
        opened(str(path), None, scratch, "--gold")
    with pytest.raises(UserError, match="--encoding ascii: 'ascii' codec can't decode"):
        opened(str(path), "ascii", scratch, "--gold")
    with pytest.raises(UserError, match="--encoding cp0: unknown encoding"):
        opened(str(path), "cp0", scratch, "--gold")
    path.write_text("text\nKöln\n")
    assert opened(str(path), "cp1252", scratch, "--gold") == UserFile(path, str(path))
    path.write_bytes("text\nKöln\n".encode("utf-16"))
    assert opened(str(path), "utf-16", scratch, "--gold").path.read_text() == "text\nKöln\n"
