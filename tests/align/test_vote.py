"""Votes made by hand: ties, overlaps, failed replies, shares that are no round numbers."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.align.flatten import AlignedMention, AlignedReply
from tinyner.align.vote import AlignedSentence, Consensus, kept_spans, reaches, span_shares, vote
from tinyner.bio import Span, spans_to_tags


def reply(*spans: Span, unflattened: Any = None) -> AlignedReply:
    return AlignedReply(list(spans), [], unflattened)


def consensus(*replies: AlignedReply, length: int = 6, min_agreement: float = 0.5) -> Consensus:
    return vote(list(replies), length, min_agreement)


def test_a_span_is_kept_where_enough_replies_have_it() -> None:
    blair, paris = (0, 2, "PER"), (4, 5, "LOC")
    three = (reply(blair, paris), reply(blair), reply(paris))
    assert consensus(*three, reply(), min_agreement=0.5).spans == [blair, paris]
    assert consensus(*three, reply(), min_agreement=0.51).spans == []
    assert consensus(*three, min_agreement=1.0).spans == []
    assert consensus(three[0], three[0], min_agreement=1.0).spans == [blair, paris]


def test_two_of_three_reach_two_thirds_however_it_is_rounded() -> None:
    blair = (0, 2, "PER")
    replies = (reply(blair), reply(), reply(blair))
    for min_agreement in (0.5, 0.6666, 0.6667, 2 / 3, 0.666666666):
        assert consensus(*replies, min_agreement=min_agreement).spans == [blair], min_agreement
    for min_agreement in (0.67, 0.7, 1.0):
        assert consensus(*replies, min_agreement=min_agreement).spans == [], min_agreement
    assert all(reaches(count / most, round(count / most, 4)) for most in range(1, 30) for count in range(1, most + 1))
    assert not any(reaches((count - 1) / most, count / most) for most in range(1, 30) for count in range(1, most + 1))


def test_of_overlapping_spans_the_higher_share_is_kept_then_the_longer_the_leftmost_and_the_first_voted() -> None:
    short, long, other = (1, 2, "LOC"), (0, 3, "ORG"), (2, 4, "PER")
    assert consensus(reply(long), reply(short), reply(short), min_agreement=0.3).spans == [short]
    assert consensus(reply(short), reply(long)).spans == [long]
    assert consensus(reply((2, 4, "PER")), reply((1, 3, "LOC"))).spans == [(1, 3, "LOC")]
    assert consensus(reply((1, 3, "PER")), reply((1, 3, "LOC"))).spans == [(1, 3, "PER")]
    assert consensus(reply((1, 3, "LOC")), reply((1, 3, "PER"))).spans == [(1, 3, "LOC")]
    # What a dropped span lay over is free for the next.
    assert consensus(reply(long, (4, 6, "MISC")), reply(short, other)).spans == [long, (4, 6, "MISC")]
    assert kept_spans({short: 1.0, long: 0.5, other: 0.5}, 0.5) == [short, other]


def test_a_word_weighs_as_much_as_replies_gave_it_its_tag() -> None:
    result = consensus(reply((0, 2, "PER"), (4, 5, "LOC")), reply((0, 2, "PER")), reply((1, 2, "PER")))
    assert result.spans == [(0, 2, "PER")]
    # B-PER in two replies; I-PER in two, B-PER in the third; O in all; O in two, as the first has Paris.
    assert result.weights == pytest.approx([2 / 3, 2 / 3, 1, 1, 2 / 3, 1])
    # No span is in both replies, so the words get the tag O, which no reply gave them.
    apart = consensus(reply((0, 2, "PER")), reply((0, 1, "PER"), (1, 2, "LOC")), length=3, min_agreement=1.0)
    assert (apart.spans, apart.weights) == ([], [0.0, 0.0, 1.0])


def test_the_shares_are_of_all_spans_in_the_order_of_the_votes() -> None:
    shares = span_shares([reply((3, 4, "LOC")), reply((0, 1, "PER"), (3, 4, "LOC"))])
    assert list(shares.items()) == [((3, 4, "LOC"), 1.0), ((0, 1, "PER"), 0.5)]


def test_entities_that_no_tag_can_hold_are_kept_where_enough_replies_have_them() -> None:
    nested = [{"label": "LOC", "fragments": [[2, 3]]}, {"label": "ORG", "fragments": [[0, 3]]}]
    pieces = [{"label": "ORG", "fragments": [[0, 3]]}, {"label": "PER", "fragments": [[0, 1], [2, 3]]}]
    org = (0, 3, "ORG")
    replies = (
        reply(org, unflattened=nested),
        reply(org, unflattened=pieces),
        reply(org),
        reply(org, unflattened=nested),
    )
    assert consensus(*replies).unflattened == [
        {"label": "ORG", "fragments": [[0, 3]]},
        {"label": "LOC", "fragments": [[2, 3]]},
    ]
    assert consensus(*replies, min_agreement=0.75).unflattened is None  # the tags hold all that three agree on
    # A span that enough have, and that another covers, is kept here.
    assert consensus(reply((0, 1, "LOC")), reply((0, 2, "ORG"))).unflattened == [
        {"label": "LOC", "fragments": [[0, 1]]},
        {"label": "ORG", "fragments": [[0, 2]]},
    ]


def mention(label: str, text: str, outcome: Any, *places: tuple[int, int]) -> AlignedMention:
    return AlignedMention({"type": label, "text": text}, outcome, places)


def test_the_rows_of_a_sentence_with_several_replies_have_shares_weights_and_votes() -> None:
    words = ["Tony", "Blair", "left", "Paris"]
    ledger = [mention("PER", "Tony Blair", "exact", (0, 2)), mention("LOC", "Paris", "exact", (3, 4))]
    first = AlignedReply([(0, 2, "PER"), (3, 4, "LOC")], ledger, None)
    other = [mention("PER", "Blair", "exact", (1, 2)), mention("LOC", "Paris", "exact", (3, 4))]
    other += [mention("PER", "Tony Blair", "overlapping", (0, 2)), mention("PER", "Benn", "not_in_sentence")]
    other += [mention("PER", "Tony left", "discontinuous", (0, 1), (2, 3))]
    second = AlignedReply([(1, 2, "PER"), (3, 4, "LOC")], other, None)
    replies = [first, None, second]
    result = AlignedSentence({"id": "s", "words": words}, replies, vote([first, second], 4, 0.5))
    assert result.example() == {
        "id": "s",
        "words": words,
        "tags": ["B-PER", "I-PER", "O", "B-LOC"],
        "spans": [
            {"start": 0, "end": 2, "label": "PER", "share": 0.5},
            {"start": 3, "end": 4, "label": "LOC", "share": 1.0},
        ],
        "weights": [0.5, 0.5, 1.0, 1.0],
        "unflattened": [
            {"label": "PER", "fragments": [[0, 2]]},
            {"label": "PER", "fragments": [[1, 2]]},
            {"label": "LOC", "fragments": [[3, 4]]},
        ],
    }
    assert [(row["vote"], row["text"], row["span"], row["share"]) for row in result.ledger()] == [
        (0, "Tony Blair", [[0, 2]], 0.5),
        (0, "Paris", [[3, 4]], 1.0),
        (2, "Blair", [[1, 2]], 0.5),
        (2, "Paris", [[3, 4]], 1.0),
        (2, "Tony Blair", [[0, 2]], 0.5),  # the first reply has that span
        (2, "Benn", None, 0.0),
        (2, "Tony left", [[0, 1], [2, 3]], 0.0),
    ]
    # The rows of a sentence with one reply have neither shares nor weights.
    once = AlignedSentence({"id": "s", "words": words}, [first], vote([first], 4, 0.5))
    plain = once.example()
    assert plain is not None
    assert "weights" not in plain
    assert not any("share" in span for span in plain["spans"])
    assert all(row.keys() == {"id", "type", "text", "outcome", "span"} for row in once.ledger())
    # Of two replies one is valid: its spans have share 1.
    alone = AlignedSentence({"id": "s", "words": words}, [None, first], vote([first], 4, 0.5)).example()
    assert alone is not None
    assert alone["weights"] == [1.0] * 4
    assert {span["share"] for span in alone["spans"]} == {1.0}
    # Both replies failed: no example, and no entities.
    failed = AlignedSentence({"id": "s", "words": words}, [None, None], None)
    assert (failed.example(), failed.ledger(), failed.tags) == (None, [], ["O"] * 4)


LENGTH = 7


@st.composite
def replies(draw: st.DrawFn, least: int = 1) -> list[AlignedReply]:
    """Draw replies of flat spans from so few that replies often agree."""
    drawn = []
    for _ in range(draw(st.integers(least, 6))):
        edges = sorted(draw(st.lists(st.integers(0, LENGTH), unique=True, max_size=6)))
        spans = [
            (start, end, draw(st.sampled_from(["LOC", "PER"])))
            for start, end in zip(edges[::2], edges[1::2], strict=False)
        ]
        drawn.append(reply(*spans))
    return drawn


@given(replies(), st.floats(0.01, 1))
def test_kept_spans_have_enough_votes_and_never_overlap(votes: list[AlignedReply], min_agreement: float) -> None:
    result = vote(votes, LENGTH, min_agreement)
    tags = spans_to_tags(result.spans, LENGTH)  # raises where two overlap
    assert result.spans == sorted(result.spans)
    for span in result.spans:
        count = sum(span in reply.spans for reply in votes)
        assert result.shares[span] == count / len(votes)
        assert Fraction(count, len(votes)) >= Fraction(min_agreement) - Fraction(1, 10_000)
    # A span that is not kept has too few votes, or overlaps one that is.
    taken = {word for start, end, _ in result.spans for word in range(start, end)}
    for (start, end, label), share in result.shares.items():
        if (start, end, label) not in result.spans:
            assert share < min_agreement or taken & set(range(start, end))
    for word, weight in enumerate(result.weights):
        assert weight == sum(spans_to_tags(reply.spans, LENGTH)[word] == tags[word] for reply in votes) / len(votes)
        assert weight > 0 or tags[word] == "O"


@given(replies(), st.floats(0.01, 1))
def test_one_reply_or_several_equal_ones_are_kept_as_they_are(votes: list[AlignedReply], min_agreement: float) -> None:
    single = votes[0]
    for times in (1, 2, 3):
        result = vote([single] * times, LENGTH, min_agreement)
        assert (result.spans, result.weights, result.unflattened) == (single.spans, [1.0] * LENGTH, single.unflattened)


@given(replies(least=2))
def test_without_overlaps_more_agreement_keeps_fewer_spans(votes: list[AlignedReply]) -> None:
    shares = span_shares(votes)
    thresholds = [count / len(votes) for count in range(1, len(votes) + 1)]
    counts = [sum(reaches(share, threshold) for share in shares.values()) for threshold in thresholds]
    assert counts == sorted(counts, reverse=True)
    # Two spans that more than half of the replies have are both in one of them, so they don't overlap.
    above_half = [set(kept_spans(shares, threshold)) for threshold in thresholds if threshold > 0.5]
    for more, fewer in pairwise(above_half):
        assert fewer <= more
