"""Resampling over test sentences: micro F1 by bootstrap, and p by approximate randomisation.

Counts are strict entities by sentence. All sums are of whole numbers, so that a result depends on the generator's
seed alone, not on the order of summation, which differs between machines.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CHUNK = 1_000_000  # resamples x sentences that are in memory at once, 8 bytes each
_EXACT = 1 << 24  # whole numbers up to here are exact as float32
_ROUNDING = 1e-12  # differences of F1 that are no further apart are equal


def f1_of(tp: npt.NDArray[np.number], predicted: npt.NDArray[np.number], gold: npt.NDArray[np.number]) -> Floats:
    """Return F1 (0 to 1) of numbers of entities, broadcast; 0 if there are none, as in seqeval."""
    both = np.asarray(predicted + gold, np.float64)
    result: Floats = np.divide(2 * tp, both, out=np.zeros_like(both), where=both > 0)
    return result


def bootstrapped(tp: Ints, predicted: Ints, gold: Ints, resamples: int, generator: np.random.Generator) -> Floats:
    """Return the F1 of every model on ``resamples`` test sets of as many sentences, drawn with replacement.

    All models get the same draws, so that their differences are those of a paired bootstrap (Efron and
    Tibshirani 1993, *An Introduction to the Bootstrap*; for systems on one test set: Koehn 2004, "Statistical
    significance tests for machine translation evaluation", EMNLP).

    Args:
        tp: true positives, of shape (models, sentences).
        predicted: predicted entities, of shape (models, sentences).
        gold: gold entities, of shape (sentences,).
        resamples: their number.
        generator: of the draws.

    Returns:
        Of shape (resamples, models).
    """
    models, sentences = tp.shape
    counts = _summable(np.concatenate([tp, predicted, gold[None]])).T
    result = np.empty((resamples, models))
    for part in _parts(resamples, sentences):
        drawn = generator.integers(sentences, size=(len(part), sentences))
        drawn += sentences * np.arange(len(part))[:, None]
        times = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
        sums = (times.astype(counts.dtype) @ counts).astype(np.float64)
        result[part.start : part.stop] = f1_of(sums[:, :models], sums[:, models:-1], sums[:, -1:])
    return result


def swapped(tp: Ints, predicted: Ints, resamples: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the sums of both counts over the sentences that are swapped, each with probability 1/2, a row a resample.

    All rows get the same swaps, so that these are drawn and summed once, however many pairs of rows there are.

    Args:
        tp: true positives, of shape (models, sentences).
        predicted: predicted entities, of shape (models, sentences).
        resamples: their number.
        generator: of the swaps.

    Returns:
        Sums of both, each of shape (resamples, models).
    """
    models, sentences = tp.shape
    counts = _summable(np.concatenate([tp, predicted])).T
    result = np.empty((resamples, 2 * models))
    for part in _parts(resamples, sentences):
        taken = generator.integers(2, size=(len(part), sentences), dtype=np.uint8)
        result[part.start : part.stop] = taken.astype(counts.dtype) @ counts
    return result[:, :models], result[:, models:]


def randomised_p(
    tp: tuple[Ints, Ints],
    predicted: tuple[Ints, Ints],
    gold: Ints,
    tp_swapped: tuple[Floats, Floats],
    predicted_swapped: tuple[Floats, Floats],
) -> float:
    """Return the two-sided p of row A's F1 less row B's, mean over seeds, by approximate randomisation over sentences.

    Under the null hypothesis the two rows' predictions of a sentence are exchangeable, for all seeds together. p is
    (1 + resamples whose difference is at least as large as the observed one) / (1 + resamples) (Noreen 1989,
    *Computer-Intensive Methods for Testing Hypotheses*; Yeh 2000, "More accurate tests for the statistical
    significance of result differences", COLING). If there are at most as many possible swaps as resamples, each is
    made once, and p is exact.

    Args:
        tp: true positives of A and B, each of shape (seeds, sentences).
        predicted: predicted entities of A and B, each of shape (seeds, sentences).
        gold: gold entities, of shape (sentences,).
        tp_swapped: sums by ``swapped`` of A's and B's true positives, each of shape (resamples, seeds).
        predicted_swapped: the same of predicted entities.
    """
    tp_moved, predicted_moved = (of_b - of_a for of_a, of_b in (tp_swapped, predicted_swapped))
    tries = len(tp_moved)
    # Swapping a sentence with equal counts changes nothing.
    differ = np.flatnonzero(((tp[0] != tp[1]) | (predicted[0] != predicted[1])).any(axis=0))
    exact = 2 ** len(differ) <= tries
    if exact:
        tries = 2 ** len(differ)
        swaps = np.arange(tries)[:, None] >> np.arange(len(differ)) & 1
        tp_moved, predicted_moved = (swaps @ (of_b - of_a)[:, differ].T for of_a, of_b in (tp, predicted))
    (tp_a, tp_b), (predicted_a, predicted_b) = ([counts.sum(axis=1) for counts in pair] for pair in (tp, predicted))
    total = gold.sum()
    observed = abs((f1_of(tp_a, predicted_a, total) - f1_of(tp_b, predicted_b, total)).mean())
    a = f1_of(tp_a + tp_moved, predicted_a + predicted_moved, total)
    b = f1_of(tp_b - tp_moved, predicted_b - predicted_moved, total)
    as_large = int((np.abs((a - b).mean(axis=1)) >= observed - _ROUNDING).sum())
    return as_large / tries if exact else (1 + as_large) / (1 + tries)


def _summable(counts: Ints) -> npt.NDArray[np.floating]:
    """Return counts of shape (rows, sentences) as fractions in which all sums are exact, of four bytes if they can be.

    Hundreds of rows are summed in half the time so. No resample has more than all sentences with the highest count.
    """
    highest = int(counts.max(initial=0)) * counts.shape[1]
    return counts.astype(np.float32 if highest < _EXACT else np.float64)


def _parts(resamples: int, sentences: int) -> list[range]:
    """Return ranges of resamples, each small enough for memory."""
    size = max(1, _CHUNK // max(1, sentences))
    return [range(start, min(start + size, resamples)) for start in range(0, resamples, size)]
