"""Whether one experiment beats another: with other seeds, on other test sentences, and with both.

A comparison of two rows is paired twice over: seed by seed (a paired t-test) and sentence by sentence (a
bootstrap and approximate randomisation, see ``resampling``). The first says nothing about other test
sentences, the second nothing about other seeds (Dror et al. 2018, "The hitchhiker's guide to testing
statistical significance in natural language processing", ACL). The headline adds both variances up, and takes
for each the critical value of its own degrees of freedom, held to its level (``two_errors``): few seeds are never taken
for many.

>>> gold = [["B-PER"], ["B-LOC"], ["B-PER"]]
>>> e = count("E", gold, {1: gold, 2: gold})
>>> a = count("A", gold, {1: [["B-PER"], ["B-LOC"], ["O"]], 2: gold})
>>> difference(e, a).sentence()
'no difference shown between E and A: 10.0 ± 14.1 F1 (95 % CI -143.3 to 163.3, p=0.60, 2 seeds)'
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.stats.cochran_cox import Evidence, evidence
from tinyner.stats.resampling import Floats, Ints, bootstrapped, f1_of, randomised_p, swapped

Tags = Sequence[Sequence[str]]
"""IOB2 tags of each sentence's words."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Strict entities of one row of a table, by seed and sentence.

    ``tp`` and ``predicted`` are of shape (seeds, sentences), ``gold`` of shape (sentences,). ``test`` tells test
    sets apart (``Run.test``); ``label`` is the one type that is counted, None for all.
    """

    name: str
    seeds: tuple[int, ...]
    tp: Ints
    predicted: Ints
    gold: Ints
    test: str = ""
    label: str | None = None

    def f1(self) -> Floats:
        """Micro F1 (0 to 1) of each seed, as ``scores.strict`` has it."""
        return f1_of(self.tp.sum(axis=1), self.predicted.sum(axis=1), self.gold.sum())


def count(name: str, gold: Tags, predictions: Mapping[int, Tags], test: str = "", label: str | None = None) -> Counts:
    """Count a row's strict entities, those of type ``label`` or all, in predictions by seed.

    Raises:
        ValueError: where predictions and gold differ in sentences or words.
    """
    if any([len(tags) for tags in tagged] != [len(tags) for tags in gold] for tagged in predictions.values()):
        raise ValueError(f"{name}: gold and predicted tags differ in shape")
    shape = (len(predictions), len(gold))
    actual = [_spans(tags, label) for tags in gold]
    found = [[_spans(tags, label) for tags in tagged] for tagged in predictions.values()]
    hits = [[len(one & other) for one, other in zip(actual, spans, strict=True)] for spans in found]
    return Counts(
        name,
        tuple(predictions),
        np.array(hits, np.int64).reshape(shape),
        np.array([[len(one) for one in spans] for spans in found], np.int64).reshape(shape),
        np.array([len(one) for one in actual], np.int64),
        test,
        label,
    )


def _spans(tags: Sequence[str], label: str | None) -> set[tuple[int, int, str]]:
    return {span for span in tags_to_spans(tags) if label in (None, span[2])}


@dataclass(frozen=True)
class Difference:
    """Row ``a`` less row ``b``: ``mean`` over the seeds of micro F1 (0 to 1), and what it may be worth.

    ``std`` is that of the seeds' differences (n - 1). It and ``by_seed`` are None with a single seed; what
    ``combined`` holds is then true of other sentences, but not of other seeds. ``adjusted`` is the combined p
    after Holm over a family of ``family`` comparisons. Intervals are of one comparison, never adjusted.
    """

    a: str
    b: str
    label: str | None
    seeds: tuple[int, ...]
    sentences: int
    level: float
    mean: float
    std: float | None
    by_seed: Evidence | None
    by_sentence: Evidence
    combined: Evidence
    adjusted: float | None = None
    family: int = 1

    @property
    def p(self) -> float:
        """The p that counts: combined, after Holm where that was done."""
        return self.combined.p if self.adjusted is None else self.adjusted

    @property
    def shown(self) -> bool:
        """Whether p is below 1 - ``level``."""
        return self.p < 1 - self.level

    def sentence(self) -> str:
        """What was found, in points of F1 x 100; ± is the standard deviation of the seeds' differences."""
        swap = self.shown and self.mean < 0
        first, second = (self.b, self.a) if swap else (self.a, self.b)
        low, high = (-self.combined.high, -self.combined.low) if swap else (self.combined.low, self.combined.high)
        told = f"{first} beats {second} by" if self.shown else f"no difference shown between {first} and {second}:"
        spread = "" if self.std is None else f" ± {_points(self.std)}"
        of = "F1" if self.label is None else f"F1 on {self.label}"
        p = f"p{'' if self.p < 0.001 else '='}{_p(self.p)}"
        after = "" if self.adjusted is None else f" after Holm over {self.family}"
        seeds = f"{len(self.seeds)} seeds" if self.std is not None else "1 seed; what others would give is not known"
        return (
            f"{told} {_points(-self.mean if swap else self.mean)}{spread} {of} ({100 * self.level:g} % CI "
            f"{_points(low)} to {_points(high)}, {p}{after}, {seeds})"
        )


