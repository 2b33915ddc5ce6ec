"""Which sentence a row of a file of labels belongs to."""

import pytest

from tinyner.annotate.label_matching import Row, match_rows
from tinyner.corpus_files.notes import Notes
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.errors import UserError
from tinyner.rows import Sentence

JAN = "Jan slaapt"


def row(number: int, text: str = JAN, label: str = "PER", sentence_id: str | None = None) -> Row:
    raw = RawSentence(text.split(), f"a.txt:{number}", spans=[(0, 1, label)], sentence_id=sentence_id)
    return Row(number, "a.txt", raw)


def sentences(*texts: str, **by_id: str) -> list[Sentence]:
    by_id |= {f"own-{number:05d}": text for number, text in enumerate(texts)}
    return [Sentence(id=sentence_id, words=text.split()) for sentence_id, text in by_id.items()]


def matched(rows: list[Row], target: list[Sentence], related: list[Sentence] | None = None) -> dict[str, int]:
    """Return the number of each sentence's row, by the sentence's id."""
    matches = match_rows(rows, {"target": target, "related": related or []}, Notes())
    return {sentence_id: row.number for (_, sentence_id), row in matches.rows.items()}


def test_a_row_belongs_to_the_sentence_of_its_text_whatever_its_words_and_its_id() -> None:
    rows = [row(0, "Piet loopt", sentence_id="a"), row(1, "Jan sla apt", sentence_id="other"), row(2, "Klaas")]
    target = sentences(a=JAN, b="Piet loopt", c="Rosa")
    assert matched(rows, target) == {"b": 0, "a": 1}
    matches = match_rows(rows, {"target": target}, Notes())
    assert ([left.number for left in matches.of_no_sentence], matches.repeating) == ([2], [])


def test_of_several_sentences_with_its_text_a_row_belongs_to_that_of_its_id() -> None:
    rows = [row(0, label="LOC", sentence_id="b"), row(1, sentence_id="a"), row(2, sentence_id="z", label="ORG")]
    assert matched(rows, sentences(a=JAN, b=JAN)) == {"b": 0, "a": 1}
    assert matched(rows, sentences(a=JAN, b=JAN, c=JAN)) == {"b": 0, "a": 1, "c": 2}


def test_a_row_with_the_id_of_a_sentence_belongs_to_no_other_of_the_same_text() -> None:
    assert matched([row(7, sentence_id="b")], sentences(a=JAN, b=JAN, c=JAN)) == {"b": 7}
    assert matched([row(7, sentence_id="b"), row(8, sentence_id="c")], sentences(a=JAN, b=JAN, c=JAN)) == {
        "b": 7,
        "c": 8,
    }
    assert matched([row(7, sentence_id="b"), row(8)], sentences(a=JAN, b=JAN)) == {"b": 7, "a": 8}
    # The number of a row says less than an id: it may be in a part of the file.
    assert matched([row(7, sentence_id="a"), row(1)], sentences(JAN, JAN, a=JAN)) == {
        "a": 7,
        "own-00001": 1,
        "own-00000": 1,
    }


def test_without_ids_a_row_belongs_to_the_sentence_of_its_number() -> None:
    rows = [row(0, "Rosa"), row(1), row(2, label="LOC"), row(3, label="ORG")]
    assert matched(rows, sentences("Rosa", JAN, JAN, JAN)[::-1]) == {
        "own-00000": 0,
        **{f"own-0000{n}": n for n in (1, 2, 3)},
    }
    assert matched(rows, sentences("Rosa", JAN, "Piet", JAN)[2:]) == {"own-00003": 3}  # a part of the sentences


def test_rows_with_the_same_labels_belong_to_all_sentences_of_their_text() -> None:
    assert matched([row(7)], sentences(a=JAN, b=JAN), sentences(n=JAN)) == {"a": 7, "b": 7, "n": 7}
    assert matched([row(7), row(8)], sentences(a=JAN, b=JAN, c=JAN)) == {"a": 7, "b": 8, "c": 7}
    assert matched([row(1)], sentences(JAN, JAN)) == {"own-00001": 1, "own-00000": 1}
    two = [row(7, sentence_id="a"), row(8, sentence_id="b", label="LOC")]
    assert matched(two, sentences(a=JAN, b=JAN, c=JAN)) == {"a": 7, "b": 8}  # c has which?


def test_as_many_rows_as_sentences_of_a_text_are_matched_in_order_which_is_noted() -> None:
    notes = Notes()
    matches = match_rows([row(7), row(8, label="LOC")], {"target": sentences(b=JAN, a=JAN)}, notes)
    assert {key[1]: row.number for key, row in matches.rows.items()} == {"a": 7, "b": 8}
    assert [(note["note"], note["count"]) for note in notes.rows()] == [
        ("rows of a text that several sentences have, with different labels, matched in the order of the ids", 2)
    ]


@pytest.mark.parametrize(
    ("rows", "target", "message"),
    [
        ([row(7), row(8), row(9, label="LOC")], sentences(a=JAN), r"^a.txt:9: .* at a.txt:7, and which of them counts"),
        ([row(7), row(8, label="LOC")], sentences(a=JAN, b=JAN, c=JAN), "which of its 3 sentences has which"),
        (
            [row(7, sentence_id="a"), row(8, label="LOC", sentence_id="a")],
            sentences(a=JAN),
            "^a.txt:8: sentence a has other labels at a.txt:7; give each of several annotators an entry of its own",
        ),
    ],
)  # fmt: skip
def test_rows_that_contradict_each_other_are_refused(rows: list[Row], target: list[Sentence], message: str) -> None:
    with pytest.raises(UserError, match=message):
        matched(rows, target)


def test_rows_beyond_those_that_sentences_have_are_named() -> None:
    rows = [row(1), row(5, label="LOC"), row(6, sentence_id="a"), row(7, sentence_id="a")]
    matches = match_rows(rows, {"target": sentences("Rosa", JAN, a=JAN)}, Notes())
    assert {key[1]: row.number for key, row in matches.rows.items()} == {"own-00001": 1, "a": 6}
    assert [left.number for left in matches.repeating] == [5, 7]
