"""Our counts against seqeval's strict mode, on tags that are valid IOB2 and tags that are not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyner.bio import tags_to_spans
from tinyner.scores import strict
from tinyner.span_counts import SpanCounts, TypePair, pair_types

TYPES = ["LOC", "ORG", "PER"]
TAGS = st.sampled_from(["O", *(f"{position}-{label}" for position in "BI" for label in TYPES)])
SENTENCES = st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), max_size=6)


@settings(deadline=None)  # the first example imports seqeval
@given(SENTENCES)
def test_precision_recall_f1_and_support_are_seqevals(sentences: list[list[tuple[str, str]]]) -> None:
    """``sentences``: the gold and the predicted tag of each word."""
    gold, predicted = ([[word[side] for word in words] for words in sentences] for side in (0, 1))
    pairs: list[TypePair] = []
    for gold_tags, tags in zip(gold, predicted, strict=True):
        pairs += pair_types(tags_to_spans(gold_tags), tags_to_spans(tags))
    scores = strict(gold, predicted, TYPES)
    for label, name in ((None, "micro"), *zip(TYPES, TYPES, strict=True)):
        counts = SpanCounts.of(pairs, label)
        assert counts.gold == scores[name]["support"]
        assert counts.true / (counts.predicted or 1) == pytest.approx(scores[name]["precision"], abs=1e-12)
        assert counts.true / (counts.gold or 1) == pytest.approx(scores[name]["recall"], abs=1e-12)
        f1 = 2 * counts.true / (counts.predicted + counts.gold or 1)
        assert f1 == pytest.approx(scores[name]["f1"], abs=1e-12)


def test_another_type_at_the_same_words_is_a_pair_and_not_true() -> None:
    pairs = pair_types([(0, 2, "PER")], [(0, 2, "ORG"), (3, 4, "PER")])
    assert pairs == [("PER", "ORG"), (None, "PER")]
    assert SpanCounts.of(pairs) == (0, 2, 1)
    assert SpanCounts.of(pairs, "PER") == (0, 1, 1)


def test_no_spans() -> None:
    assert pair_types([], []) == []
    assert SpanCounts.of([]) == (0, 0, 0)
