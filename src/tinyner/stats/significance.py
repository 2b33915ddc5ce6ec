"""Whether one experiment beats another: with other seeds, on other test sentences, and with both.

Two rows are paired in two ways: seed by seed (a paired t-test) and sentence by sentence (a bootstrap and approximate
randomisation, see ``resampling``). The first test says nothing about other test sentences, the second nothing about
other seeds (Dror et al. 2018, "The hitchhiker's guide to testing statistical significance in natural language
processing", ACL). The combined test adds both variances, weighs the critical values of their own degrees of freedom,
and calibrates p (``cochran_cox``), so that it controls the type-I error with few seeds too.

>>> gold = [["B-PER"], ["B-LOC"], ["B-PER"]]
>>> e = count("E", gold, {1: gold, 2: gold})
>>> a = count("A", gold, {1: [["B-PER"], ["B-LOC"], ["O"]], 2: gold})
>>> difference(e, a).sentence()
'no difference shown between E and A: 10.0 ± 14.1 F1 (95 % CI -143.3 to 163.3, p=0.60, 2 seeds)'
"""

import functools
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.mean_std import MeanStd
from tinyner.span_counts import SpanCounts, pair_types
from tinyner.stats.cochran_cox import Estimate, t_estimate
from tinyner.stats.holm import holm
from tinyner.stats.resampling import Floats, Ints, bootstrapped, f1_of, randomised_p, swapped

Tags = Sequence[Sequence[str]]
"""IOB2 tags of each sentence's words."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Strict entities of one row of a table, by seed and sentence.

    ``tp`` and ``predicted`` are of shape (seeds, sentences), ``gold`` of shape (sentences,). ``test`` names the test
    set with its tags (``Run.reference``), ``label`` the one type that is counted, None for all. ``measure`` says what
    points of F1 against these tags are, where they are no gold; empty, they are called F1.
    """

    name: str
    seeds: tuple[int, ...]
    tp: Ints
    predicted: Ints
    gold: Ints
    test: str = ""
    label: str | None = None
    measure: str = ""

    def f1(self) -> Floats:
        """Return the micro F1 (0 to 1) of each seed, equal to that of ``scores.strict``."""
        return f1_of(self.tp.sum(axis=1), self.predicted.sum(axis=1), self.gold.sum())


def count(
    name: str,
    gold: Tags,
    predictions: Mapping[int, Tags],
    test: str = "",
    label: str | None = None,
    *,
    measure: str = "",
) -> Counts:
    """Count a row's strict entities, those of type ``label`` or all, in predictions by seed.

    Raises:
        ValueError: if predictions and gold differ in sentences or words.
    """
    lengths = [len(tags) for tags in gold]
    if any([len(tags) for tags in predicted] != lengths for predicted in predictions.values()):
        raise ValueError(f"{name}: gold and predicted tags differ in shape")
    keys = [tuple(tags) for tags in gold]
    of_gold = np.array([_counts_of(key, key, label) for key in keys], np.int64).reshape(len(gold), 3)
    counts = np.repeat(of_gold[None], len(predictions), axis=0)
    for of_seed, predicted in zip(counts, predictions.values(), strict=True):
        differing = [index for index, tags in enumerate(predicted) if tags != gold[index]]  # the fewest
        if differing:
            of_seed[differing] = [_counts_of(keys[index], tuple(predicted[index]), label) for index in differing]
    tp, in_prediction, _ = np.moveaxis(counts, 2, 0)
    return Counts(name, tuple(predictions), tp, in_prediction, of_gold[:, 2], test, label, measure)


@functools.lru_cache(100_000)  # seeds and runs make the same mistakes
def _counts_of(gold: tuple[str, ...], predicted: tuple[str, ...], label: str | None) -> SpanCounts:
    return SpanCounts.of(pair_types(tags_to_spans(gold), tags_to_spans(predicted)), label)


@dataclass(frozen=True)
class Difference:
    """Row ``a`` less row ``b``: the ``mean`` over seeds of the differences in micro F1 (0 to 1), and three tests of it.

    ``std`` is the standard deviation of the seeds' differences (n - 1). It and ``by_seed`` are None with a single
    seed; ``combined`` then allows for other sentences, but not for other seeds. ``adjusted`` is the combined p after
    Holm over a family of ``family`` comparisons. Intervals are of one comparison, never adjusted. ``measure`` is that
    of the rows.
    """

    a: str
    b: str
    label: str | None
    seeds: tuple[int, ...]
    sentences: int
    level: float
    mean: float
    std: float | None
    by_seed: Estimate | None
    by_sentence: Estimate
    combined: Estimate
    adjusted: float | None = None
    family: int = 1
    measure: str = ""

    @property
    def p(self) -> float:
        """The combined p, adjusted if there are several comparisons."""
        return self.combined.p if self.adjusted is None else self.adjusted

    @property
    def significant(self) -> bool:
        """Whether p is below 1 - ``level``."""
        return self.p < 1 - self.level

    def sentence(self) -> str:
        """Return the result in words, in points of F1 x 100; ± is the standard deviation of the seeds' differences."""
        swap = self.significant and self.mean < 0
        first, second = (self.b, self.a) if swap else (self.a, self.b)
        low, high = (-self.combined.high, -self.combined.low) if swap else (self.combined.low, self.combined.high)
        if self.significant:
            verdict = f"{first} beats {second} by"
        else:
            verdict = f"no difference shown between {first} and {second}:"
        mean = -self.mean if swap else self.mean
        points = MeanStd(100 * mean, None if self.std is None else 100 * self.std)
        of = self.measure or ("F1" if self.label is None else f"F1 on {self.label}")
        p = f"p{'' if self.p < 0.001 else '='}{_p(self.p)}"
        after = "" if self.adjusted is None else f" after Holm over {self.family}"
        seeds = f"{len(self.seeds)} seeds" if self.std is not None else "1 seed; what others would give is not known"
        return (
            f"{verdict} {points:z.1f} {of} ({100 * self.level:g} % CI "
            f"{_points(low)} to {_points(high)}, {p}{after}, {seeds})"
        )


