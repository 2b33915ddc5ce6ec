"""Micro F1 on test sentences drawn anew, and with two rows' sentences swapped.

Counts are strict entities by sentence; all sums are of whole numbers, so a result depends on the
generator's seed alone, not on the machine's order of adding.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CELLS = 1_000_000  # resamples x sentences that are held at once, 8 bytes each
_ROUNDING = 1e-12  # differences of F1 that are no further apart are the same


def f1_of(tp: npt.NDArray[np.number], predicted: npt.NDArray[np.number], gold: npt.NDArray[np.number]) -> Floats:
    """F1 (0 to 1) of numbers of entities, by NumPy's rules for shapes; 0 where there are none, as in seqeval."""
    both = np.asarray(predicted + gold, np.float64)
    result: Floats = np.divide(2 * tp, both, out=np.zeros_like(both), where=both > 0)
    return result


def bootstrapped(tp: Ints, predicted: Ints, gold: Ints, resamples: int, generator: np.random.Generator) -> Floats:
    """F1 of every model on ``resamples`` test sets of as many sentences, drawn with replacement.

    All models see the same draws, so that differences between them are a paired bootstrap's (Efron and
    Tibshirani 1993, *An Introduction to the Bootstrap*; for systems on one test set: Koehn 2004, "Statistical
    significance tests for machine translation evaluation", EMNLP).

    Args:
        tp: true positives, of shape (models, sentences).
        predicted: predicted entities, of shape (models, sentences).
        gold: gold entities, of shape (sentences,).
        resamples: how many.
        generator: where the draws come from.

    Returns:
        Of shape (resamples, models).
    """
    models, sentences = tp.shape
    counts = np.concatenate([tp, predicted, gold[None]]).T.astype(np.float64)
    result = np.empty((resamples, models))
    for part in _parts(resamples, sentences):
        drawn = generator.integers(sentences, size=(len(part), sentences))
        drawn += sentences * np.arange(len(part))[:, None]
        times = np.bincount(drawn.ravel(), minlength=drawn.size).reshape(drawn.shape)
        sums = times.astype(np.float64) @ counts
        result[part.start : part.stop] = f1_of(sums[:, :models], sums[:, models:-1], sums[:, -1:])
    return result


def randomised_p(
    tp: tuple[Ints, Ints],
    predicted: tuple[Ints, Ints],
    gold: Ints,
    resamples: int,
    generator: np.random.Generator,
) -> float:
    """Two-sided p of the mean over seeds of row A's F1 less row B's, by approximate randomisation over sentences.

    If the rows were alike, each sentence's predictions might as well have been the other's, for all seeds
    together. p is (1 + swaps at least as far from 0) / (1 + resamples) (Noreen 1989, *Computer-Intensive Methods
    for Testing Hypotheses*; Yeh 2000, "More accurate tests for the statistical significance of result
    differences", COLING). Where all swaps are no more than ``resamples``, each is tried once, and p is exact.

    Args:
        tp: true positives of A and B, each of shape (seeds, sentences).
        predicted: predicted entities of A and B, each of shape (seeds, sentences).
        gold: gold entities, of shape (sentences,).
        resamples: how many swaps to try.
        generator: where they come from.
    """
    # Swapping a sentence in which the rows are the same changes nothing.
    differ = ((tp[0] != tp[1]) | (predicted[0] != predicted[1])).any(axis=0)
    swapped = int(differ.sum())
    exact = 2**swapped <= resamples
    tries = 2**swapped if exact else resamples
    moves = np.concatenate([tp[1] - tp[0], predicted[1] - predicted[0]])[:, differ].T.astype(np.float64)
    seeds = len(tp[0])
    (tp_a, tp_b), (predicted_a, predicted_b) = ([one.sum(axis=1) for one in pair] for pair in (tp, predicted))
    observed = abs((f1_of(tp_a, predicted_a, gold.sum()) - f1_of(tp_b, predicted_b, gold.sum())).mean())
    far = 0
    for part in _parts(tries, swapped):
        if exact:
            swaps = np.arange(part.start, part.stop)[:, None] >> np.arange(swapped) & 1
        else:
            swaps = generator.integers(2, size=(len(part), swapped), dtype=np.uint8)
        moved = swaps.astype(np.float64) @ moves
        a = f1_of(tp_a + moved[:, :seeds], predicted_a + moved[:, seeds:], gold.sum())
        b = f1_of(tp_b - moved[:, :seeds], predicted_b - moved[:, seeds:], gold.sum())
        far += int((np.abs((a - b).mean(axis=1)) >= observed - _ROUNDING).sum())
    return far / tries if exact else (1 + far) / (1 + tries)


def _parts(resamples: int, sentences: int) -> list[range]:
    size = max(1, _CELLS // max(1, sentences))
    return [range(start, min(start + size, resamples)) for start in range(0, resamples, size)]
