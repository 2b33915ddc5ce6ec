"""Several replies to one sentence as votes: the spans that enough of them have, and how sure each word is.

Self-consistency (Wang et al. 2023, arXiv 2203.11171): replies sampled apart agree more often where they are
right. There the vote is on an answer as a whole; here it is on each span, since a reply can be right in one
and wrong in another. Replies that failed don't vote.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.align.flatten import Aligned, Entry
from tinyner.align.match import Place
from tinyner.bio import spans_to_tags
from tinyner.rows import Example, LedgerRow, Sentence, Span, SpanRow, Unflattened

DIGITS = 4  # of a share in a row
_ROUNDING = 0.5 * 10.0**-DIGITS  # so that 0.6667, as a row has it, asks for two of three


@dataclass(frozen=True)
class Voted:
    """What the replies to a sentence of W words agree on.

    ``shares`` are those of all spans that any reply has, the first voted first; ``weights`` (W,) those of the
    replies that gave a word the tag that ``spans`` give it.
    """

    spans: list[Span]
    shares: dict[Span, float]
    weights: list[float]
    unflattened: list[Unflattened] | None


@dataclass(frozen=True)
class Result:
    """A sentence, its replies as each was aligned on its own (None: it failed), and what they agree on.

    ``voted`` is None where all failed. A sentence that was asked several times has shares and weights in its
    rows, also where but one reply did not fail; one that was asked once has none.
    """

    sentence: Sentence
    replies: list[Aligned | None]
    voted: Voted | None

    @property
    def several(self) -> bool:
        """Whether the sentence was asked several times."""
        return len(self.replies) > 1

    @property
    def voters(self) -> list[Aligned]:
        """The replies that did not fail."""
        return [reply for reply in self.replies if reply is not None]

    @property
    def tags(self) -> list[str]:
        """IOB2, one a word; where all replies failed, none of the sentence's entities was found."""
        spans = [] if self.voted is None else self.voted.spans
        return spans_to_tags(spans, len(self.sentence["words"]))

    def example(self) -> Example | None:
        """The row to train on; None where all replies failed."""
        if self.voted is None:
            return None
        spans: list[SpanRow] = []
        for span in self.voted.spans:
            row: SpanRow = {"start": span[0], "end": span[1], "label": span[2]}
            if self.several:
                row["share"] = round(self.voted.shares[span], DIGITS)
            spans.append(row)
        words = self.sentence["words"]
        example: Example = {"id": self.sentence["id"], "words": words, "tags": self.tags, "spans": spans}
        if self.several:
            example["weights"] = [round(weight, DIGITS) for weight in self.voted.weights]
        if self.voted.unflattened is not None:
            example["unflattened"] = self.voted.unflattened
        return example

    def ledger(self) -> list[LedgerRow]:
        """A row for every mention of every reply, in their order."""
        rows: list[LedgerRow] = []
        for number, reply in enumerate(self.replies):
            for entry in reply.ledger if reply is not None else []:
                row: LedgerRow = {
                    "id": self.sentence["id"],
                    "type": entry.mention["type"],
                    "text": entry.mention["text"],
                    "outcome": entry.outcome,
                    "span": [list(place) for place in entry.places] or None,
                }
                if self.several:
                    row["vote"] = number
                    row["share"] = round(self._share(entry), DIGITS)
                rows.append(row)
        return rows

    def _share(self, entry: Entry) -> float:
        """The largest of a mention's places under its type; fragments are no places."""
        shares = {} if self.voted is None else self.voted.shares
        places = () if entry.outcome == "discontinuous" else entry.places
        return max((shares.get((*place, entry.mention["type"]), 0.0) for place in places), default=0.0)


def vote(replies: Sequence[Aligned], length: int, min_agreement: float) -> Voted:
    """The spans that stand in enough replies, flattened: highest share first, then longest, leftmost, first voted.

    A span that overlaps one before it is dropped. Of a single reply all stays as it is.

    >>> paris = Aligned([(0, 1, "LOC")], [], None)
    >>> match = Aligned([(0, 3, "MISC"), (4, 5, "PER")], [], None)
    >>> voted = vote([paris, match, match], 6, min_agreement=0.3)
    >>> voted.spans
    [(0, 3, 'MISC'), (4, 5, 'PER')]
    >>> [round(weight, 2) for weight in voted.weights]  # all three agree on words 3 and 5 alone
    [0.67, 0.67, 0.67, 1.0, 0.67, 1.0]

    Args:
        replies: as each was aligned on its own, in the order of the votes, at least one; none failed.
        length: words of the sentence.
        min_agreement: the share of the replies that must have a span, above 0.
    """
    shares = shares_of(replies)
    spans = flattened(shares, min_agreement)
    final = spans_to_tags(spans, length)
    tags = [spans_to_tags(reply.spans, length) for reply in replies]
    weights = [sum(own[word] == tag for own in tags) / len(tags) for word, tag in enumerate(final)]
    return Voted(spans, shares, weights, _unflattened(replies, spans, min_agreement))


def shares_of(replies: Sequence[Aligned]) -> dict[Span, float]:
    """Each span's share of the replies, between 0 and 1, the first voted first.

    >>> shares_of([Aligned([(0, 1, "LOC")], [], None), Aligned([(0, 1, "LOC"), (2, 3, "PER")], [], None)])
    {(0, 1, 'LOC'): 1.0, (2, 3, 'PER'): 0.5}
    """
    votes = Counter(span for reply in replies for span in reply.spans)
    return {span: count / len(replies) for span, count in votes.items()}


def flattened(shares: Mapping[Span, float], min_agreement: float) -> list[Span]:
    """The spans of at least this share, none over another, in the sentence's order.

    >>> flattened({(0, 1, "LOC"): 0.5, (0, 2, "ORG"): 0.5, (2, 3, "PER"): 0.25}, min_agreement=0.5)
    [(0, 2, 'ORG')]
    """
    kept: list[Span] = []
    likely = [span for span, share in shares.items() if enough(share, min_agreement)]
    for start, end, label in sorted(likely, key=lambda span: (-shares[span], span[0] - span[1], span[0])):
        if all(end <= first or start >= last for first, last, _ in kept):
            kept.append((start, end, label))
    return sorted(kept)


def enough(share: float, min_agreement: float) -> bool:
    """Whether a share reaches ``min_agreement``, up to the rounding of a share as it is written.

    >>> enough(2 / 3, 0.6666), enough(2 / 3, 0.6667), enough(2 / 3, 0.67)
    (True, True, False)
    """
    return share + _ROUNDING >= min_agreement


def _unflattened(replies: Sequence[Aligned], spans: Sequence[Span], min_agreement: float) -> list[Unflattened] | None:
    """Every entity, nested or in pieces, that stands in enough replies, where the spans are not all of them."""
    votes = Counter(entity for reply in replies for entity in _entities(reply))
    entities = {entity for entity, count in votes.items() if enough(count / len(replies), min_agreement)}
    if entities == {(((start, end),), label) for start, end, label in spans}:
        return None
    return [{"label": label, "fragments": [list(place) for place in places]} for places, label in sorted(entities)]


def _entities(reply: Aligned) -> set[tuple[tuple[Place, ...], str]]:
    """A reply's entities, each as its fragments and its label."""
    if reply.unflattened is None:
        return {(((start, end),), label) for start, end, label in reply.spans}
    return {
        (tuple((start, end) for start, end in entity["fragments"]), entity["label"]) for entity in reply.unflattened
    }
