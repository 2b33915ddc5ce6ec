import statistics

import pytest

from tinyner.mean_std import MeanStd


def test_values_over_seeds() -> None:
    score = MeanStd.of([0.8, 0.9, 0.7])
    assert (score.mean, score.std) == pytest.approx((0.8, 0.1))
    assert (str(score), f"{score:.1f}", score.unbroken(".2f")) == ("0.800 ± 0.100", "0.8 ± 0.1", "0.80\xa0±\xa00.10")


def test_a_single_value_has_no_std() -> None:
    score = MeanStd.of([0.5])
    assert score.std is None
    assert (str(score), f"{score:.1f}", score.unbroken()) == ("0.500", "0.5", "0.500")


def test_no_values_have_no_mean() -> None:
    with pytest.raises(statistics.StatisticsError):
        MeanStd.of([])
