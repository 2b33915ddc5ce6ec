"""CSV with labels: lists of spans, words or tags in cells; and which column has the ids."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.corpus_files.csv_rows import rows_of
from tinyner.corpus_files.csv_table import read_table
from tinyner.errors import UserError

from .files import gold, reading, sentences, write

ROSA = [("Rosa Lee left", "B-PER I-PER O"), ("No one", "O O")]


def table(*rows: list[Any]) -> str:
    """The text of a CSV file; what is no text is written as JSON."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(
        [cell if isinstance(cell, str) else json.dumps(cell) for cell in row] for row in rows
    )
    return file.getvalue()


# Kind: content. Each has Rosa Lee as a person, and a text without an entity.
LABELLED = {
    "spans as JSON": table(["text", "label"], ["Rosa Lee left", [[0, 8, "PER"]]], ["No one", []]),
    "spans of objects": table(
        ["text", "spans"], ["Rosa Lee left", [{"start_offset": 0, "end_offset": 8, "label": "PER"}]], ["No one", []]
    ),
    "spans as Python writes them": table(["text", "entities"], ["Rosa Lee left", "[(0, 8, 'PER')]"], ["No one", "[]"]),
    "objects as Python writes them": table(
        ["text", "Labels"], ["Rosa Lee left", "[{'start': 0, 'end': 8, 'label': 'PER'}]"], ["No one", "[]"]
    ),
    "spaCy's entities": table(
        ["text", "annotations"], ["Rosa Lee left", {"entities": [[0, 8, "PER"]]}], ["No one", {"entities": []}]
    ),
    "a column of another name": table(
        ["text", "ward", "mine"], ["Rosa Lee left", "A", [[0, 8, "PER"]]], ["No one", "B", []]
    ),
    "Label Studio's export": table(
        ["annotation_id", "annotator", "id", "label", "lead_time", "text"],
        ["7", "1", "1", [{"start": 0, "end": 8, "text": "Rosa Lee", "labels": ["PER"]}], "3.1", "Rosa Lee left"],
        ["8", "1", "2", "", "1.0", "No one"],
    ),
    "words and tags": table(
        ["tokens", "ner_tags"], [["Rosa", "Lee", "left"], ["B-PER", "I-PER", "O"]], [["No", "one"], ["O", "O"]]
    ),
    "words, text and spans": table(
        ["text", "words", "spans"],
        ["Rosa Lee left", ["Rosa", "Lee", "left"], [[0, 8, "PER"]]],
        ["No one", ["No", "one"], []],
    ),
}


@pytest.mark.parametrize("kind", LABELLED)
def test_lists_in_cells_are_labels(kind: str, tmp_path: Path) -> None:
    assert gold(write(tmp_path, "a.csv", LABELLED[kind])) == ROSA


