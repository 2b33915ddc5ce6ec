"""Sizes and training by the number of sentences."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.init import choices
from tinyner.init.choices import Points, at
from tinyner.params import Schedule

TABLES = (choices.TEST_OF_GOLD, choices.VALID_OF_GOLD, choices.TEST_OF_TARGET, choices.VALID_OF_TARGET)


@pytest.mark.parametrize("points", TABLES)
@given(count=st.integers(0, 30_000))
def test_more_sentences_never_give_a_smaller_set(points: Points, count: int) -> None:
    assert at(points, count) <= at(points, count + 1) <= max(1, count + 1)


@pytest.mark.parametrize("count", [20, 60, 100, 300, 1_000, 5_000, 20_000])
def test_train_keeps_at_least_two_fifths(count: int) -> None:
    left = count - at(choices.TEST_OF_GOLD, count) - at(choices.VALID_OF_GOLD, count)
    assert left >= 0.38 * count


def test_few_sentences_are_not_split() -> None:
    assert at(choices.TEST_OF_GOLD, choices.LEAST_GOLD - 1) == at(choices.VALID_OF_GOLD, 39) == 0
    assert at(choices.TEST_OF_GOLD, 20) == 10


def test_small_sets_are_trained_on_for_more_epochs() -> None:
    assert choices.training(400, 900).epochs == choices.WITH_GOLD.epochs
    assert choices.training(10, 20).epochs == choices.MOST_EPOCHS
    assert choices.training(0, 40).group == "B"
    assert choices.training(1, 40).group == "D"


@given(train=st.integers(0, 3_000), target=st.integers(1, 3_000))
def test_there_are_enough_steps_and_one_epoch_less_would_be_too_few(train: int, target: int) -> None:
    made = choices.training(train, target)
    base = choices.WITH_GOLD if train else choices.WITHOUT_GOLD
    enough = choices.LEAST_STEPS * made.batch_size
    assert made.drawn(train, target) >= enough or made.epochs == choices.MOST_EPOCHS
    assert made.epochs == base.epochs or replace(made, epochs=made.epochs - 1).drawn(train, target) < enough
    assert made.lr * made.lr_decay ** (made.epochs - 1) == pytest.approx(made.lr * choices.LAST_LR, rel=0.06)


def test_what_is_said_is_taken_and_the_rest_fits_it() -> None:
    assert choices.training(100, 250, choices.Said(epochs=3)).lr_decay == 0.5
    larger = choices.training(100, 250, choices.Said(batch_size=32))
    assert (larger.batch_size, larger.drawn(100, 250) >= 32 * choices.LEAST_STEPS) == (32, True)
    all_schedule = Schedule(type="all", k=None, n=None)
    assert choices.training(100, 250, choices.Said(schedule=all_schedule)).epochs == 10  # 350 sentences in each
    assert choices.training(100, 250, choices.Said(group="B")).schedule.type == "group"
