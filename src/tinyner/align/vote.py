"""Vote over several replies to a sentence: keep the spans that enough replies have, and weigh words by agreement.

Self-consistency (Wang et al. 2023, arXiv 2203.11171): independently sampled replies agree more often where
they are right. The paper votes on whole answers; here each span is voted on, since a reply can be right in
one span and wrong in another. Failed replies don't vote; the others are the valid replies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.align.edges import Place
from tinyner.align.flatten import AlignedMention, AlignedReply
from tinyner.bio import Span, spans_to_tags
from tinyner.rows import Example, LedgerRow, Sentence, SpanRow, Unflattened

DIGITS = 4  # of a share in a row
_ROUNDING = 0.5 * 10.0**-DIGITS  # so that 0.6667, a share as rows have it, is reached by two of three


@dataclass(frozen=True)
class Consensus:
    """The outcome of the vote on a sentence of W words.

    ``spans`` are those kept. ``shares`` has, for every span of any valid reply, the share of the valid replies
    that have it, in the order of the votes. ``weights`` (W values) are, for each word, the share of the valid
    replies that give it the same tag as ``spans`` do.
    """

    spans: list[Span]
    shares: dict[Span, float]
    weights: list[float]
    unflattened: list[Unflattened] | None


@dataclass(frozen=True)
class AlignedSentence:
    """A sentence, its replies, each aligned independently (None if it failed), and their consensus.

    ``consensus`` is None where all replies failed. The rows of a sentence with several replies have shares and
    weights, also where only one of them is valid; the rows of a sentence with one reply have none. ``annotators`` has
    a name for each reply whose labels are from a file, "" for others.
    """

    sentence: Sentence
    replies: list[AlignedReply | None]
    consensus: Consensus | None
    annotators: Sequence[str] = ()

    @property
    def has_several_replies(self) -> bool:
        """Whether there are several replies, valid or not."""
        return len(self.replies) > 1

    @property
    def valid_replies(self) -> list[AlignedReply]:
        """The replies that did not fail."""
        return [reply for reply in self.replies if reply is not None]

    @property
    def tags(self) -> list[str]:
        """IOB2 tags of the consensus, one a word; all O where all replies failed."""
        spans = [] if self.consensus is None else self.consensus.spans
        return spans_to_tags(spans, len(self.sentence["words"]))

    def example(self) -> Example | None:
        """Return the row to train on, None where all replies failed."""
        if self.consensus is None:
            return None
        spans: list[SpanRow] = []
        for span in self.consensus.spans:
            row: SpanRow = {"start": span[0], "end": span[1], "label": span[2]}
            if self.has_several_replies:
                row["share"] = round(self.consensus.shares[span], DIGITS)
            spans.append(row)
        words = self.sentence["words"]
        example: Example = {"id": self.sentence["id"], "words": words, "tags": self.tags, "spans": spans}
        if self.has_several_replies:
            example["weights"] = [round(weight, DIGITS) for weight in self.consensus.weights]
        if self.consensus.unflattened is not None:
            example["unflattened"] = self.consensus.unflattened
        return example

    def ledger(self) -> list[LedgerRow]:
        """Return a row for every mention of every reply, in their order."""
        rows: list[LedgerRow] = []
        for index, reply in enumerate(self.replies):
            for aligned in reply.ledger if reply is not None else []:
                row: LedgerRow = {
                    "id": self.sentence["id"],
                    "type": aligned.mention["type"],
                    "text": aligned.mention["text"],
                    "outcome": aligned.outcome,
                    "span": [list(place) for place in aligned.places] or None,
                }
                if self.has_several_replies:
                    row["vote"] = index
                    row["share"] = round(self._share(aligned), DIGITS)
                rows.append(row)
        return rows

    def _share(self, aligned: AlignedMention) -> float:
        """Return the largest share among the mention's spans; 0 without any, as of a discontinuous mention."""
        shares = {} if self.consensus is None else self.consensus.shares
        places = () if aligned.outcome == "discontinuous" else aligned.places
        return max((shares.get((*place, aligned.mention["type"]), 0.0) for place in places), default=0.0)


