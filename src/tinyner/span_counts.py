"""True, predicted and gold spans, counted once for all scores that are not seqeval's.

A predicted span is true where gold has one of the same words and type. On strict IOB2 spans (``bio.tags_to_spans``)
precision, recall and F1 of these counts are those of ``scores.strict``; the tests hold them equal.

>>> pairs = pair_types([(0, 2, "PER"), (3, 4, "LOC")], [(0, 2, "PER"), (3, 4, "ORG"), (5, 6, "LOC")])
>>> pairs
[('PER', 'PER'), ('LOC', 'ORG'), (None, 'LOC')]
>>> SpanCounts.of(pairs), SpanCounts.of(pairs, "LOC")
(SpanCounts(true=1, predicted=3, gold=2), SpanCounts(true=0, predicted=1, gold=1))
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from tinyner.bio import Span, tags_to_spans

TypePair = tuple[str | None, str | None]
"""The types that gold and prediction give the same words, in this order; None where there is no span."""


def pair_types(gold: Iterable[Span], predicted: Iterable[Span]) -> list[TypePair]:
    """Return the types of every place of a sentence where gold or prediction has a span; neither has two at one."""
    remaining = {(start, end): label for start, end, label in predicted}
    pairs: list[TypePair] = [(label, remaining.pop((start, end), None)) for start, end, label in gold]
    return [*pairs, *((None, label) for label in remaining.values())]


class SpanCounts(NamedTuple):
    """Numbers of spans: predicted ones that gold has, all predicted ones, those of gold."""

    true: int
    predicted: int
    gold: int

    @classmethod
    def of(cls, pairs: Iterable[TypePair], label: str | None = None) -> Self:
        """Return the counts of all spans, or of those of type ``label``."""
        true = predicted = gold = 0
        for gold_type, predicted_type in pairs:
            in_gold = gold_type is not None and label in (None, gold_type)
            in_prediction = predicted_type is not None and label in (None, predicted_type)
            true += in_gold and gold_type == predicted_type
            predicted += in_prediction
            gold += in_gold
        return cls(true, predicted, gold)

    @property
    def f1(self) -> float:
        """Their F1, 0 without a true one."""
        return 2 * self.true / (self.predicted + self.gold) if self.true else 0.0


def micro_f1(gold: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> float:
    """Return the strict micro F1 of IOB2 tags, as ``scores.strict`` has it, without its seconds of imports."""
    pairs = zip(gold, predicted, strict=True)
    return SpanCounts.of(
        pair for tags, others in pairs for pair in pair_types(tags_to_spans(tags), tags_to_spans(others))
    ).f1
