"""What agreement is worth: votes against gold, by the share that a span must have, and how right each share is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.align.flatten import Aligned
from tinyner.align.vote import DIGITS, flattened, shares_of
from tinyner.bio import spans_to_tags, tags_to_spans
from tinyner.rows import Span
from tinyner.scores import strict


@dataclass(frozen=True)
class Ballot:
    """A sentence with gold tags (IOB2, one a word), and its replies in the order of the votes, None if failed."""

    gold: list[str]
    replies: list[Aligned | None]

    @property
    def shares(self) -> dict[Span, float]:
        """Each span's share of the replies that did not fail."""
        return shares_of([reply for reply in self.replies if reply is not None])


def scores_of(ballots: Sequence[Ballot], types: Sequence[str]) -> list[dict[str, Any]]:
    """Strict micro scores of each vote alone, then of the spans kept at every share that they can have.

    A row is ``{"of", "precision", "recall", "f1", "support"}``; of n votes the shares are 1/n to n/n. A reply
    that failed, or a sentence of which all failed, finds nothing. A sentence that was asked less often than
    others doesn't count in the rows of the votes that it lacks.
    """
    most = max(len(ballot.replies) for ballot in ballots)
    rows = []
    for vote in range(most):
        cast = [ballot for ballot in ballots if len(ballot.replies) > vote]
        found = [reply.spans if (reply := ballot.replies[vote]) is not None else [] for ballot in cast]
        rows.append({"of": f"vote {vote}", **_micro(cast, found, types)})
    shares = [ballot.shares for ballot in ballots]
    for count in range(1, most + 1):
        found = [flattened(own, count / most) for own in shares]
        share = round(count / most, DIGITS)
        rows.append({"of": f"min_agreement {share:g}", **_micro(ballots, found, types)})
    return rows


def _micro(ballots: Sequence[Ballot], found: Sequence[Sequence[Span]], types: Sequence[str]) -> dict[str, Any]:
    gold = [ballot.gold for ballot in ballots]
    tags = [spans_to_tags(spans, len(own)) for spans, own in zip(found, gold, strict=True)]
    return {**strict(gold, tags, types)["micro"]}


def calibration_of(ballots: Sequence[Ballot]) -> list[dict[str, Any]]:
    """By share, from the least: how many spans have it, how many of them are gold entities, and that fraction.

    A row is ``{"share", "spans", "right", "fraction"}``. All spans that any reply has count, also those that
    overlap others.
    """
    spans: Counter[float] = Counter()
    right: Counter[float] = Counter()
    for ballot in ballots:
        gold = set(tags_to_spans(ballot.gold))
        for span, share in ballot.shares.items():
            spans[round(share, DIGITS)] += 1
            right[round(share, DIGITS)] += span in gold
    return [
        {"share": share, "spans": spans[share], "right": right[share], "fraction": right[share] / spans[share]}
        for share in sorted(spans)
    ]
