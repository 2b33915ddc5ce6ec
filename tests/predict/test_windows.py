"""Windows cover all words, neighbours overlap, and the tags of all come together without cutting an entity."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tinyner.bio import spans_to_tags, stray_words, tags_to_spans
from tinyner.predict.windows import joined, windows


@given(st.integers(1, 400), st.integers(1, 120))
def test_windows_cover_all_words_and_overlap_by_half(count: int, size: int) -> None:
    ranges = windows(count, size)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == count
    assert all(end - begin == min(size, count) for begin, end in ranges)
    for (_, end), (begin, _) in itertools.pairwise(ranges):
        assert end - begin >= size // 2


@given(st.integers(1, 120), st.integers(2, 20))
def test_a_word_has_the_tag_of_the_window_where_it_is_most_central(count: int, size: int) -> None:
    ranges = windows(count, size)
    numbers = [[f"B-{number}"] * (end - begin) for number, (begin, end) in enumerate(ranges)]

    def margin(place: int, begin: int, end: int) -> int:
        """Words between a place and the nearest end of a window; that of the sentence is no end."""
        left, right = place - begin if begin else count, end - 1 - place if end < count else count
        return min(left, right)

    for place, tag in enumerate(joined(ranges, numbers)):
        margins = [margin(place, begin, end) if begin <= place < end else -1 for begin, end in ranges]
        assert margins[int(tag[2:])] >= max(margins) - 1


@st.composite
def _entities(draw: st.DrawFn) -> tuple[int, list[tuple[int, int, str]]]:
    count = draw(st.integers(1, 90))
    edges = sorted(draw(st.sets(st.integers(0, count), max_size=24)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return count, [(begin, min(end, begin + 4), "PER") for begin, end in pairs]


@given(_entities(), st.integers(8, 40))
def test_an_entity_across_a_border_is_whole(drawn: tuple[int, list[tuple[int, int, str]]], size: int) -> None:
    count, spans = drawn
    tags = spans_to_tags(spans, count)
    ranges = windows(count, size)
    assert tags_to_spans(joined(ranges, [tags[begin:end] for begin, end in ranges])) == spans
    # Also where a window sees nothing of an entity that it has only a part of.
    seen = [
        spans_to_tags([(a - begin, b - begin, label) for a, b, label in spans if begin <= a and b <= end], end - begin)
        for begin, end in ranges
    ]
    assert tags_to_spans(joined(ranges, seen)) == spans


@given(st.data(), st.integers(1, 40), st.integers(2, 9))
def test_windows_that_disagree_give_legal_tags(data: st.DataObject, count: int, size: int) -> None:
    """An entity may be cut at its end, and never at its beginning."""
    ranges = windows(count, size)
    tags_by_window = []
    for begin, end in ranges:
        edges = sorted(data.draw(st.sets(st.integers(0, end - begin))))
        labels = data.draw(st.lists(st.sampled_from(["", "PER", "ORG"]), min_size=len(edges), max_size=len(edges)))
        spans = [(a, b, label) for (a, b), label in zip(itertools.pairwise(edges), labels, strict=False) if label]
        tags_by_window.append(spans_to_tags(spans, end - begin))
    tags = joined(ranges, tags_by_window)
    assert len(tags) == count
    assert stray_words(tags) == 0
