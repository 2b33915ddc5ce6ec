"""Spans that go over from one way to split a text into words to another."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus_files.files import reading
from tinyner.annotate.label_spans import carried_over, splitter, squeezed_spans
from tinyner.bio import Span
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.errors import UserError
from tinyner.rows import Sentence, squeezed


@st.composite
def split_twice(draw: st.DrawFn) -> tuple[list[str], list[Span], list[str]]:
    """A text split into words in two ways, with spans of the first words."""
    text = draw(st.text("abÄ漢.-", min_size=1, max_size=12))
    words, others = (
        [text[start:end] for start, end in itertools.pairwise([0, *sorted(cuts), len(text)])]
        for cuts in (draw(st.sets(st.integers(1, len(text) - 1))) if len(text) > 1 else set() for _ in range(2))
    )
    edges = st.tuples(st.integers(0, len(words) - 1), st.integers(1, len(words)))
    pairs = draw(st.lists(edges.filter(lambda pair: pair[0] < pair[1]), max_size=4))
    return words, [(start, end, "PER") for start, end in pairs], others


@given(split_twice())
def test_spans_cover_the_same_characters_or_are_refused_with_their_place(
    case: tuple[list[str], list[Span], list[str]],
) -> None:
    words, spans, others = case
    raw, sentence = RawSentence(words, "crowd.jsonl:7", spans=spans), Sentence(id="a", words=others)
    edges = {0, *itertools.accumulate(map(len, others))}
    by_characters = squeezed_spans(words, spans)
    if all({start, end} <= edges for start, end, _ in by_characters):
        carried = carried_over(raw, sentence, "crowd.jsonl", reading())
        assert squeezed_spans(others, carried) == by_characters
    else:
        with pytest.raises(UserError, match=r"^crowd.jsonl:7: PER .* is part of .* prepare.span_edges: snap"):
            carried_over(raw, sentence, "crowd.jsonl", reading())
    snapped = carried_over(raw, sentence, "crowd.jsonl", reading(span_edges="snap"))
    for (start, end, _), (wide_start, wide_end, _) in zip(by_characters, squeezed_spans(others, snapped), strict=True):
        assert wide_start <= start < end <= wide_end


@given(split_twice())
def test_the_words_of_a_sentence_are_found_in_its_text(case: tuple[list[str], list[Span], list[str]]) -> None:
    words, _, others = case
    sentence = Sentence(id="a", words=others)
    for text in ("".join(others), " ".join(others), f" {'  '.join(others)}\n"):
        assert [text[start:end] for start, end in splitter([sentence])(text)] == others
    assert squeezed(words) == squeezed(others)


def test_a_text_with_another_sign_in_it_is_split_by_itself() -> None:
    split = splitter([Sentence(id="a", words=["Paris", "-based"]), Sentence(id="b", words=["10\N{NO-BREAK SPACE}000"])])
    assert split("Paris -based!") != split("Paris -based")
    assert split("Paris-based") == [(0, 5), (5, 11)]
    assert split("10 000") == [(0, 2), (3, 6)]
    assert split("10\N{NO-BREAK SPACE}000") == [(0, 6)]


def test_words_that_are_only_white_space_are_left_where_they_are() -> None:
    sentence = Sentence(id="a", words=["Rosa", "\N{ZERO WIDTH SPACE}", "Parks", "left"])
    raw = RawSentence(["Rosa", "Parks", "left"], "a.txt:1", spans=[(0, 2, "PER"), (2, 3, "LOC")])
    assert carried_over(raw, sentence, "a.txt", reading()) == [(0, 3, "PER"), (3, 4, "LOC")]
    same = replace(raw, words=sentence["words"], spans=[(1, 2, "PER")])
    assert carried_over(same, sentence, "a.txt", reading()) == [(1, 2, "PER")]