def difference(a: Counts, b: Counts, *, level: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Difference:
    """Return row ``a`` less row ``b``, in the seeds that both have; see ``differences``."""
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
    """Return every other row less the row named ``reference``, or, without one, every row less each after it.

    If there are several, p is adjusted by Holm over all of them. The combined standard error is
    sqrt(std² / seeds + error of the bootstrap²); p and interval are Cochran and Cox's, calibrated (``cochran_cox``),
    with seeds - 1 and sentences - 1 degrees of freedom. The test therefore controls the type-I error at small p too,
    and after Holm, even if a few seeds agree by chance. Its price is power: with three seeds only large differences
    are significant, with five many more. The variance of a single seed on a single sentence is part of both errors,
    which makes the test conservative (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1).

    Args:
        rows: of the same test sentences and type, under different names.
        reference: a row's name.
        level: of confidence; a difference is significant if p < 1 - level.
        resamples: of the bootstrap, and of the randomisation.
        seed: of both; a pair's result depends on it and on the pair, not on the other rows.
        pairs: the names of rows to compare, the first less the second, instead of the pairs above.

    Raises:
        UserError: if rows are missing, have the same name or can't be compared.
        ValueError: if ``level`` is not between 0 and 1, or ``resamples`` not at least 2.
    """
    if not 0 < level < 1 or resamples < 2:
        raise ValueError(f"expected a level between 0 and 1 and at least 2 resamples, found {level} and {resamples}")
    _check_comparable(rows, reference)
    tp, predicted = (np.concatenate([getattr(row, name) for row in rows]) for name in ("tp", "predicted"))
    bootstrap_stream, swap_stream = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    bootstrap_f1 = bootstrapped(tp, predicted, rows[0].gold, resamples, bootstrap_stream)
    tp_swapped, predicted_swapped = swapped(tp, predicted, resamples, swap_stream)
    f1 = np.concatenate([row.f1() for row in rows])
    starts = itertools.accumulate((len(row.seeds) for row in rows), initial=0)
    columns = {row.name: start for row, start in zip(rows, starts, strict=False)}
    by_name = {row.name: row for row in rows}
    if pairs is None:
        others = [name for name in by_name if name != reference]
        pairs = (
            list(itertools.combinations(by_name, 2)) if reference is None else [(name, reference) for name in others]
        )
    results = []
    for a, b in ((by_name[first], by_name[second]) for first, second in pairs):
        seeds = tuple(seed for seed in a.seeds if seed in b.seeds)
        if not seeds:
            raise UserError(
                f"{a.name} and {b.name}: no seed in common ({', '.join(map(str, a.seeds))} and "
                f"{', '.join(map(str, b.seeds))}); train both with the same train.seeds"
            )
        at_a, at_b = ([columns[row.name] + row.seeds.index(seed) for seed in seeds] for row in (a, b))
        p = randomised_p(
            (tp[at_a], tp[at_b]),
            (predicted[at_a], predicted[at_b]),
            a.gold,
            (tp_swapped[:, at_a], tp_swapped[:, at_b]),
            (predicted_swapped[:, at_a], predicted_swapped[:, at_b]),
        )
        resampled = (bootstrap_f1[:, at_a] - bootstrap_f1[:, at_b]).mean(axis=1)
        results.append(_difference(a, b, seeds, f1[at_a] - f1[at_b], resampled, p=p, level=level))
    if len(results) == 1:
        return results
    adjusted = holm([result.combined.p for result in results])
    return [replace(result, adjusted=p, family=len(results)) for result, p in zip(results, adjusted, strict=True)]


def _check_comparable(rows: Sequence[Counts], reference: str | None) -> None:
    """Raise UserError if two rows have one name, the reference is missing, or the test sentences differ."""
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
    """Return the comparison of two rows.

    Args:
        a: the first row.
        b: the second row.
        seeds: those that both have.
        values: F1 of a less b, of shape (seeds,).
        resampled: the mean of these in each bootstrap resample, of shape (resamples,).
        p: by randomisation over sentences.
        level: of confidence.
    """
    mean, sentences = float(values.mean()), len(a.gold)
    low, high = map(float, np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2]))
    by_sentence = Estimate(float(resampled.std(ddof=1)), low, high, p)
    std, by_seed = None, None
    seed_error = (0.0, sentences - 1)
    if len(seeds) > 1:
        std, df = float(values.std(ddof=1)), len(seeds) - 1
        seed_error = (std / math.sqrt(len(seeds)), df)
        by_seed = t_estimate(mean, seed_error, (0.0, df), level, 0.0)
    combined = t_estimate(mean, seed_error, (by_sentence.error, sentences - 1), level, p)
    estimates = (by_seed, by_sentence, combined)
    return Difference(a.name, b.name, a.label, seeds, sentences, level, mean, std, *estimates, measure=a.measure)


def _points(share: float) -> str:
    return f"{100 * share:z.1f}"


def _p(p: float) -> str:
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
