"""Held against scipy.stats' bootstrap and permutation test, and against cases counted by hand."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tinyner.stats.resampling import Floats, Ints, bootstrapped, f1_of, randomised_p, swapped

RESAMPLES = 4000


def ints(*rows: list[int]) -> Ints:
    return np.array(rows, np.int64)


def random_counts(seeds: int, sentences: int, quality: float, seed: int) -> tuple[Ints, Ints, Ints]:
    """True positives, predicted, gold."""
    generator = np.random.default_rng(seed)
    gold = np.random.default_rng(0).integers(0, 4, sentences)
    tp = generator.binomial(gold, quality, (seeds, sentences))
    return tp, tp + generator.binomial(1, 0.2, (seeds, sentences)), gold


def p_of(tp: tuple[Ints, Ints], predicted: tuple[Ints, Ints], gold: Ints, resamples: int) -> float:
    """Two rows' p, by swaps that are drawn for both."""
    seeds = len(tp[0])
    drawn = swapped(np.concatenate(tp), np.concatenate(predicted), resamples, np.random.default_rng(1))
    of_tp, of_predicted = ((sums[:, :seeds], sums[:, seeds:]) for sums in drawn)
    return randomised_p(tp, predicted, gold, of_tp, of_predicted)


def test_f1() -> None:
    assert f1_of(ints([2, 0, 0]), ints([3, 0, 1]), ints([4, 0, 0])).tolist() == [[4 / 7, 0.0, 0.0]]


def test_a_bootstrap_of_two_sentences_draws_one_twice_half_the_time() -> None:
    drawn = bootstrapped(ints([1, 0]), ints([1, 1]), np.array([1, 1]), RESAMPLES, np.random.default_rng(1))
    values, times = np.unique(drawn, return_counts=True)
    assert values.tolist() == [0.0, 0.5, 1.0]
    assert times / RESAMPLES == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_the_bootstrap_is_scipys() -> None:
    a, b = random_counts(1, 150, 0.8, 1), random_counts(1, 150, 0.7, 2)
    drawn = bootstrapped(
        np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]]), a[2], RESAMPLES, np.random.default_rng(3)
    )
    ours = drawn[:, 0] - drawn[:, 1]

    def statistic(tp_a: Ints, all_a: Ints, tp_b: Ints, all_b: Ints, gold: Ints, axis: int) -> Floats:
        a, b = (f1_of(tp.sum(axis), all_.sum(axis), gold.sum(axis)) for tp, all_ in ((tp_a, all_a), (tp_b, all_b)))
        return a - b

    expected = stats.bootstrap(
        (a[0][0], a[1][0], b[0][0], b[1][0], a[2]),
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(4),
    )
    error = expected.standard_error
    assert ours.std(ddof=1) == pytest.approx(error, rel=0.05)
    # A percentile of 4000 draws has a standard error of some 0.04 of these; both sides have it.
    assert np.quantile(ours, [0.025, 0.975]) == pytest.approx(list(expected.confidence_interval), abs=0.2 * error)


def test_every_swap_of_two_sentences() -> None:
    """A finds both entities, B neither: of the 4 swaps, those of none and of both are as large as the observed one."""
    tp, predicted = (ints([1, 1]), ints([0, 0])), (ints([1, 1]), ints([1, 1]))
    assert p_of(tp, predicted, np.array([1, 1]), 4) == 0.5


def test_a_sentence_is_swapped_in_all_seeds_together() -> None:
    """If seeds were swapped independently there would be 16 swaps, of which 2 are as large."""
    tp, predicted = (ints([1, 1], [1, 1]), ints([0, 0], [0, 0])), (ints([1, 1], [1, 1]), ints([1, 1], [1, 1]))
    assert p_of(tp, predicted, np.array([1, 1]), 100) == 0.5


