"""The text of a sentence that is compared: the same whatever the words and white space, but else as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.rows import squeezed
from tinyner.sentences import WHITE

SIGNS = st.text(st.sampled_from("aB.é東"), min_size=1, max_size=12)


@st.composite
def two_ways(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Draw a text that is split into words, with white space in some, in two ways."""
    text = draw(SIGNS)

    def split() -> list[str]:
        words = [""]
        for sign in text:
            white = draw(st.text(st.sampled_from(WHITE), max_size=2))
            if draw(st.booleans()):
                words.append(white + sign)
            else:
                words[-1] += white + sign
        return [word for word in words if word]

    return split(), split()


@given(two_ways())
def test_a_text_is_the_same_in_whatever_words_and_white_space(ways: tuple[list[str], list[str]]) -> None:
    first, second = map(squeezed, ways)
    assert first == second
    assert not set(first) & set(WHITE)


@given(SIGNS, SIGNS)
def test_another_text_is_never_the_same(first: str, second: str) -> None:
    assert (squeezed(list(first)) == squeezed([second])) == (first == second)


@pytest.mark.parametrize("sign", WHITE)
def test_all_white_space_of_files_is_left_out(sign: str) -> None:
    assert squeezed([f"St.{sign}Louis", sign]) == "St.Louis"
