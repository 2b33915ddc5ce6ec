"""What a body is read as, and how it is refused; the schema that is published says the same."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tinyner.predict.labelling import labelled
from tinyner.predict.tagger import Tagged
from tinyner.service.body import KEYS, asked
from tinyner.service.limits import Limits
from tinyner.service.openapi import document
from tinyner.service.refusal import RefusedError

MOST = 3
SCHEMAS = document(Limits(max_texts=MOST), with_token=False)
IS_QUESTION = Draft202012Validator({"$ref": "#/components/schemas/Question", **SCHEMAS})

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
strings = st.lists(st.text(), max_size=5)
rows = st.dictionaries(st.sampled_from([*KEYS, "id"]), st.text() | strings | values, max_size=2)


def refusal_of(body: bytes) -> RefusedError | None:
    """Return why a body is refused, None for one that is read."""
    try:
        asked(body, MOST)
    except RefusedError as error:
        return error
    return None


@given(rows | values, st.booleans())
@example({"texts": ["a"] * 4}, True)
@example({"text": "a", "words": ["a"]}, True)
@example({"words": []}, True)
def test_what_the_schema_allows_is_read_and_nothing_else(value: Any, ensure_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=ensure_ascii)
    refusal = refusal_of(text.encode())
    assert (refusal is None) == IS_QUESTION.is_valid(value)
    if refusal is not None:
        assert refusal.status in (413, 422)
        assert "\n" not in refusal.line


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ textswordu0d8', max_size=40).map(str.encode))
@example(b"[" * 100_000)
@example(b'{"text": ' + b"9" * 5000 + b"}")
@example(b'{"text": "\\ud800"}')
@example(b'\xef\xbb\xbf{"text": "Rome"}')
def test_any_bytes_are_read_or_refused_with_a_line(body: bytes) -> None:
    refusal = refusal_of(body)
    if refusal is not None:
        assert refusal.status in (400, 413, 422)
        assert refusal.line
        assert "\n" not in refusal.line


@given(st.lists(st.text(st.characters(codec=None)), max_size=MOST))
@example(["\ud800 half a pair", "\x00", "\u2028"])
def test_texts_are_read_as_they_were_sent(texts: list[str]) -> None:
    wish = asked(json.dumps({"texts": texts}).encode(), MOST)
    assert wish.is_list
    assert [text.text for text in wish.texts] == texts


@given(st.lists(st.text(), max_size=6))
def test_words_keep_their_edges(words: list[str]) -> None:
    (text,) = asked(json.dumps({"words": words}).encode(), MOST).texts
    assert text.words is not None
    assert [text.text[slice(*place)] for place in text.words] == words


class _Romes:
    def label(self, sentences: Any) -> Any:
        return [Tagged(["B-LOC" if word == "Rome" else "O" for word in words], None) for words in sentences]


def test_words_are_not_split_again() -> None:
    wish = asked(b'{"words": ["Rome", "fell . Rome", "", "Rome"]}', MOST)
    (answer,) = labelled(wish.texts, _Romes())
    assert [(entity.start, entity.end) for entity in answer.entities] == [(0, 4), (18, 22)]


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        (b"", 400, 'the body: expected JSON such as {"text": "..."}, found nothing'),
        (b'{"text": "M\xfcnchen"}', 400, "the body, byte 11: expected UTF-8, found the byte 0xfc"),
        (b'\xef\xbb\xbf{"text": "\xfc"}', 400, "the body, byte 13: expected UTF-8, found the byte 0xfc"),
        (b'{"text": "a",\n "texts"}', 400, "the body, line 2, column 9: no JSON: expecting ':' delimiter"),
        (b"text=Rome", 400, "the body, line 1, column 1: no JSON: expecting value"),
        (b'{"text": "a", "text": "b"}', 400, "the body: no JSON: the key 'text' stands twice"),
        (b'{"text": NaN}', 400, "the body: no JSON: NaN is no number of JSON"),
        (b"[" * 100_000, 400, "the body: no JSON that is read: it is nested too deeply"),
        (b'"Rome"', 422, 'the body: expected an object such as {"text": "..."}, found a string'),
        (b"{}", 422, "the body: expected text, texts or words, found no key"),
        (b'{"Text": "Rome"}', 422, 'the body: expected text, texts or words, found the key "Text"'),
        (
            b'{"words": ["Rome"], "text": "Rome"}',
            422,
            "the body: expected text, texts or words, found words and text; send them as requests of their own",
        ),
        (b'{"text": ["Rome"]}', 422, "text: expected a string, found a list"),
        (b'{"texts": "Rome"}', 422, "texts: expected a list of strings, found a string"),
        (b'{"texts": ["Rome", null]}', 422, "texts[1]: expected a string, found null"),
        (b'{"words": ["Rome", true]}', 422, "words[1]: expected a string, found a truth value"),
        (b'{"texts": ["", "", "", ""]}', 413, "texts: has 4 texts; at most 3 go into a request"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_a_refusal_names_the_place(body: bytes, status: int, line: str) -> None:
    refusal = refusal_of(body)
    assert refusal is not None
    assert (refusal.status, refusal.line) == (status, line)