@pytest.mark.parametrize("seed", range(4))
def test_exact_randomisation_is_scipys(seed: int) -> None:
    """The counts of two seeds are packed into one number a sentence, so that scipy swaps them together."""
    sentences = 9
    a, b = random_counts(2, sentences, 0.8, seed), random_counts(2, sentences, 0.4, 10 + seed)

    def packed(tp: Ints, predicted: Ints) -> Ints:
        digits: Ints = np.array([1000, 100, 10, 1]) @ np.concatenate([tp, predicted])
        return digits

    def mean_f1(code: Any, axis: int) -> Floats:
        tp_1, tp_2, predicted_1, predicted_2 = ((code // 10**place % 10).sum(axis) for place in (3, 2, 1, 0))
        gold = a[2].sum()
        return (f1_of(tp_1, predicted_1, gold) + f1_of(tp_2, predicted_2, gold)) / 2

    expected = stats.permutation_test(
        (packed(a[0], a[1]), packed(b[0], b[1])),
        lambda x, y, axis: mean_f1(x, axis) - mean_f1(y, axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    ours = p_of((a[0], b[0]), (a[1], b[1]), a[2], 2**sentences)
    assert ours == pytest.approx(expected.pvalue, abs=1e-12)


def test_random_swaps_come_near_all_swaps() -> None:
    a, b = random_counts(2, 14, 0.8, 5), random_counts(2, 14, 0.6, 6)
    exact, sampled = (p_of((a[0], b[0]), (a[1], b[1]), a[2], tries) for tries in (2**14, 2000))
    assert 0.02 < exact < 0.9
    assert sampled == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 2000) ** 0.5)


def test_a_swap_takes_the_same_sentences_of_every_row() -> None:
    """Each of three sentences has its own digit, so that a sum says which were swapped."""
    digits = ints([1, 10, 100])
    generator = np.random.default_rng(1)
    taken, predicted = swapped(np.concatenate([digits, 2 * digits]), np.repeat(digits, 2, 0), 200, generator)
    assert (taken[:, 1] == 2 * taken[:, 0]).all()
    assert (predicted == taken[:, :1]).all()
    assert set(taken[:, 0]) == {0, 1, 10, 11, 100, 101, 110, 111}


def test_a_sampled_p_is_never_0() -> None:
    tp = (np.ones((1, 40), np.int64), np.zeros((1, 40), np.int64))
    ones = np.ones((1, 40), np.int64)
    assert p_of(tp, (ones, ones), ones[0], 99) == 0.01


def test_rows_that_are_the_same_can_t_be_told_apart() -> None:
    tp, predicted, gold = random_counts(2, 30, 0.7, 1)
    assert p_of((tp, tp), (predicted, predicted), gold, 99) == 1.0


def test_conlls_test_set_fits_little_memory() -> None:
    """10,000 resamples of 3,453 sentences by 2 rows x 5 seeds: drawn at once, they would be 276 MB."""
    tp, predicted, gold = random_counts(10, 3453, 0.9, 1)
    tracemalloc.start()
    drawn = bootstrapped(tp, predicted, gold, 10_000, np.random.default_rng(1))
    p_of((tp[:5], tp[5:]), (predicted[:5], predicted[5:]), gold, 10_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert drawn.shape == (10_000, 10)
    assert peak < 60e6


@pytest.mark.parametrize("highest", [3, 1 << 24])
def test_sums_are_exact_whatever_the_counts(highest: int) -> None:
    """Hundreds of rows are summed as float32, where no sum can be so large that it would be rounded."""
    generator = np.random.default_rng(0)
    tp, predicted = generator.integers(0, highest, (2, 3, 50))
    gold = tp.max(axis=0) + 1
    drawn = np.random.default_rng(1).integers(50, size=(20, 50))
    expected = f1_of(tp.T[drawn].sum(1), predicted.T[drawn].sum(1), gold[drawn].sum(1)[:, None])
    assert np.array_equal(bootstrapped(tp, predicted, gold, 20, np.random.default_rng(1)), expected)
    taken = np.random.default_rng(2).integers(2, size=(20, 50), dtype=np.uint8)
    sums = swapped(tp, predicted, 20, np.random.default_rng(2))
    assert [part.tolist() for part in sums] == [
        (taken.astype(np.int64) @ counts.T).tolist() for counts in (tp, predicted)
    ]
