"""Comparisons of rows: known results, cases by hand, and the type-I error rate in simulations."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tinyner.errors import UserError
from tinyner.scores import strict
from tinyner.stats import significance
from tinyner.stats.cochran_cox import Estimate, nominal_p
from tinyner.stats.holm import holm
from tinyner.stats.resampling import swapped
from tinyner.stats.significance import Counts, Difference, count, difference, differences

TYPES = ["PER", "LOC"]
TAGS = ["O", *(f"{position}-{label}" for position in "BI" for label in TYPES)]
SENTENCES = st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6), min_size=1, max_size=5)


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[list[str]], dict[int, list[list[str]]]]:
    """Gold, in valid IOB2 or not, and two seeds' predictions."""
    gold = draw(SENTENCES)
    return gold, {
        seed: [draw(st.lists(st.sampled_from(TAGS), min_size=len(tags), max_size=len(tags))) for tags in gold]
        for seed in (1, 2)
    }


@settings(deadline=None)  # the first example imports seqeval
@given(tagged())
def test_f1_is_that_of_scores(both: tuple[list[list[str]], dict[int, list[list[str]]]]) -> None:
    gold, predictions = both
    scores = [strict(gold, tags, TYPES) for tags in predictions.values()]
    for label, name in ((None, "micro"), ("PER", "PER"), ("LOC", "LOC")):
        counts = count("A", gold, predictions, label=label)
        assert counts.f1() == pytest.approx([of_seed[name]["f1"] for of_seed in scores], abs=1e-12)
        assert counts.gold.sum() == scores[0][name]["support"]
        assert counts.tp.shape == counts.predicted.shape == (2, len(gold))


@pytest.mark.parametrize("predicted", [[], [["O"]], [["O", "O"], ["O", "O"]]])
def test_other_shapes_can_t_be_counted(predicted: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="A: gold and predicted tags differ in shape"):
        count("A", [["B-PER", "O"]], {1: predicted})


def counted(name: str, tp: Sequence[Sequence[int]], seeds: Sequence[int] = (), gold: Sequence[int] = ()) -> Counts:
    """Return a row that predicts as many entities as gold has: one a sentence unless ``gold`` has other numbers."""
    hits = np.array(tp, np.int64)
    actual = np.array(gold or [1] * hits.shape[1], np.int64)
    predicted = np.repeat(actual[None], len(hits), axis=0)
    return Counts(name, tuple(seeds or range(1, len(hits) + 1)), hits, predicted, actual)


def test_two_sentences_and_one_seed_by_hand() -> None:
    """A finds both entities, B the first: 1 less 1/2. Resamples give 0, 1/2, 1/2, 1; their deviation is √(1/8).

    Only the second sentence's swap changes anything, to -1/2, which is as far from 0. t = 1/2 / √(1/8) = √2 with
    1 degree of freedom, whose p is 1 - 2/π arctan √2.
    """
    result = difference(counted("A", [[1, 1]]), counted("B", [[1, 0]]))
    assert (result.mean, result.std, result.by_seed, result.by_sentence.p) == (0.5, None, None, 1.0)
    assert (result.by_sentence.low, result.by_sentence.high) == (0.0, 1.0)
    assert result.by_sentence.error == pytest.approx(math.sqrt(1 / 8), rel=0.02)
    assert result.combined.p == pytest.approx(1 - 2 / math.pi * math.atan(math.sqrt(2)), abs=0.01)


