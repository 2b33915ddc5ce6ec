"""A count has the word that fits it."""

import pytest

from tinyner.plurals import number


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 replies"), (1, "1 reply"), (2, "2 replies"), (12_345, "12,345 replies")]
)
def test_one_is_singular(count: int, expected: str) -> None:
    assert number(count, "reply", "replies") == expected


def test_the_plural_has_an_s_unless_another_is_named() -> None:
    assert [number(count, "sentence") for count in (1, 2)] == ["1 sentence", "2 sentences"]
