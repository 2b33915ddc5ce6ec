import pytest

from tinyner.align.flatten import AlignedReply
from tinyner.align.vote_scores import SentenceVotes, calibration_of, scores_of
from tinyner.bio import Span


def reply(*spans: Span) -> AlignedReply:
    return AlignedReply(list(spans), [], None)


def test_scores_by_agreement_and_the_calibration_of_shares() -> None:
    gold = ["B-PER", "I-PER", "O", "B-LOC", "O"]
    right, wrong, paris = (0, 2, "PER"), (0, 1, "PER"), (3, 4, "LOC")
    votes = [
        SentenceVotes(gold, [reply(right, paris), reply(right), reply(wrong, (2, 3, "ORG"))]),
        SentenceVotes(gold, [reply(paris), None, reply(wrong, paris)]),
        SentenceVotes(gold, [None, None, None]),
    ]
    rows = {row["of"]: row for row in scores_of(votes)}
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
    assert calibration_of(votes) == [
        {"share": 0.3333, "spans": 3, "right": 1, "fraction": pytest.approx(1 / 3)},  # Tony, the ORG; Paris
        {"share": 0.5, "spans": 1, "right": 0, "fraction": 0.0},  # Tony, of two
        {"share": 0.6667, "spans": 1, "right": 1, "fraction": 1.0},
        {"share": 1.0, "spans": 1, "right": 1, "fraction": 1.0},
    ]