def test_two_sentences_and_two_seeds_by_hand() -> None:
    """Seed 1: 1 less 1/2; seed 2: 1 less 0. Resampled means: first twice 1/2, second twice 1, else 3/4.

    So the seeds' error is √(1/8) / √2 = 1/4 and the sentences' √(1/32): together √(3/32), both with 1 degree of
    freedom: t = 3/4 / √(3/32) = √6.
    """
    result = difference(counted("A", [[1, 1], [1, 1]]), counted("B", [[1, 0], [0, 0]]))
    assert result.by_seed
    assert result.mean == 0.75
    assert result.std == pytest.approx(math.sqrt(1 / 8))
    assert result.by_seed.error == pytest.approx(0.25)
    assert result.by_seed.p == pytest.approx(1 - 2 / math.pi * math.atan(3))
    assert result.by_sentence.error == pytest.approx(math.sqrt(1 / 32), rel=0.02)
    assert result.by_sentence.p == 0.5  # all 4 swaps: ±3/4 twice, ±1/4 twice
    assert result.combined.error == pytest.approx(math.sqrt(3 / 32), rel=0.02)
    assert result.combined.p == pytest.approx(1 - 2 / math.pi * math.atan(math.sqrt(6)), rel=0.02)


def noisy(name: str, quality: float, seed: int, seeds: int = 5, sentences: int = 200) -> Counts:
    gold = np.random.default_rng(0).integers(0, 4, sentences)
    generator = np.random.default_rng(seed)
    tp = generator.binomial(gold, quality, (seeds, sentences))
    return Counts(name, tuple(range(seeds)), tp, tp + generator.binomial(1, 0.2, tp.shape), gold)


@pytest.mark.parametrize("seeds", [2, 3, 5])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_by_seed_is_scipys_paired_t_test(seeds: int, level: float) -> None:
    a, b = noisy("A", 0.8, 1, seeds), noisy("B", 0.78, 2, seeds)
    by_seed = difference(a, b, level=level, resamples=10).by_seed
    expected = stats.ttest_rel(a.f1(), b.f1())
    interval = expected.confidence_interval(level)
    assert by_seed
    assert by_seed.p == pytest.approx(expected.pvalue, abs=1e-10)
    assert (by_seed.low, by_seed.high) == pytest.approx((interval.low, interval.high), abs=1e-10)


def test_combined_weighs_the_critical_values_of_both_errors() -> None:
    result = difference(noisy("A", 0.8, 1), noisy("B", 0.78, 2), resamples=500)
    assert result.by_seed
    v, w = result.by_seed.error**2, result.by_sentence.error**2

    def critical(p: float) -> float:
        return float((v * stats.t.isf(p / 2, 4) + w * stats.t.isf(p / 2, 199)) / (v + w))

    half = critical(0.05) * math.sqrt(v + w)
    assert result.combined.error == pytest.approx(math.sqrt(v + w))
    assert (result.combined.low, result.combined.high) == pytest.approx((result.mean - half, result.mean + half))
    assert critical(nominal_p(result.combined.p, 4)) == pytest.approx(abs(result.mean) / result.combined.error)


def test_the_other_way_round_is_the_same_but_for_the_sign() -> None:
    a, b = noisy("A", 0.8, 1), noisy("B", 0.76, 2)
    there, back = difference(a, b, resamples=300), difference(b, a, resamples=300)
    assert back.mean == -there.mean
    assert (back.by_sentence.low, back.by_sentence.high) == pytest.approx(
        (-there.by_sentence.high, -there.by_sentence.low)
    )
    assert back.by_sentence.p == there.by_sentence.p
    assert back.combined.p == pytest.approx(there.combined.p)


def test_the_same_seed_gives_the_same_figures_in_any_table() -> None:
    a, b, c = noisy("A", 0.8, 1), noisy("B", 0.78, 2), noisy("C", 0.5, 3, seeds=2)
    alone = difference(a, b, resamples=300)
    first = differences([a, c, b], resamples=300)[1]
    assert (first.a, first.b) == ("A", "B")
    assert replace(first, adjusted=None, family=1) == alone
    assert difference(a, b, resamples=300, seed=1).by_sentence != alone.by_sentence


def test_seeds_are_paired_by_their_number() -> None:
    a = counted("A", [[1, 1], [1, 0], [0, 0]], seeds=[3, 1, 7])
    b = counted("B", [[1, 0], [1, 1]], seeds=[1, 3])
    result = difference(a, b)
    assert (result.seeds, result.mean, result.std) == ((3, 1), 0.0, 0.0)


