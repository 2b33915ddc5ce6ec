"""The fitted temperature, the calibration error, and the threshold for a precision."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.calibration import Scored, fit_temperature, threshold_for
from tinyner.decoding import Chances, Scheme

SCHEME = Scheme.of(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])


def drawn_labels(logits: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Labels drawn from the distribution of legal sequences, word by word, by the share that may follow."""
    generator = np.random.default_rng(1)
    labels = np.zeros(len(logits), dtype=np.int16)
    for begin, end in itertools.pairwise(bounds):
        for word in range(begin, end):
            shares = []
            for label in range(5):
                attempt = labels.copy()
                attempt[word] = label
                open_kind = (attempt[word - 1] + 1) // 2 if word > begin else 0
                legal = label % 2 == 1 or label == 0 or open_kind == label // 2
                shares.append(_mass(logits, int(begin), word, int(end), attempt) if legal else 0.0)
            labels[word] = generator.choice(5, p=np.array(shares) / sum(shares))
    return labels


def _mass(logits: np.ndarray, begin: int, word: int, end: int, labels: np.ndarray) -> float:
    """The sum of weights of all legal sequences of a sentence that begin as ``labels`` do, up to ``word``."""
    forced = logits[begin:end].astype(np.float64).copy()
    for place in range(begin, word + 1):
        others = np.arange(5) != labels[place]
        forced[place - begin, others] = -1e9
    return float(np.exp(Chances.of(forced.astype(np.float32), np.array([0, end - begin]), SCHEME).total[0]))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_labels_were_drawn_at_is_found(temperature: float) -> None:
    generator = np.random.default_rng(0)
    bounds = np.arange(0, 601, 4)
    logits = generator.normal(0, 1.5, (600, 5)).astype(np.float32)
    gold = drawn_labels(logits, bounds)
    found = fit_temperature((logits * temperature).astype(np.float32), bounds, SCHEME, gold)
    assert found == pytest.approx(temperature, rel=0.1)


def test_the_error_is_the_mean_distance_of_bins() -> None:
    scored = Scored.of([(0.9, True), (0.95, False), (0.2, False), (1.0, True)], gold=3)
    assert [(row.count, row.right) for row in scored.bins()] == [(1, 0.0), (3, pytest.approx(2 / 3))]
    assert scored.error() == pytest.approx(0.25 * 0.2 + 0.75 * (0.95 - 2 / 3))
    assert Scored.of([], gold=3).error() is None
    assert Scored.of([], gold=3).curve() == []


pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(pairs, st.integers(1, 40))
def test_each_point_of_the_curve_is_what_its_threshold_gives(pairs: list[tuple[float, bool]], gold: int) -> None:
    for threshold, precision, recall in Scored.of(pairs, gold).curve():
        kept = [right for probability, right in pairs if probability >= threshold]
        assert precision == pytest.approx(sum(kept) / len(kept))
        assert recall == pytest.approx(sum(kept) / gold)


@given(pairs, st.floats(0.01, 1))
def test_spans_above_the_threshold_are_as_precise_as_asked_for(pairs: list[tuple[float, bool]], wanted: float) -> None:
    scored = Scored.of(pairs, 10)
    threshold = threshold_for(scored.curve(), wanted)
    reached = {threshold: precision for threshold, precision, _ in scored.curve()}
    if threshold is None:
        assert max(reached.values()) < wanted
    else:
        assert reached[threshold] >= wanted
        assert all(precision < wanted for lower, precision in reached.items() if lower < threshold)
