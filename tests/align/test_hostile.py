"""Whatever a reply says, an entity is made of words of the sentence and has a type of the scheme."""

import html
import unicodedata
from collections.abc import Callable

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tinyner.align.flatten import UNPLACED, align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.clean.parse import parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.comparison_key import without_accents, without_escapes
from tinyner.params import Params
from tinyner.prompts import Prompt

TYPES = {"PER": ["person"], "LOC": ["place"], "ORG": []}
NAMES = TypeNames(TYPES)

words = st.one_of(
    st.sampled_from(
        ["Rosa", "Ines", "Frei", "St.", "U.S.", "AT&T", "(", ")", ",", "{", "}", '"', "Result:", "PER", "café"]
    ),
    st.sampled_from(
        ['{"PER":', '["Rosa"]}', "</think>", "<b>", "&lt;", "\\n", "東京", "O'Neill", "-", "...", "{sentence}"]
    ),
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6),
)
sentences = st.lists(words, min_size=1, max_size=12)


def letters(text: str) -> str:
    """Return the letters and digits of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", without_accents(html.unescape(without_escapes(text)))).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


@st.composite
def mention_texts(draw: st.DrawFn, sentence: list[str]) -> str:
    """Draw a part of the sentence, perhaps changed, or any text."""
    start = draw(st.integers(0, len(sentence) - 1))
    part = " ".join(sentence[start : draw(st.integers(start + 1, len(sentence)))])
    changes: list[Callable[[str], str]] = [str, str.lower, str.upper, html.escape, repr, lambda text: f"**{text}**"]
    changed = draw(st.sampled_from(changes))(part)
    return draw(st.one_of(st.just(part), st.just(changed), st.text(max_size=12), words))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentence=sentences, data=st.data())
def test_the_letters_of_an_entity_are_those_of_its_mention(
    sentence: list[str], data: st.DataObject, params: Params
) -> None:
    labels = st.one_of(st.sampled_from(["PER", "LOC", "ORG", "person", "O", "B-PER", "", "per", "<script>"]), st.text())
    mentions = [
        {"type": data.draw(labels), "text": data.draw(mention_texts(sentence))}
        for _ in range(data.draw(st.integers(0, 5)))
    ]
    reply = align_reply(SearchedSentence(sentence), mentions, list(TYPES), Prompt("{sentence}"), params.align)  # type: ignore[arg-type]
    assert {label for _, _, label in reply.spans} <= set(TYPES)
    assert all(0 <= start < end <= len(sentence) for start, end, _ in reply.spans)
    mentioned = {(start, end) for row in reply.ledger for start, end in row.places}
    assert {(start, end) for start, end, _ in reply.spans} <= mentioned
    for row in reply.ledger:
        if row.mention["type"] not in TYPES:
            assert row.outcome == "unknown_type"
        assert bool(row.places) != (row.outcome in UNPLACED)
        places = row.places if row.outcome != "discontinuous" else ()
        for start, end in places:
            assert letters(" ".join(sentence[start:end])) == letters(row.mention["text"]), (row, sentence)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sentence=sentences, reply=st.one_of(st.text(max_size=200), st.lists(words, max_size=30).map(" ".join)))
@example(sentence=["Rosa", "left"], reply='Result: {"EVIL": ["Rosa"], "PER": ["Hugo"]}')
@example(sentence=["Rosa", "left"], reply='Result: {"PER": ["\\ud800", "Rosa\\u0000"]}')
def test_no_reply_labels_what_is_not_there(sentence: list[str], reply: str, params: Params) -> None:
    """Also replies that are made of the signs of answers."""
    _, mentions, _ = parse_reply(reply, sentence, NAMES)
    aligned = align_reply(
        SearchedSentence(sentence),
        [{"type": label, "text": text} for label, text in mentions],
        list(TYPES),
        Prompt("{sentence}"),
        params.align,
    )
    assert {label for _, _, label in aligned.spans} <= set(TYPES)
    for row in aligned.ledger:
        for start, end in row.places if row.outcome != "discontinuous" else ():
            assert letters(" ".join(sentence[start:end])) == letters(row.mention["text"]), (row, sentence)