def test_rows_that_are_the_same() -> None:
    a = noisy("A", 0.8, 1)
    result = difference(a, replace(a, name="B"), resamples=300)
    assert (result.mean, result.by_sentence.p, result.combined.p, result.significant) == (0.0, 1.0, 1.0, False)
    assert result.sentence().startswith("no difference shown between A and B: 0.0 ± 0.0 F1 (95 % CI 0.0 to 0.0, p=1.00")


def test_a_difference_without_any_spread_is_worth_what_randomisation_says() -> None:
    """In every seed and sentence A is right and B wrong: no resample differs, and t knows no bounds."""
    result = difference(counted("A", [[1, 1, 1]] * 2), counted("B", [[0, 0, 0]] * 2))
    assert (result.mean, result.combined.error, result.combined.p) == (1.0, 0.0, 0.25)


@pytest.mark.parametrize(
    ("rows", "reference", "message"),
    [
        ([], None, "no row: nothing to compare with"),
        ([counted("A", [[1, 0]])], None, "A: nothing to compare with; name at least two"),
        ([counted("A", [[1, 0]])] * 2, None, "A: named more than once"),
        ([counted("A", [[1, 0]]), counted("B", [[1, 0]])], "C", "C: not among A, B"),
        ([counted("A", [[1]]), counted("B", [[1]])], None, "1 test sentences; a comparison needs at least 2"),
        ([counted("A", [[1, 0]]), counted("B", [[1, 0]], seeds=[7])], None, "no seed in common .1 and 7.; train both"),
        ([counted("A", [[1, 0]]), counted("B", [[1, 0, 0]])], None, "A and B: not the same test sentences"),
        ([counted("A", [[1, 0]]), counted("B", [[1, 0]], gold=[1, 2])], None, "A and B: not the same test sentences"),
        ([counted("A", [[1, 0]]), replace(counted("B", [[1, 0]]), test="x")], "A", "A and B: not the same test"),
        ([counted("A", [[1, 0]]), replace(counted("B", [[1, 0]]), label="PER")], "A", "sentences or type"),
    ],
)
def test_what_can_t_be_compared_is_said(rows: list[Counts], reference: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        differences(rows, reference)


def test_no_level_and_no_resamples() -> None:
    rows = [noisy("A", 0.8, 1), noisy("B", 0.8, 2)]
    with pytest.raises(ValueError, match=r"a level between 0 and 1 .* found 95 and 10"):
        differences(rows, level=95, resamples=10)
    with pytest.raises(ValueError, match="at least 2 resamples"):
        differences(rows, resamples=1)


def test_every_row_against_one_and_all_pairs() -> None:
    rows = [noisy("A", 0.8, 1), noisy("B", 0.78, 2), noisy("C", 0.6, 3)]
    against = differences(rows, "B", resamples=100)
    pairs = differences(rows, resamples=100)
    assert [(pair.a, pair.b, pair.family) for pair in against] == [("A", "B", 2), ("C", "B", 2)]
    assert [(pair.a, pair.b, pair.family) for pair in pairs] == [("A", "B", 3), ("A", "C", 3), ("B", "C", 3)]
    assert [pair.adjusted for pair in pairs] == holm([pair.combined.p for pair in pairs])
    assert [pair.p for pair in pairs] == [pair.adjusted for pair in pairs]


def test_pairs_by_name_are_those_of_the_table_of_all() -> None:
    rows = [noisy("A", 0.8, 1), noisy("B", 0.78, 2), noisy("C", 0.6, 3)]
    all_pairs = differences(rows, resamples=100)
    named = differences(rows, resamples=100, pairs=[("B", "C"), ("A", "B")])
    assert [replace(pair, adjusted=None, family=1) for pair in named] == [
        replace(pair, adjusted=None, family=1) for pair in (all_pairs[2], all_pairs[0])
    ]
    assert [pair.adjusted for pair in named] == holm([pair.combined.p for pair in named])


def test_many_pairs_draw_their_resamples_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """561 pairs of 34 rows would take minutes, were swaps drawn for each pair."""
    swaps = Mock(wraps=swapped)
    monkeypatch.setattr(significance, "swapped", swaps)
    pairs = differences([noisy(str(number), 0.8, number, sentences=30) for number in range(6)], resamples=50)
    assert (len(pairs), swaps.call_count) == (15, 1)


ESTIMATE = Estimate(0.003, 0.006, 0.019, 0.002)
BETTER = Difference("E", "A", None, (1, 2, 3, 4, 5), 3453, 0.95, 0.0124, 0.0041, ESTIMATE, ESTIMATE, ESTIMATE)


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (BETTER, "E beats A by 1.2 ± 0.4 F1 (95 % CI 0.6 to 1.9, p=0.002, 5 seeds)"),
        (replace(BETTER, label="PER"), "E beats A by 1.2 ± 0.4 F1 on PER (95 % CI 0.6 to 1.9, p=0.002, 5 seeds)"),
        (
            replace(BETTER, mean=-0.0124, combined=Estimate(0.003, -0.019, -0.006, 0.0004)),
            "A beats E by 1.2 ± 0.4 F1 (95 % CI 0.6 to 1.9, p<0.001, 5 seeds)",
        ),
        (
            replace(BETTER, adjusted=0.012, family=9),
            "E beats A by 1.2 ± 0.4 F1 (95 % CI 0.6 to 1.9, p=0.012 after Holm over 9, 5 seeds)",
        ),
        (
            replace(BETTER, adjusted=0.0512, family=9),
            "no difference shown between E and A: 1.2 ± 0.4 F1 "
            "(95 % CI 0.6 to 1.9, p=0.051 after Holm over 9, 5 seeds)",
        ),
        (
            replace(BETTER, mean=0.003, std=0.005, seeds=(1, 2, 3), combined=Estimate(0.003, -0.004, 0.01, 0.31)),
            "no difference shown between E and A: 0.3 ± 0.5 F1 (95 % CI -0.4 to 1.0, p=0.31, 3 seeds)",
        ),
        (
            replace(BETTER, mean=-0.0001, level=0.9, combined=Estimate(0.003, -0.004, 0.0002, 0.996)),
            "no difference shown between E and A: 0.0 ± 0.4 F1 (90 % CI -0.4 to 0.0, p=1.00, 5 seeds)",
        ),
        (
            replace(BETTER, seeds=(1,), std=None, by_seed=None),
            "E beats A by 1.2 F1 (95 % CI 0.6 to 1.9, p=0.002, 1 seed; what others would give is not known)",
        ),
    ],
)
def test_the_sentence(result: Difference, sentence: str) -> None:
    assert result.sentence() == sentence