def difference(a: Counts, b: Counts, *, level: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Difference:
    """Row ``a`` less row ``b``, in the seeds that both have; see ``differences``."""
    return differences([a, b], level=level, resamples=resamples, seed=seed)[0]


def differences(
    rows: Sequence[Counts],
    reference: str | None = None,
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> list[Difference]:
    """Every other row less the row named ``reference``, or, without one, every row less each after it.

    p is adjusted by Holm over all of these, where there are several. The combined standard error is
    sqrt(std² / seeds + error of the bootstrap²); p and interval are Cochran and Cox's, held to their level
    (``two_errors``), with seeds - 1 and sentences - 1 degrees of freedom. So they are what they say at small p too, and
    after Holm, where seeds that agree by chance would otherwise count as many. The price is power: with three
    seeds only large differences are shown, five show far more. What chance does to one seed on one sentence is in
    both errors, which shows too little rather than too much (Owen 2007, "The pigeonhole bootstrap", Annals of Applied
    Statistics 1).

    Args:
        rows: of the same test sentences and type, under different names.
        reference: a row's name.
        level: of confidence; a difference is shown where p < 1 - level.
        resamples: of the bootstrap, and of the randomisation.
        seed: of both; a pair's figures depend on it and on the pair, not on the table around.
        pairs: the names of rows, the first less the second; in place of all those pairs.

    Raises:
        UserError: where rows are missing, can't be told apart or can't be compared.
        ValueError: where ``level`` is not between 0 and 1, or ``resamples`` not at least 2.
    """
    if not 0 < level < 1 or resamples < 2:
        raise ValueError(f"expected a level between 0 and 1 and at least 2 resamples, found {level} and {resamples}")
    _comparable(rows, reference)
    tp, predicted = (np.concatenate([getattr(row, name) for row in rows]) for name in ("tp", "predicted"))
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(2)]
    drawn = bootstrapped(tp, predicted, rows[0].gold, resamples, streams[0])
    taken = swapped(tp, predicted, resamples, streams[1])
    f1 = np.concatenate([row.f1() for row in rows])
    starts = itertools.accumulate((len(row.seeds) for row in rows), initial=0)
    columns = {row.name: start for row, start in zip(rows, starts, strict=False)}
    named = {row.name: row for row in rows}
    if pairs is None:
        others = [name for name in named if name != reference]
        pairs = list(itertools.combinations(named, 2)) if reference is None else [(one, reference) for one in others]
    found = []
    for a, b in ((named[first], named[second]) for first, second in pairs):
        seeds = tuple(one for one in a.seeds if one in b.seeds)
        if not seeds:
            raise UserError(
                f"{a.name} and {b.name}: no seed in common ({', '.join(map(str, a.seeds))} and "
                f"{', '.join(map(str, b.seeds))}); train both with the same train.seeds"
            )
        at_a, at_b = ([columns[row.name] + row.seeds.index(one) for one in seeds] for row in (a, b))
        p = randomised_p(
            (tp[at_a], tp[at_b]),
            (predicted[at_a], predicted[at_b]),
            a.gold,
            (taken[0][:, at_a], taken[0][:, at_b]),
            (taken[1][:, at_a], taken[1][:, at_b]),
        )
        resampled = (drawn[:, at_a] - drawn[:, at_b]).mean(axis=1)
        found.append(_difference(a, b, seeds, f1[at_a] - f1[at_b], resampled, p=p, level=level))
    if len(found) == 1:
        return found
    adjusted = holm([one.combined.p for one in found])
    return [replace(one, adjusted=p, family=len(found)) for one, p in zip(found, adjusted, strict=True)]


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for there being several, in their order (Holm 1979, Scandinavian Journal of Statistics 6).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    before = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        before = max(before, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = before
    return adjusted


def _comparable(rows: Sequence[Counts], reference: str | None) -> None:
    names = [row.name for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"{', '.join(twice)}: named more than once; a row is compared with others, not with itself")
    if len(rows) < 2:
        raise UserError(f"{', '.join(names) or 'no row'}: nothing to compare with; name at least two")
    if reference is not None and reference not in names:
        raise UserError(f"{reference}: not among {', '.join(names)}; name one of them")
    first = rows[0]
    for row in rows:
        if row.test != first.test or row.label != first.label or not np.array_equal(row.gold, first.gold):
            raise UserError(
                f"{first.name} and {row.name}: not the same test sentences or type; compare runs on one data set"
            )
    if len(first.gold) < 2:
        raise UserError(f"{first.name}: {len(first.gold)} test sentences; a comparison needs at least 2")


def _difference(
    a: Counts, b: Counts, seeds: tuple[int, ...], values: Floats, resampled: Floats, *, p: float, level: float
) -> Difference:
    """``values``: F1 of a less b by seed; ``resampled``: their mean, by resample; ``p``: by randomisation."""
    mean, sentences = float(values.mean()), len(a.gold)
    low, high = (float(one) for one in np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2]))
    by_sentence = Evidence(float(resampled.std(ddof=1)), low, high, p)
    std, by_seed = None, None
    own, few = 0.0, sentences - 1
    if len(seeds) > 1:
        std, few = float(values.std(ddof=1)), len(seeds) - 1
        own = std / math.sqrt(len(seeds))
        by_seed = evidence(mean, (own, few), (0.0, few), level, 0.0)
    combined = evidence(mean, (own, few), (by_sentence.error, sentences - 1), level, p)
    return Difference(a.name, b.name, a.label, seeds, sentences, level, mean, std, by_seed, by_sentence, combined)


def _points(share: float) -> str:
    return f"{100 * share:z.1f}"


def _p(p: float) -> str:
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