def test_numbers_of_tags_in_cells_have_names(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", table(["tokens", "ner_tags"], [["Rosa", "left"], [1, 0]]))
    assert gold(path, reading(tag_names=["O", "B-PER"])) == [("Rosa left", "B-PER O")]


REFUSED = {
    "a cell that is no list": (
        table(["text", "label"], ["Rosa Lee left", [[0, 8, "PER"]]], ["No one", "none"]),
        r"a.csv:3: expected a list as JSON in column label, such as \[\[0, 8, \"LOC\"\]\], .* found 'none'",
    ),
    "an empty cell": (
        table(["text", "label"], ["Rosa Lee left", [[0, 8, "PER"]]], ["No one", ""]),
        r"a.csv:3: expected labels with every sentence .*, \[\] where it has no entity\), this one has none",
    ),
    "a span that is no range": (table(["text", "label"], ["Rosa", [[0, 8, "PER"]]]), r"a.csv:2: PER 0:8 is no range"),
    "a span without a label": (table(["text", "spans"], ["Rosa", [[0, 4, 3]]]), r"a.csv:2: expected a span with start"),
    "two columns that differ": (
        table(["text", "label", "spans"], ["Rosa", [[0, 4, "PER"]], [[0, 4, "LOC"]]]),
        r"a.csv:2: has spans as spans and as label, which differ",
    ),
    "two columns of other names": (
        table(["text", "mine", "yours"], ["Rosa", [[0, 4, "PER"]], [[0, 4, "PER"]]]),
        r"a.csv:1: columns mine and yours hold lists of spans; call the one that counts label",
    ),
    "tags of a text": (table(["text", "tags"], ["Rosa left", ["B-PER", "O"]]), r"a.csv:2: tags belong to words"),
    "lists that NumPy wrote": (
        "text,tokens,ner_tags\nRosa left,['Rosa' 'left'],['B-PER' 'O']\n",
        r"a.csv:2: expected labels with every sentence",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_list_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = REFUSED[kind]
    with pytest.raises(UserError, match=message):
        gold(write(tmp_path, "a.csv", content))


def test_columns_that_hold_no_labels_are_not_read(tmp_path: Path) -> None:
    row = ["Rosa left [1]", ["news", "sport"], [["a", "b"]], "positive", "[sic]", "what Rosa did"]
    path = write(tmp_path, "a.csv", table(["text", "tags", "relations", "label", "note", "answer"], row))
    assert [(row["words"], "tags" in row) for row in sentences(path)] == [(["Rosa", "left", "[", "1", "]"], False)]


def test_rows_that_prodigys_user_rejected_are_left_out(tmp_path: Path) -> None:
    rows = [[text, [[0, 4, "PER"]], answer] for text, answer in (("Rosa left", "accept"), ("Rosa won", "reject"))]
    used = reading()
    assert gold(write(tmp_path, "a.csv", table(["text", "spans", "answer"], *rows)), used) == [("Rosa left", "B-PER O")]
    assert used.notes.count("rows left out that their annotator rejected or skipped") == 1


def test_words_of_a_table_of_tokens_may_be_brackets(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "sentence,tokens,tags\n1,Rosa,B-PER\n1,[1],O\n2,[],O\n")
    assert gold(path) == [("Rosa [1]", "B-PER O"), ("[]", "O")]


# Kind: header and rows, ids.
IDS: dict[str, tuple[list[list[str]], list[str]]] = {
    "id": ([["note_id", "ID", "text"], ["7", "a", "x"], ["8", "b", "y"]], ["a", "b"]),
    "one that ends in _id": ([["note_id", "text"], ["7", "x"], ["8", "y"]], ["7", "8"]),
    "one that ends in Id": ([["text", "noteId"], ["x", "7"], ["y", "8"]], ["7", "8"]),
    "the first whose values differ": ([["ward_id", "Note ID", "text"], ["1", "7", "x"], ["1", "8", "y"]], ["7", "8"]),
    "none that has a gap": ([["note_id", "text"], ["7", "x"], ["", "y"]], ["own-00000", "own-00001"]),
    "none that only sounds so": ([["paid", "text"], ["7", "x"], ["8", "y"]], ["own-00000", "own-00001"]),
    "not that of an annotation": ([["annotation_id", "text"], ["7", "x"], ["8", "y"]], ["own-00000", "own-00001"]),
}


@pytest.mark.parametrize("kind", IDS)
def test_a_column_has_the_ids(kind: str, tmp_path: Path) -> None:
    rows, ids = IDS[kind]
    assert [row["id"] for row in sentences(write(tmp_path, "a.csv", table(*rows)))] == ids


@pytest.mark.parametrize("kind", IDS)
def test_a_key_of_json_has_the_ids_as_a_column_has(kind: str, tmp_path: Path) -> None:
    (header, *rows), ids = IDS[kind]
    if "ID" in header:
        header[header.index("ID")] = "id"
    lines = [json.dumps({name: value or None for name, value in zip(header, row, strict=True)}) for row in rows]
    assert [row["id"] for row in sentences(write(tmp_path, "a.jsonl", "\n".join(lines)))] == ids


SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.text(max_size=5)).map(list), max_size=3)
CELLS = st.text(st.characters(blacklist_characters="\r\0", blacklist_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(CELLS.filter(str.strip), SPANS), min_size=1, max_size=5))
def test_a_list_in_a_cell_is_read_as_it_was_written(rows: list[tuple[str, list[list[Any]]]]) -> None:
    rows = [("first", [[0, 5, "PER"]]), *rows]
    for written in (json.dumps, repr):
        lines = table(["text", "label"], *([text, written(spans)] for text, spans in rows)).split("\n")
        read = [(row["text"], row["label"]) for _, row in rows_of(read_table(lines, "a.csv"))]
        assert read == rows
