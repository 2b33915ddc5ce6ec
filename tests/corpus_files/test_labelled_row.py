"""Files of labelled spans: the rows that annotation tools write, and what their spans become."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.words import word_places

from .files import gold, reading, sentences, write

TEXT = "Tony Blair left."
EXPECTED = [("Tony Blair left .", "B-PER I-PER O O")]
REGION = {"value": {"start": 0, "end": 10, "text": "Tony Blair", "labels": ["PER"]}, "type": "labels"}
TOKENS = [
    {"text": "Tony", "start": 0, "end": 4, "id": 0},
    {"text": "Blair", "start": 5, "end": 10, "id": 1},
    {"text": "left", "start": 11, "end": 15, "id": 2},
    {"text": ".", "start": 15, "end": 16, "id": 3},
]

# Kind: the row.
READ: dict[str, Any] = {
    "doccano, label": {"id": 1, "text": TEXT, "label": [[0, 10, "PER"]]},
    "doccano, labels": {"id": 1, "text": TEXT, "labels": [[0, 10, "PER"]]},
    "doccano, entities and relations": {
        "id": 1,
        "text": TEXT,
        "entities": [{"id": 4, "label": "PER", "start_offset": 0, "end_offset": 10}],
        "relations": [],
        "Comments": [],
    },
    "spaCy, a pair": [TEXT, {"entities": [[0, 10, "PER"]]}],
    "spaCy, an object": {"text": TEXT, "entities": [[0, 10, "PER"]]},
    "spaCy, ents": {"text": TEXT, "ents": [{"start": 0, "end": 10, "label": "PER"}]},
    "Prodigy": {
        "text": TEXT,
        "tokens": TOKENS,
        "spans": [{"start": 0, "end": 10, "token_start": 0, "token_end": 1, "label": "PER"}],
        "answer": "accept",
    },
    "Label Studio": {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": [REGION], "was_cancelled": False}]},
    "Label Studio, another name of the text": {"data": {"body": TEXT, "no": 3}, "annotations": [{"result": [REGION]}]},
    "Label Studio, two annotations that agree": {
        "data": {"text": TEXT},
        "annotations": [{"result": [REGION]}, {"result": [REGION]}],
    },
    "Label Studio, a choice beside": {
        "data": {"text": TEXT},
        "annotations": [{"result": [{"type": "choices", "value": {"choices": ["x"]}}, REGION]}],
    },
    "Label Studio, short": {"id": 1, "text": TEXT, "label": [REGION["value"]], "annotator": 1},
    "Rasa": {
        "text": TEXT,
        "intent": "x",
        "entities": [{"start": 0, "end": 10, "value": "Blair, Tony", "entity": "PER"}],
    },
    "tinyner predict": {"text": TEXT, "spans": [{"start": 0, "end": 10, "label": "PER", "text": "Tony Blair"}]},
    "tinyner predict, words": {
        "words": ["Tony", "Blair", "left", "."],
        "text": "Tony Blair left .",
        "spans": [{"start": 0, "end": 10, "label": "PER", "text": "Tony Blair"}],
    },
    "tinyner align": {
        "id": "a",
        "words": ["Tony", "Blair", "left", "."],
        "tags": ["B-PER", "I-PER", "O", "O"],
        "spans": [{"start": 0, "end": 2, "label": "PER"}],
    },
    "hub": {
        "tokens": ["Tony", "Blair", "left", "."],
        "ner_tags": ["B-PER", "I-PER", "O", "O"],
        "pos_tags": [1, 2, 3, 4],
    },
    "another name of the type": {"text": TEXT, "label": [[0, 10, "Person"]]},
    "blanks at the edges": {"text": f" {TEXT}", "label": [[0, 12, "PER"]]},
    "the same span twice": {"text": TEXT, "label": [[0, 10, "PER"], [0, 10, "PER"]]},
    "the same spans under two keys": {
        "text": TEXT,
        "label": [[0, 10, "PER"]],
        "spans": [{"start": 0, "end": 10, "label": "PER"}],
    },
}


@pytest.mark.parametrize("kind", READ)
def test_a_kind_is_read_for_gold_and_for_the_llm_alike(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", json.dumps(READ[kind]))
    assert gold(path) == EXPECTED
    assert sentences(path)[0]["tags"] == EXPECTED[0][1].split()


def test_an_export_is_a_list_of_tasks(tmp_path: Path) -> None:
    tasks = [READ["Label Studio"], {**READ["Label Studio"], "id": 2}]
    for indent in (None, 2):
        assert gold(write(tmp_path, "a.json", json.dumps(tasks, indent=indent))) == EXPECTED * 2


def test_offsets_count_code_points(tmp_path: Path) -> None:
    text = "\U0001f600 é Tony Blair 👩\u200d👩"
    row = {"text": text, "label": [[4, 14, "PER"]]}
    ((words, tags),) = gold(write(tmp_path, "a.jsonl", json.dumps(row)))
    covered = [word for word, tag in zip(words.split(), tags.split(), strict=True) if tag != "O"]
    assert covered == ["Tony", "Blair"]


SAID = {"start": 0, "end": 10, "label": "PER", "text": "Tony Blair"}

# Kind: the row, message.
REFUSED: dict[str, tuple[Any, str]] = {
    "reversed": ({"text": TEXT, "label": [[10, 0, "PER"]]}, r"PER 10:0 is no range of a text of 16 characters"),
    "empty": ({"text": TEXT, "label": [[4, 4, "PER"]]}, r"PER 4:4 is no range"),
    "negative": ({"text": TEXT, "label": [[-1, 4, "PER"]]}, r"PER -1:4 is no range"),
    "behind the end": ({"text": TEXT, "label": [[0, 17, "PER"]]}, r"PER 0:17 is no range"),
    "a fraction": ({"text": TEXT, "label": [[0.0, 4, "PER"]]}, r"expected a span with start, end and a label"),
    "true": ({"text": TEXT, "label": [[False, 4, "PER"]]}, r"expected a span with start, end and a label"),
    "no label": ({"text": TEXT, "label": [[0, 4]]}, r"expected a span with start, end and a label"),
    "a number for a label": (
        {"text": TEXT, "annotations": [], "label": [[0, 4, 3]]},
        r"expected a span .* label as text",
    ),
    "two labels": ({"text": TEXT, "label": [{**SAID, "label": ["PER", "LOC"]}]}, r"expected a span with"),
    "blanks alone": ({"text": "a  b", "label": [[1, 3, "PER"]]}, r"PER 1:3 \(''\) has no word in it"),
    "inside a word": (
        {"text": "Merkelland x", "label": [[0, 6, "PER"]]},
        r"PER 'Merkel' \(0:6\) is part of 'Merkelland', .*prepare.span_edges: snap",
    ),
    "overlapping": (
        {"text": TEXT, "label": [[0, 10, "PER"], [5, 10, "LOC"]]},
        r"PER 'Tony Blair' and LOC 'Blair' overlap, and a word has one tag",
    ),
    "two types of a span": ({"text": TEXT, "label": [[0, 10, "PER"], [0, 10, "LOC"]]}, r"overlap"),
    "an unknown type": ({"text": TEXT, "label": [[0, 10, "ORG"]]}, r"type ORG is none of the types"),
    "UTF-16 units": (
        {"text": f"\U0001f600 {TEXT}", "spans": [{**SAID, "start": 3, "end": 13}]},
        r"is 'ony Blair ' here, and said to be 'Tony Blair'; its numbers count UTF-16 units",
    ),
    "bytes": ({"text": f"é {TEXT}", "spans": [{**SAID, "start": 3, "end": 13}]}, r"its numbers count bytes"),
    "an inclusive end": ({"text": TEXT, "spans": [{**SAID, "end": 9}]}, r"its end is the last character"),
    "another text": ({"text": TEXT, "spans": [{**SAID, "text": "Gordon"}]}, r"and said to be 'Gordon'"),
    "texts without places": ({"text": TEXT, "entities": ["Tony Blair"]}, r"expected entities, a list of spans"),
    "a dictionary of types": ({"text": TEXT, "entities": {"PER": ["Tony"]}}, r"expected entities, a list of spans"),
    "spans that differ": (
        {"text": TEXT, "label": [[0, 10, "PER"]], "spans": [{**SAID, "end": 4, "text": "Tony"}]},
        r"has spans as spans and as label, which differ",
    ),
    "spans of words": ({"words": ["a", "b"], "spans": [{"start": 0, "end": 2, "label": "PER"}]}, r"give text as well"),
    "words that are not the text's": (
        {"words": ["Tony", "Brown"], "text": TEXT, "spans": [SAID]},
        r"the word 'Brown' does not stand in the text where its turn is",
    ),
    "a text with more than its words": (
        {"words": ["Tony", "Blair"], "text": TEXT, "spans": [SAID]},
        r"the text has more than the words: 'left.'",
    ),
    "a text with more than Prodigy's tokens": (
        {"text": TEXT, "tokens": [TOKENS[0], TOKENS[1], TOKENS[3]], "spans": [SAID]},
        r"the text has more than the words: 'left'",
    ),
    "annotations that differ": (
        {"data": {"text": TEXT}, "annotations": [{"result": [REGION]}, {"result": []}]},
        r"has 2 annotations that differ; keep one of them",
    ),
    "no annotation": ({"data": {"text": TEXT}, "annotations": []}, r"expected labels with every sentence"),
    "a task without text": (
        {"data": {"image": "x", "b": "y"}, "annotations": []},
        r"expected the task's text as data.text",
    ),
    "a region of HTML": (
        {
            "data": {"text": TEXT},
            "annotations": [{"result": [{"value": {"start": "/p", "startOffset": 0, "labels": []}}]}],
        },
        r"regions of HTML are not read",
    ),
    "no labels": ({"text": TEXT}, r"expected labels with every sentence .*, this one has none"),
    "nothing labelled": ({"text": TEXT, "label": []}, r"no text has a span; is it labelled\?"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_kind_is_refused(kind: str, tmp_path: Path) -> None:
    row, message = REFUSED[kind]
    with pytest.raises(UserError, match=rf"a.jsonl(:1)?: .*{message}"):
        gold(write(tmp_path, "a.jsonl", json.dumps(row)))


def test_a_span_inside_a_word_is_snapped_by_parameter(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '{"text": "Merkelland x", "label": [[0, 6, "PER"]]}')
    used = reading(span_edges="snap")
    assert gold(path, used) == [("Merkelland x", "B-PER O")]
    assert list(used.notes.lines()) == ["a.jsonl: spans snapped to whole words: 1 (first: a.jsonl:1)"]


def test_signs_that_cannot_be_seen_may_be_left_out_at_the_edges_as_predict_does(tmp_path: Path) -> None:
    row = {"text": "\ufeffTo\xadny\u200e left\u200b", "spans": [{**SAID, "start": 1, "end": 6, "text": "To\xadny"}]}
    used = reading()
    path = write(tmp_path, "a.jsonl", json.dumps(row))
    assert gold(path, used) == [("\ufeffTo\xadny\u200e left", "B-PER O")]
    assert list(used.notes.lines()) == []
    row |= {"words": ["\ufeffTo\xadny\u200e", "left"]}
    assert gold(write(tmp_path, "a.jsonl", json.dumps(row))) == [("\ufeffTo\xadny\u200e left", "B-PER O")]


def test_where_a_row_has_tags_and_spans_the_tags_are_read_and_it_is_said(tmp_path: Path) -> None:
    row = {"words": ["Tony", "left"], "tags": ["O", "O"], "text": "Tony left", "spans": [{**SAID, "end": 4}]}
    tagged = {"tokens": ["Tony", "left"], "ner_tags": ["B-PER", "O"], "spans": ["PER: Tony"]}  # as WikiANN's
    used = reading()
    path = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, (row, tagged))))
    assert gold(path, used) == [("Tony left", "O O"), ("Tony left", "B-PER O")]
    assert list(used.notes.lines()) == [
        "a.jsonl: rows with tags and spans, of which the tags are read: 1 (first: a.jsonl:1)"
    ]


def test_a_dropped_type_may_lie_across_another(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", json.dumps({"text": TEXT, "label": [[0, 10, "PER"], [5, 15, "EVENT"]]}))
    used = reading(drop_types=["event"])
    assert gold(path, used) == EXPECTED
    assert list(used.notes.lines()) == ["a.jsonl: entities of type EVENT dropped: 1 (first: a.jsonl:1)"]


def test_rows_that_were_rejected_or_skipped_are_left_out_and_noted(tmp_path: Path) -> None:
    rows = [
        {**READ["Prodigy"], "answer": "reject"},
        READ["Prodigy"],
        {**READ["Prodigy"], "answer": "ignore"},
        {"data": {"text": TEXT}, "annotations": [{"result": [REGION], "was_cancelled": True}]},
    ]
    used = reading()
    assert gold(write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows))), used) == EXPECTED
    assert list(used.notes.lines()) == [
        "a.jsonl: rows left out that their annotator rejected or skipped: 3 (first: a.jsonl:1, a.jsonl:3, a.jsonl:4)"
    ]


def test_for_the_llm_texts_without_any_span_are_unlabelled(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", json.dumps({"id": 1, "text": TEXT, "label": []}))
    assert sentences(path) == [{"id": "1", "words": ["Tony", "Blair", "left", "."]}]
    path = write(tmp_path, "a.jsonl", json.dumps({"id": 1, "data": {"text": TEXT}, "annotations": []}))
    assert sentences(path) == [{"id": "1", "words": ["Tony", "Blair", "left", "."]}]


def test_a_span_over_two_sentences_keeps_them_together(tmp_path: Path) -> None:
    row = {"id": "a", "text": "Rome fell. He left Tony. Blair stayed there.", "label": [[19, 30, "PER"], [0, 4, "LOC"]]}
    assert gold(write(tmp_path, "a.jsonl", json.dumps(row)), reading(split_texts=True)) == [
        ("Rome fell .", "B-LOC O O"),
        ("He left Tony . Blair stayed there .", "O O B-PER I-PER I-PER O O O"),
    ]


WORDS = st.lists(st.sampled_from(["Tony", "Blair", "O'Connor", "U.S.", "café", "😀", "1,000", "left", "-"]), min_size=1)


@given(WORDS, st.data())
def test_spans_of_whole_words_become_exactly_these_words(words: list[str], data: st.DataObject) -> None:
    """Whatever stands between them, with blanks at the edges or not."""
    text = " ".join(words)
    places = word_places(text)
    start = data.draw(st.integers(0, len(places) - 1))
    end = data.draw(st.integers(start + 1, len(places)))
    before, behind = data.draw(st.booleans()), data.draw(st.booleans())
    first, last = places[start][0], places[end - 1][1]
    first -= before and first > 0 and text[first - 1] == " "
    last += behind and last < len(text) and text[last] == " "
    row = {"text": text, "spans": [{"start": first, "end": last, "label": "PER", "text": text[first:last]}]}
    with tempfile.TemporaryDirectory() as folder:
        ((_, tags),) = gold(write(Path(folder), "a.jsonl", json.dumps(row)))
    assert tags_to_spans(tags.split()) == [(start, end, "PER")]
