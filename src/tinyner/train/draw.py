"""The sentences that an epoch draws from the distilled and the original ones."""

import numpy as np
from numpy.typing import NDArray


def draw(seed: int, epoch: int, sizes: tuple[int, int], shares: tuple[float, float]) -> NDArray[np.int64]:
    """Return the sentences of one epoch in training order: round(share * size) of each set, without replacement.

    Args:
        seed: the cell's seed.
        epoch: t, from 0; with ``seed`` it seeds the generator, so an epoch can be drawn without those before it.
        sizes: numbers of distilled and of original sentences.
        shares: (w0, w1).

    Returns:
        Indices, shuffled: below ``sizes[0]`` a distilled sentence, from there on an original one.
    """
    generator = np.random.default_rng([seed, epoch])
    distilled = generator.permutation(sizes[0])[: round(shares[0] * sizes[0])]
    original = generator.permutation(sizes[1])[: round(shares[1] * sizes[1])] + sizes[0]
    return generator.permutation(np.concatenate([distilled, original]))
