# ruff: noqa: RUF001 (the signs are the matter here)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.align.edges import bare, is_placeholder, trimmed, unwrapped

SIGNS = st.sampled_from(
    [*"\"'`“”„«»「」()[]{}<>（）.,;:?!…。、-–—•*_#|~=\\/ 1a%+🍎", "</b>", "<b>", "[x](y)", "''", "Rosa"]
)


@given(st.lists(SIGNS, max_size=12).map("".join))
def test_bare_texts_are_bare_and_part_of_the_mention(text: str) -> None:
    assert bare(text) in text
    assert unwrapped(text) in text
    assert bare(unwrapped(text)) in unwrapped(text)
    assert bare(bare(text)) == bare(text)


@given(st.lists(SIGNS, min_size=1, max_size=6), st.booleans(), st.data())
def test_a_trimmed_place_has_a_word_and_lies_in_the_place(
    words: list[str], as_written: bool, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    first, last = trimmed(words, (start, end), as_written)
    assert start <= first < last <= end
    assert trimmed(words, (first, last), as_written) == (first, last)


@pytest.mark.parametrize(
    "text", ["-", "—", "--", "...", "…", "?", "/", "''", '" "', "()", "[]", "**", "_", "。", "", " ", "「」", "- -"]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["%", "+", "C++", "🍎", "&", "#", "!!!", "=", "<3", "@", "$", "1", "a", "京", "€"])
def test_signs_that_may_be_names(text: str) -> None:
    assert not is_placeholder(text)


def test_no_text_of_many_signs_takes_long_or_goes_too_deep() -> None:
    for sign in "([{\"'<*#- .?":
        assert bare(sign * 5000 + "Rosa" + sign * 5000).count("Rosa") == 1
