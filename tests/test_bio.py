from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.bio import Span, TagError, spans_to_tags, tags_to_spans, to_iob2


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Flat spans, and the length of their sentence."""
    spans: list[Span] = []
    position = 0
    for gap, size, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["PER", "LOC", "A-B"])), max_size=6)
    ):
        spans.append((position + gap, position + gap + size, label))
        position += gap + size
    return spans, position + draw(st.integers(0, 3))


def bioes(spans: Sequence[Span], length: int, letters: str = "BIES") -> list[str]:
    begin, inside, end, single = tuple(letters)
    tags = ["O"] * length
    for start, stop, label in spans:
        size = stop - start
        marks = [single] if size == 1 else [begin, *[inside] * (size - 2), end]
        tags[start:stop] = [f"{mark}-{label}" for mark in marks]
    return tags


def iob1(spans: Sequence[Span], length: int) -> list[str]:
    tags = ["O"] * length
    previous: tuple[int, str] | None = None
    for start, stop, label in spans:
        first = "B" if previous == (start, label) else "I"
        tags[start:stop] = [f"{first}-{label}", *[f"I-{label}"] * (stop - start - 1)]
        previous = (stop, label)
    return tags


@given(sentences())
def test_spans_to_tags_to_spans_is_the_identity(case: tuple[list[Span], int]) -> None:
    spans, length = case
    assert tags_to_spans(spans_to_tags(spans, length)) == spans


@given(sentences())
def test_every_scheme_reads_as_the_same_iob2(case: tuple[list[Span], int]) -> None:
    spans, length = case
    tags = spans_to_tags(spans, length)
    assert to_iob2(tags) == tags
    assert to_iob2(iob1(spans, length)) == tags
    assert to_iob2(bioes(spans, length)) == tags
    assert to_iob2(bioes(spans, length, "BILU")) == tags


@pytest.mark.parametrize(
    ("tags", "index"),
    [
        (["O", "X-PER"], 1),
        (["PER"], 0),
        (["B-"], 0),
        (["O", "E-PER"], 1),  # BIOES: ends what never began
        (["B-PER", "O", "S-LOC"], 1),  # BIOES: left open
        (["S-LOC", "B-PER"], 1),
        (["S-LOC", "B-PER", "I-LOC", "E-LOC"], 2),
    ],
)
def test_broken_tags_are_named_by_their_word(tags: list[str], index: int) -> None:
    with pytest.raises(TagError) as error:
        to_iob2(tags)
    assert error.value.index == index


def test_an_inside_tag_that_continues_nothing_is_no_strict_entity() -> None:
    assert tags_to_spans(["I-PER", "O", "B-LOC", "I-PER", "I-LOC"]) == [(2, 3, "LOC")]


@pytest.mark.parametrize("spans", [[(0, 2, "A"), (1, 3, "B")], [(0, 0, "A")], [(2, 4, "A")]])
def test_spans_that_tags_cannot_hold_are_refused(spans: list[Span]) -> None:
    with pytest.raises(ValueError, match="span"):
        spans_to_tags(spans, 3)
