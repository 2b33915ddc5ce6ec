"""Sizes of test and valid: those of the user, and for the rest what is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.errors import UserError
from tinyner.init import choices, sizes


@given(st.integers(0, 30_000))
def test_without_a_word_of_the_user_the_tables_hold(count: int) -> None:
    tables = choices.at(choices.TEST_OF_GOLD, count), choices.at(choices.VALID_OF_GOLD, count)
    assert sizes.of_gold(count) == tables


@given(st.integers(0, 500), st.none() | st.integers(0, 600), st.none() | st.integers(0, 600))
def test_what_the_user_says_is_taken_or_refused_and_no_more_than_there_is(
    count: int, test: int | None, valid: int | None
) -> None:
    try:
        chosen = sizes.of_gold(count, test, valid)
    except UserError:
        assert (test or 0) + (valid or 0) > count - (2 if test is None else 0)  # of two, one goes to test
        return
    assert sum(chosen) <= count
    assert test in (None, chosen[0])
    assert valid in (None, chosen[1])


@pytest.mark.parametrize(
    ("test", "valid", "message"),
    [
        (61, None, "init: --test 61 is more than the 60 labelled sentences"),
        (None, 61, "init: --valid 61 is more than the 60 labelled sentences"),
        (40, 30, "init: --test 40 and --valid 30 are together more than the 60 labelled sentences"),
        (None, 60, "init: --valid 60 leaves none of the 60 labelled sentences for test; lower it"),
    ],
)
def test_only_flags_that_the_user_said_are_named(test: int | None, valid: int | None, message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}$"):
        sizes.of_gold(60, test, valid)
