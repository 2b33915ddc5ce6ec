"""Votes made by hand: ties, overlaps, failed replies, shares that are no round numbers."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.align.agreement import Ballot, calibration_of, scores_of
from tinyner.align.flatten import Aligned, Entry
from tinyner.align.vote import Result, Voted, enough, flattened, shares_of, vote
from tinyner.bio import spans_to_tags
from tinyner.rows import Span


def said(*spans: Span, unflattened: Any = None) -> Aligned:
    return Aligned(list(spans), [], unflattened)


def voted(*replies: Aligned, length: int = 6, min_agreement: float = 0.5) -> Voted:
    return vote(list(replies), length, min_agreement)


def test_a_span_is_kept_where_enough_replies_have_it() -> None:
    blair, paris = (0, 2, "PER"), (4, 5, "LOC")
    three = (said(blair, paris), said(blair), said(paris))
    assert voted(*three, said(), min_agreement=0.5).spans == [blair, paris]
    assert voted(*three, said(), min_agreement=0.51).spans == []
    assert voted(*three, min_agreement=1.0).spans == []
    assert voted(three[0], three[0], min_agreement=1.0).spans == [blair, paris]


def test_two_of_three_are_enough_however_many_digits_are_asked_for() -> None:
    blair = (0, 2, "PER")
    replies = (said(blair), said(), said(blair))
    for asked in (0.5, 0.6666, 0.6667, 2 / 3, 0.666666666):
        assert voted(*replies, min_agreement=asked).spans == [blair], asked
    for asked in (0.67, 0.7, 1.0):
        assert voted(*replies, min_agreement=asked).spans == [], asked
    assert all(enough(count / most, round(count / most, 4)) for most in range(1, 30) for count in range(1, most + 1))
    assert not any(enough((count - 1) / most, count / most) for most in range(1, 30) for count in range(1, most + 1))


def test_of_overlapping_spans_the_higher_share_is_kept_then_the_longer_the_leftmost_and_the_first_voted() -> None:
    short, long, other = (1, 2, "LOC"), (0, 3, "ORG"), (2, 4, "PER")
    assert voted(said(long), said(short), said(short), min_agreement=0.3).spans == [short]
    assert voted(said(short), said(long)).spans == [long]
    assert voted(said((2, 4, "PER")), said((1, 3, "LOC"))).spans == [(1, 3, "LOC")]
    assert voted(said((1, 3, "PER")), said((1, 3, "LOC"))).spans == [(1, 3, "PER")]
    assert voted(said((1, 3, "LOC")), said((1, 3, "PER"))).spans == [(1, 3, "LOC")]
    # What a dropped span lay over is free for the next.
    assert voted(said(long, (4, 6, "MISC")), said(short, other)).spans == [long, (4, 6, "MISC")]
    assert flattened({short: 1.0, long: 0.5, other: 0.5}, 0.5) == [short, other]


def test_a_word_weighs_as_much_as_replies_gave_it_its_tag() -> None:
    result = voted(said((0, 2, "PER"), (4, 5, "LOC")), said((0, 2, "PER")), said((1, 2, "PER")))
    assert result.spans == [(0, 2, "PER")]
    third = Fraction(1, 3)
    # B-PER of two; I-PER of two, of the third it is B-PER; O of all; O of two, since one has Paris.
    assert result.weights == pytest.approx([float(one) for one in (2 * third, 2 * third, 1, 1, 2 * third, 1)])
    # Where all have an entity and no two the same, nobody gave the words the O that they end with.
    apart = voted(said((0, 2, "PER")), said((0, 1, "PER"), (1, 2, "LOC")), length=3, min_agreement=1.0)
    assert (apart.spans, apart.weights) == ([], [0.0, 0.0, 1.0])


def test_the_shares_are_of_all_spans_in_the_order_of_the_votes() -> None:
    shares = shares_of([said((3, 4, "LOC")), said((0, 1, "PER"), (3, 4, "LOC"))])
    assert list(shares.items()) == [((3, 4, "LOC"), 1.0), ((0, 1, "PER"), 0.5)]


def test_entities_that_no_tag_can_hold_are_kept_where_enough_replies_have_them() -> None:
    nested = [{"label": "LOC", "fragments": [[2, 3]]}, {"label": "ORG", "fragments": [[0, 3]]}]
    pieces = [{"label": "ORG", "fragments": [[0, 3]]}, {"label": "PER", "fragments": [[0, 1], [2, 3]]}]
    org = (0, 3, "ORG")
    replies = (said(org, unflattened=nested), said(org, unflattened=pieces), said(org), said(org, unflattened=nested))
    assert voted(*replies).unflattened == [
        {"label": "ORG", "fragments": [[0, 3]]},
        {"label": "LOC", "fragments": [[2, 3]]},
    ]
    assert voted(*replies, min_agreement=0.75).unflattened is None  # the tags hold all that three agree on
    # A span that enough have, and that another covers, is kept here.
    assert voted(said((0, 1, "LOC")), said((0, 2, "ORG"))).unflattened == [
        {"label": "LOC", "fragments": [[0, 1]]},
        {"label": "ORG", "fragments": [[0, 2]]},
    ]


def entry(label: str, text: str, outcome: Any, *places: tuple[int, int]) -> Entry:
    return Entry({"type": label, "text": text}, outcome, places)


def test_a_sentence_that_was_asked_several_times_has_shares_weights_and_votes_in_its_rows() -> None:
    words = ["Tony", "Blair", "left", "Paris"]
    ledger = [entry("PER", "Tony Blair", "exact", (0, 2)), entry("LOC", "Paris", "exact", (3, 4))]
    first = Aligned([(0, 2, "PER"), (3, 4, "LOC")], ledger, None)
    other = [entry("PER", "Blair", "exact", (1, 2)), entry("LOC", "Paris", "exact", (3, 4))]
    other += [entry("PER", "Tony Blair", "overlapping", (0, 2)), entry("PER", "Benn", "not_in_sentence")]
    other += [entry("PER", "Tony left", "discontinuous", (0, 1), (2, 3))]
    second = Aligned([(1, 2, "PER"), (3, 4, "LOC")], other, None)
    replies = [first, None, second]
    result = Result({"id": "s", "words": words}, replies, vote([first, second], 4, 0.5))
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
    told = [(row["vote"], row["text"], row["span"], row["share"]) for row in result.ledger()]
    assert told == [
        (0, "Tony Blair", [[0, 2]], 0.5),
        (0, "Paris", [[3, 4]], 1.0),
        (2, "Blair", [[1, 2]], 0.5),
        (2, "Paris", [[3, 4]], 1.0),
        (2, "Tony Blair", [[0, 2]], 0.5),  # the first reply has that span
        (2, "Benn", None, 0.0),
        (2, "Tony left", [[0, 1], [2, 3]], 0.0),
    ]
    # Of a sentence that was asked once the rows are as they always were.
    once = Result({"id": "s", "words": words}, [first], vote([first], 4, 0.5))
    plain = once.example()
    assert plain is not None
    assert "weights" not in plain
    assert not any("share" in span for span in plain["spans"])
    assert all(row.keys() == {"id", "type", "text", "outcome", "span"} for row in once.ledger())
    # Asked twice and answered once: one vote, whose share is whole.
    alone = Result({"id": "s", "words": words}, [None, first], vote([first], 4, 0.5)).example()
    assert alone is not None
    assert alone["weights"] == [1.0] * 4
    assert {span["share"] for span in alone["spans"]} == {1.0}
    # Asked twice, and both failed: nothing to train on, and nothing found.
    failed = Result({"id": "s", "words": words}, [None, None], None)
    assert (failed.example(), failed.ledger(), failed.tags) == (None, [], ["O"] * 4)


def test_scores_by_agreement_and_the_calibration_of_shares() -> None:
    gold = ["B-PER", "I-PER", "O", "B-LOC", "O"]
    right, wrong, paris = (0, 2, "PER"), (0, 1, "PER"), (3, 4, "LOC")
    ballots = [
        Ballot(gold, [said(right, paris), said(right), said(wrong, (2, 3, "ORG"))]),
        Ballot(gold, [said(paris), None, said(wrong, paris)]),
        Ballot(gold, [None, None, None]),
    ]
    rows = {row["of"]: row for row in scores_of(ballots, ["LOC", "ORG", "PER"])}
    names = ["vote 0", "vote 1", "vote 2", "min_agreement 0.3333", "min_agreement 0.6667", "min_agreement 1"]
    assert list(rows) == names
    assert {row["support"] for row in rows.values()} == {6}

    def scored(name: str) -> tuple[float, float]:
        return rows[name]["precision"], rows[name]["recall"]

    assert scored("vote 0") == pytest.approx((1, 3 / 6))
    assert scored("vote 1") == pytest.approx((1, 1 / 6))
    assert scored("vote 2") == pytest.approx((1 / 4, 1 / 6))
    # One of three: Blair (longer than Tony), Paris and the ORG of the first; Paris and Tony of the second.
    assert scored("min_agreement 0.3333") == pytest.approx((3 / 5, 3 / 6))
    assert scored("min_agreement 0.6667") == pytest.approx((1, 2 / 6))
    assert scored("min_agreement 1") == pytest.approx((1, 1 / 6))
    assert calibration_of(ballots) == [
        {"share": 0.3333, "spans": 3, "right": 1, "fraction": pytest.approx(1 / 3)},  # Tony, the ORG; Paris
        {"share": 0.5, "spans": 1, "right": 0, "fraction": 0.0},  # Tony, of two
        {"share": 0.6667, "spans": 1, "right": 1, "fraction": 1.0},
        {"share": 1.0, "spans": 1, "right": 1, "fraction": 1.0},
    ]


LENGTH = 7


@st.composite
def replies(draw: st.DrawFn, least: int = 1) -> list[Aligned]:
    """Replies of flat spans, few enough of them that they often agree."""
    made = []
    for _ in range(draw(st.integers(least, 6))):
        edges = sorted(draw(st.lists(st.integers(0, LENGTH), unique=True, max_size=6)))
        spans = [
            (start, end, draw(st.sampled_from(["LOC", "PER"])))
            for start, end in zip(edges[::2], edges[1::2], strict=False)
        ]
        made.append(said(*spans))
    return made


@given(replies(), st.floats(0.01, 1))
def test_what_is_kept_has_votes_enough_and_never_overlaps(cast: list[Aligned], min_agreement: float) -> None:
    result = vote(cast, LENGTH, min_agreement)
    tags = spans_to_tags(result.spans, LENGTH)  # raises where two overlap
    assert result.spans == sorted(result.spans)
    for span in result.spans:
        count = sum(span in reply.spans for reply in cast)
        assert result.shares[span] == count / len(cast)
        assert Fraction(count, len(cast)) >= Fraction(min_agreement) - Fraction(1, 10_000)
    # And what is not kept has too few, or lies over one that is kept.
    taken = {word for start, end, _ in result.spans for word in range(start, end)}
    for (start, end, label), share in result.shares.items():
        if (start, end, label) not in result.spans:
            assert share < min_agreement or taken & set(range(start, end))
    for word, weight in enumerate(result.weights):
        assert weight == sum(spans_to_tags(one.spans, LENGTH)[word] == tags[word] for one in cast) / len(cast)
        assert weight > 0 or tags[word] == "O"


@given(replies(), st.floats(0.01, 1))
def test_one_reply_or_the_same_one_several_times_is_what_it_was(cast: list[Aligned], min_agreement: float) -> None:
    one = cast[0]
    for times in (1, 2, 3):
        result = vote([one] * times, LENGTH, min_agreement)
        assert (result.spans, result.weights, result.unflattened) == (one.spans, [1.0] * LENGTH, one.unflattened)


@given(replies(least=2))
def test_without_overlaps_more_agreement_keeps_fewer_spans(cast: list[Aligned]) -> None:
    shares = shares_of(cast)
    asked = [count / len(cast) for count in range(1, len(cast) + 1)]
    counts = [sum(enough(share, one) for share in shares.values()) for one in asked]
    assert counts == sorted(counts, reverse=True)
    above_half = [set(flattened(shares, one)) for one in asked if one > 0.5]  # two such spans share a reply
    for more, fewer in pairwise(above_half):
        assert fewer <= more
