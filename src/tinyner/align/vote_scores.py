"""Score votes against gold: each vote, each threshold on a span's share of votes, and the calibration of shares."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.align.flatten import AlignedReply
from tinyner.align.vote import DIGITS, kept_spans, span_shares
from tinyner.bio import Span, tags_to_spans
from tinyner.span_counts import SpanCounts, pair_types


@dataclass(frozen=True)
class SentenceVotes:
    """The gold tags of a sentence (IOB2, one a word), and its replies in the order of the votes, None if failed."""

    gold: list[str]
    replies: list[AlignedReply | None]

    @property
    def shares(self) -> dict[Span, float]:
        """Each span's share of the valid replies."""
        return span_shares([reply for reply in self.replies if reply is not None])


def scores_of(sentences: Sequence[SentenceVotes], annotators: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the strict micro scores of each vote alone, then of the vote at each ``min_agreement``: 1/n to n/n.

    n is the largest number of replies to a sentence. ``annotators`` may name whose the votes are.
    A row is ``{"of", "precision", "recall", "f1", "support"}``.
    A failed reply predicts no spans, and so does a sentence whose replies all failed. The row of a vote
    leaves out the sentences with fewer replies.
    """
    most = max(len(sentence.replies) for sentence in sentences)
    rows = []
    for vote in range(most):
        voting = [sentence for sentence in sentences if len(sentence.replies) > vote]
        predicted = [reply.spans if (reply := sentence.replies[vote]) is not None else [] for sentence in voting]
        name = f", {annotators[vote]}" if vote < len(annotators) and annotators[vote] else ""
        rows.append({"of": f"vote {vote}{name}", **_micro(voting, predicted)})
    shares = [sentence.shares for sentence in sentences]
    for count in range(1, most + 1):
        predicted = [kept_spans(sentence_shares, count / most) for sentence_shares in shares]
        share = round(count / most, DIGITS)
        rows.append({"of": f"min_agreement {share:g}", **_micro(sentences, predicted)})
    return rows


def _micro(sentences: Sequence[SentenceVotes], predicted: Sequence[Sequence[Span]]) -> dict[str, Any]:
    """Return what ``scores.strict`` returns as micro, which takes far longer."""
    counts = SpanCounts.of(
        pair
        for sentence, spans in zip(sentences, predicted, strict=True)
        for pair in pair_types(tags_to_spans(sentence.gold), spans)
    )
    return {
        "precision": counts.true / (counts.predicted or 1),
        "recall": counts.true / (counts.gold or 1),
        "f1": 2 * counts.true / (counts.predicted + counts.gold or 1),
        "support": counts.gold,
    }


def calibration_of(sentences: Sequence[SentenceVotes]) -> list[dict[str, Any]]:
    """Return, for each share in ascending order, how many spans have it and what fraction of them is right.

    A row is ``{"share", "spans", "right", "fraction"}``; right are gold entities. All spans of any valid reply
    count, also those that overlap others.
    """
    spans: Counter[float] = Counter()
    right: Counter[float] = Counter()
    for sentence in sentences:
        gold = set(tags_to_spans(sentence.gold))
        for span, share in sentence.shares.items():
            spans[round(share, DIGITS)] += 1
            right[round(share, DIGITS)] += span in gold
    return [
        {"share": share, "spans": spans[share], "right": right[share], "fraction": right[share] / spans[share]}
        for share in sorted(spans)
    ]
