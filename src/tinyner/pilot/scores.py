"""Scores of the candidates against gold, and whether they differ by more than the choice of sentences explains."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tinyner.pilot.reading import ReadSentence
from tinyner.scores import Score, strict
from tinyner.stats.holm import holm
from tinyner.stats.resampling import bootstrapped
from tinyner.stats.significance import Counts, count, differences

RESAMPLES = 10_000
LEVEL = 0.95
SEED = 0
BOOTSTRAP = "percentile bootstrap over sentences"
WILSON = "Wilson's over entities"

LEAST = 4
"""Sentences of which there is an interval: with fewer, its ends are the worst and the best sentence alone, as more than
1 of 40 resamples consist of one sentence that is drawn each time."""


@dataclass(frozen=True)
class Interval:
    """Where F1 lies at the level, and by which method."""

    low: float
    high: float
    method: str

    def __str__(self) -> str:
        """Return it for people."""
        return f"{self.low:.3f} to {self.high:.3f}"


@dataclass(frozen=True)
class CandidateScores:
    """A candidate's strict scores by average and type.

    ``intervals`` are those of its F1, micro and by type, None with too few sentences; ``counts`` its entities by
    sentence.
    """

    table: dict[str, Score]
    intervals: dict[str, Interval | None]
    counts: Counts

    @property
    def interval(self) -> Interval | None:
        """That of micro F1."""
        return self.intervals["micro"]

    @property
    def f1(self) -> float:
        """Strict micro F1."""
        return self.table["micro"]["f1"]


def score(name: str, sentences: Sequence[ReadSentence], types: Sequence[str]) -> CandidateScores:
    """Score a candidate; a sentence without a reply that could be read predicts no entity, as in stage align."""
    gold, tags = [read.sentence["tags"] for read in sentences], [read.aligned.tags for read in sentences]
    counts = count(name, gold, {0: tags})
    by_type = {label: interval_of(of_type(count(name, gold, {0: tags}, label=label))) for label in types}
    return CandidateScores(strict(gold, tags, types), {"micro": interval_of(counts), **by_type}, counts)


def of_type(counts: Counts) -> Counts:
    """Return the counts of a type in the sentences where gold or a reply has one.

    The others say nothing of its F1. If they were drawn too, resamples without any entity would have none.
    """
    there = (counts.gold > 0) | (counts.predicted > 0).any(axis=0)
    return replace(counts, tp=counts.tp[:, there], predicted=counts.predicted[:, there], gold=counts.gold[there])


def interval_of(counts: Counts) -> Interval | None:
    """Return the interval of a candidate's F1, None where the sentences are too few or have no gold entity.

    It is the bootstrap's unless that has no width: if every reply is right, all resamples score 1, though other
    sentences would not. Then it is Wilson's for a share of the gold entities (Wilson 1927, "Probable inference, the law
    of succession, and statistical inference", JASA 22), which keeps its level for shares near 0 and 1 too (Brown, Cai
    and DasGupta 2001, "Interval estimation for a binomial proportion", Statistical Science 16).
    """
    entities = int(counts.gold.sum())
    if len(counts.gold) < LEAST or not entities:
        return None
    resampled = bootstrapped(counts.tp, counts.predicted, counts.gold, RESAMPLES, np.random.default_rng(SEED))
    low, high = map(float, np.quantile(resampled[:, 0], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    if low < high:
        return Interval(low, high, BOOTSTRAP)
    from scipy.stats import binomtest  # noqa: PLC0415, slow to load, and seldom needed

    wilson = binomtest(round(low * entities), entities).proportion_ci(LEVEL, method="wilson")
    return Interval(float(wilson.low), float(wilson.high), WILSON)


@dataclass(frozen=True)
class PairDifference:
    """Candidate ``a`` less ``b`` in micro F1 (0 to 1) on the same sentences.

    The interval is that of a paired bootstrap. ``p`` is by approximate randomisation; ``adjusted`` is p after Holm
    over all pairs, the same where there is one pair.
    """

    a: str
    b: str
    mean: float
    low: float
    high: float
    p: float
    adjusted: float
    pairs: int

    @property
    def is_none(self) -> bool:
        """Whether no resample shows a difference: the candidates score the same on every sentence."""
        return self.low == self.high

    @property
    def significant(self) -> bool:
        """Whether a difference is shown at the level."""
        return self.adjusted < 1 - LEVEL


def compare(scores: Mapping[str, CandidateScores]) -> list[PairDifference]:
    """Return the difference of each pair of candidates; none where there is a single one, or too few sentences."""
    rows = [scored.counts for scored in scores.values()]
    if len(rows) < 2 or len(rows[0].gold) < LEAST:
        return []
    pairs = list(combinations(scores, 2))
    results = [result.by_sentence for result in differences(rows, level=LEVEL, resamples=RESAMPLES, seed=SEED)]
    adjusted = holm([result.p for result in results])
    return [
        PairDifference(a, b, scores[a].f1 - scores[b].f1, result.low, result.high, result.p, p, len(pairs))
        for (a, b), result, p in zip(pairs, results, adjusted, strict=True)
    ]


@dataclass(frozen=True)
class Outcomes:
    """How replies ended, by status; how often each problem came up; what became of the mentions, by outcome.

    ``empty`` counts replies that were read and name no entity.
    """

    statuses: dict[str, int]
    empty: int
    problems: dict[str, int]
    ledger: dict[str, int]

    @classmethod
    def of(cls, sentences: Sequence[ReadSentence]) -> "Outcomes":
        """Count the outcomes of all replies."""
        annotations = [annotation for read in sentences for annotation in read.annotations]
        statuses = Counter(annotation["status"] for annotation in annotations)
        problems = Counter(problem for annotation in annotations for problem in annotation["problems"])
        mentions = Counter(
            mention.outcome for read in sentences for reply in read.aligned.valid_replies for mention in reply.ledger
        )
        empty = sum(not annotation["mentions"] for annotation in annotations if annotation["status"] != "failed")
        return cls(
            {name: statuses[name] for name in ("ok", "repaired", "failed")},
            empty,
            dict(problems.most_common()),
            dict(mentions.most_common()),
        )