def vote(replies: Sequence[AlignedReply], length: int, min_agreement: float) -> Consensus:
    """Keep the spans that enough replies have, without overlap; see ``kept_spans`` for the order.

    A single reply is returned as it is.

    >>> paris = AlignedReply([(0, 1, "LOC")], [], None)
    >>> match = AlignedReply([(0, 3, "MISC"), (4, 5, "PER")], [], None)
    >>> consensus = vote([paris, match, match], 6, min_agreement=0.3)
    >>> consensus.spans
    [(0, 3, 'MISC'), (4, 5, 'PER')]
    >>> [round(weight, 2) for weight in consensus.weights]  # all three agree on words 3 and 5 alone
    [0.67, 0.67, 0.67, 1.0, 0.67, 1.0]

    Args:
        replies: the valid replies, at least one, in the order of the votes.
        length: words of the sentence.
        min_agreement: the share of the replies that must have a span, above 0.
    """
    shares = span_shares(replies)
    spans = kept_spans(shares, min_agreement)
    reply_tags = [spans_to_tags(reply.spans, length) for reply in replies]
    weights = [
        sum(tags[word] == tag for tags in reply_tags) / len(replies)
        for word, tag in enumerate(spans_to_tags(spans, length))
    ]
    return Consensus(spans, shares, weights, _unflattened(replies, spans, min_agreement))


def span_shares(replies: Sequence[AlignedReply]) -> dict[Span, float]:
    """Return, for each span of any reply, the share of the replies that have it, in the order of the votes.

    >>> paris = AlignedReply([(0, 1, "LOC")], [], None)
    >>> paris_and_blair = AlignedReply([(0, 1, "LOC"), (2, 3, "PER")], [], None)
    >>> span_shares([paris, paris_and_blair])
    {(0, 1, 'LOC'): 1.0, (2, 3, 'PER'): 0.5}
    """
    votes = Counter(span for reply in replies for span in reply.spans)
    return {span: count / len(replies) for span, count in votes.items()}


def kept_spans(shares: Mapping[Span, float], min_agreement: float) -> list[Span]:
    """Return the spans of at least this share, without overlap, in the sentence's order.

    Of spans that overlap, the one with the highest share is kept, then the longest, the leftmost, the first voted.

    >>> kept_spans({(0, 1, "LOC"): 0.5, (0, 2, "ORG"): 0.5, (2, 3, "PER"): 0.25}, min_agreement=0.5)
    [(0, 2, 'ORG')]
    """
    kept: list[Span] = []
    eligible = [span for span, share in shares.items() if reaches(share, min_agreement)]
    for start, end, label in sorted(eligible, key=lambda span: (-shares[span], span[0] - span[1], span[0])):
        if all(end <= first or start >= last for first, last, _ in kept):
            kept.append((start, end, label))
    return sorted(kept)


def reaches(share: float, min_agreement: float) -> bool:
    """Return whether a share is at least ``min_agreement``, which may be a share as rounded in rows.

    >>> reaches(2 / 3, 0.6666), reaches(2 / 3, 0.6667), reaches(2 / 3, 0.67)
    (True, True, False)
    """
    return share + _ROUNDING >= min_agreement


def _unflattened(
    replies: Sequence[AlignedReply], spans: Sequence[Span], min_agreement: float
) -> list[Unflattened] | None:
    """Return every entity, nested or in fragments too, of enough replies; None where the spans hold them all."""
    votes = Counter(entity for reply in replies for entity in _entities(reply))
    entities = {entity for entity, count in votes.items() if reaches(count / len(replies), min_agreement)}
    if entities == {(((start, end),), label) for start, end, label in spans}:
        return None
    return [{"label": label, "fragments": [list(place) for place in places]} for places, label in sorted(entities)]


def _entities(reply: AlignedReply) -> set[tuple[tuple[Place, ...], str]]:
    """Return the entities of a reply, each as its fragments and its label."""
    if reply.unflattened is None:
        return {(((start, end),), label) for start, end, label in reply.spans}
    return {
        (tuple((start, end) for start, end in entity["fragments"]), entity["label"]) for entity in reply.unflattened
    }
