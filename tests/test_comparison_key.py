# ruff: noqa: RUF001 (the signs are the matter here)

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.comparison_key import comparison_key, fold_case, without_accents, without_dots, without_escapes

ESCAPES = st.sampled_from(
    ["&amp;", "&", "uuml;", "#38;", "\\", "u00e9", "\\u005c", "x26", "n", "_", "^", "2", "²", "\u00ad", "--", "''"]
)
TEXTS = st.one_of(st.text(st.characters()), st.lists(st.one_of(ESCAPES, st.text(max_size=2))).map("".join))


@given(TEXTS)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    key = comparison_key(text)
    assert comparison_key(key) == key
    assert not any(character.isspace() for character in key)
    assert without_escapes(key) == key


@given(
    TEXTS, st.sampled_from(["\u00ad", "\u200b", "\u200e", "\u2060", "\ufe0f", "\ufeff", " ", "\u00a0", "\u3000", "\n"])
)
def test_what_cannot_be_seen_makes_no_difference_between_letters(text: str, invisible: str) -> None:
    letters = "".join(character for character in text if character.isalpha())
    assert comparison_key(invisible.join(letters)) == comparison_key(letters)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_composed_and_parted_texts_have_the_same_key(text: str) -> None:
    assert comparison_key(unicodedata.normalize("NFD", text)) == comparison_key(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "text", ["Paris", "AT&T", "C++", "user_name", "U.S.", "3.5%", "Müller", "東京", "कमला", "O'Neill", "R&D;"]
)
def test_a_text_without_such_signs_is_its_own_key(text: str) -> None:
    assert comparison_key(text) == text


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("10⁶", "106"),
        ("1½", "11/2"),
        ("5①", "51"),
        ("कमला", "कमल"),
        ("か", "が"),
        ("각", "가"),
        ("José", "Jose"),
        ("US", "us"),
        ("C++", "C"),
        ("C#", "C"),
        ("user_name", "username"),
        ("Paris", "Pari's"),
        ("Covid-19", "Covid19"),
        ("🍎", "🍏"),
        ("👍🏽", "👍"),
        ("و", "ؤ"),
    ],
)
def test_other_texts_have_other_keys(text: str, other: str) -> None:
    assert comparison_key(text) != comparison_key(other)


def test_looser_forms() -> None:
    assert fold_case("ΟΔΥΣΣΕΑΣ") == fold_case("οδυσσεας")
    assert fold_case("İstanbul") == fold_case("istanbul") == fold_case("ISTANBUL") == fold_case("ıstanbul")
    assert without_dots("J.R.R.Tolkien") == "JRRTolkien"
    assert without_dots(".NET 3.5 v2.0") == ".NET 3.5 v2.0"
    assert without_accents("Ærø Łódź Việt Ελλάδα") == "Aero Lodz Viet Ελλαδα"
    assert without_accents("がक़각") == "がक़각"