TABLES = 400
ALPHA = 0.05


def rejection_rates(
    sentence_std: float, seed_std: float, common: bool, better: float = 0.0, seeds: int = 4
) -> dict[str, float]:
    """Return the share of simulated tables of two rows in which each test rejects the null hypothesis at ``ALPHA``.

    A table has 60 sentences of 0 to 3 entities. The logit of the probability that an entity is found is the sentence's
    ease, plus ``better`` for row A, plus normal effects of row and sentence (deviation ``sentence_std``) and of row and
    seed (deviation ``seed_std``). ``common``: all seeds use the same random numbers, so that they find the same
    entities unless their probabilities differ; otherwise each seed draws its own.
    """
    generator = np.random.default_rng(11)
    rejections: list[list[bool]] = []
    for table in range(TABLES):
        gold = generator.integers(0, 4, 60)
        ease = generator.normal(1.5, 1, 60)
        rows = []
        for name in "AB":
            logit = ease + generator.normal(0, sentence_std, 60) + generator.normal(0, seed_std, (seeds, 1))
            share = 1 / (1 + np.exp(-logit - (better if name == "A" else 0)))
            draws = generator.random((1 if common else seeds, 60, 3))
            tp = ((draws < share[..., None]) & (np.arange(3) < gold[:, None])).sum(axis=2)
            tp = np.broadcast_to(tp, (seeds, 60))
            rows.append(Counts(name, tuple(range(seeds)), tp, tp + (gold - tp) // 2, gold))
        result = difference(*rows, resamples=199, seed=table)
        assert result.by_seed
        tests = (result.by_sentence, result.by_seed, result.combined)
        rejections.append([test.p < ALPHA for test in tests])
    return dict(zip(("sentences", "seeds", "both"), np.mean(rejections, axis=0), strict=True))


LOW, HIGH = (float(end) / TABLES for end in stats.binom.interval(0.999, TABLES, ALPHA))
"""A false-positive rate of ``ALPHA`` is estimated between these in 999 of 1000 simulations."""


def test_sentence_noise_alone() -> None:
    """If seeds hardly differ, the sentence test controls the type-I error, and the seed test is anti-conservative."""
    rates = rejection_rates(sentence_std=1, seed_std=0, common=True)
    assert LOW <= rates["sentences"] <= HIGH
    assert 0.005 < rates["both"] <= HIGH
    assert rates["seeds"] > 0.5


def test_seed_noise_alone() -> None:
    """If rows differ by seed, the seed test controls the type-I error, and the sentence test is anti-conservative."""
    rates = rejection_rates(sentence_std=0, seed_std=0.5, common=False)
    assert LOW <= rates["seeds"] <= HIGH
    assert 0.005 < rates["both"] <= HIGH
    assert rates["sentences"] > 2 * HIGH


def test_noise_of_both() -> None:
    """Neither single test controls the type-I error; the combined one does."""
    rates = rejection_rates(sentence_std=1.5, seed_std=0.5, common=False)
    assert 0.005 < rates["both"] <= HIGH
    assert min(rates["sentences"], rates["seeds"]) > HIGH


def test_chance_by_seed_and_sentence_alone() -> None:
    """The combined test is most conservative if all variance is in both parts: its error is √2 times too large."""
    rates = rejection_rates(sentence_std=0, seed_std=0, common=False)
    assert LOW <= rates["sentences"] <= HIGH
    assert LOW <= rates["seeds"] <= HIGH
    assert rates["both"] < LOW


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_few_seeds_that_differ_much_control_the_type_1_error(seeds: int) -> None:
    assert rejection_rates(sentence_std=0, seed_std=0.8, common=False, seeds=seeds)["both"] <= HIGH


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_the_type_1_error_is_controlled_at_small_p_and_after_holm(seeds: int, share: float) -> None:
    """Simulate five rows without any difference; ``share`` of a mean's variance is the seeds', the rest the sentences'.

    With the degrees of freedom of Welch and Satterthwaite, some 15 of 100 such tables of 3 seeds would have a
    significant difference. Cochran and Cox's p, which ``calibrated_p`` can only raise, is below a level if the mean
    exceeds the critical value of that level.
    """
    tables, generator = 20_000, np.random.default_rng(5)
    by_seed = generator.normal(0, math.sqrt(share * seeds), (tables, 5, seeds))
    by_sentence = generator.normal(0, math.sqrt(1 - share), (tables, 5))
    a, b = np.array(list(itertools.combinations(range(5), 2))).T
    values = by_seed[:, a] - by_seed[:, b]
    mean = np.abs(values.mean(axis=2) + by_sentence[:, a] - by_sentence[:, b])
    v, w = values.var(axis=2, ddof=1) / seeds, 2 * (1 - share)

    def beyond(level: float) -> Any:
        critical = v * stats.t.isf(level / 2, seeds - 1) + w * stats.t.isf(level / 2, 3452)
        return mean > critical / np.sqrt(v + w)

    # The pairs of a table are correlated: the rate's error is that of one pair at most.
    for level in (0.05, 0.01, 0.005, 0.001):
        assert beyond(level).mean() < level + 4 * math.sqrt(level / tables)
    # Holm rejects at least one null hypothesis in the same tables as Bonferroni.
    assert beyond(ALPHA / len(a)).any(axis=1).mean() < ALPHA + 4 * math.sqrt(ALPHA / tables)


def test_a_real_difference_is_found() -> None:
    assert rejection_rates(sentence_std=0.5, seed_std=0.2, common=False, better=2)["both"] > 0.9
