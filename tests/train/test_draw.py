"""The sentences that an epoch draws."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinyner.train.draw import draw


@given(st.integers(0, 9), st.integers(0, 30), st.integers(0, 60), st.integers(0, 60), st.floats(0, 1))
def test_a_draw_has_the_rounded_share_of_each_set_and_nothing_twice(
    seed: int, epoch: int, distilled: int, original: int, share: float
) -> None:
    drawn = draw(seed, epoch, (distilled, original), (share, 1 - share))
    assert len(set(drawn.tolist())) == len(drawn)
    assert (drawn < distilled).sum() == round(share * distilled)
    assert (drawn >= distilled).sum() == round((1 - share) * original)
    assert len(drawn) == 0 or drawn.max() < distilled + original


def test_a_draw_is_known_by_seed_and_epoch_alone() -> None:
    assert draw(1, 2, (6, 4), (0.5, 0.5)).tolist() == [1, 5, 4, 6, 7]  # frozen: another draw is another study
    assert not np.array_equal(draw(1, 3, (6, 4), (1, 1)), draw(1, 2, (6, 4), (1, 1)))
    assert not np.array_equal(draw(2, 2, (6, 4), (1, 1)), draw(1, 2, (6, 4), (1, 1)))
