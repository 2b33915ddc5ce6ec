"""The searches for a text in a sentence: as whole words, and inside words whose rest is punctuation."""

import unicodedata
from collections.abc import Iterator
from typing import Literal

from tinyner.align.edges import Place
from tinyner.align.letter_case import allowed_in_any_case, is_short_capitals
from tinyner.align.searched_sentence import LEVELS, SearchedSentence
from tinyner.comparison_key import comparison_key, fold_case, without_accents, without_dots
from tinyner.params import Align


def whole_words(text: str, sentence: SearchedSentence, align_params: Align) -> Iterator[list[Place]]:
    """Yield the places by each search for whole words, in their order.

    The words as they are; without white space; by their keys; without the dots of abbreviations; in another case; in
    another case without dots; without accents, if mention and place have a capital, so that they are names.
    """
    tokens = text.split()
    yield sentence.places_of_words(tokens)
    yield sentence.as_written.places_of("".join(tokens))
    yield sentence.places_in("key", text)
    yield sentence.places_in("dotless", text)
    is_short = is_short_capitals(text)
    if align_params.ignore_case and is_short and sentence.is_in_one_case:
        # In "they asked us to leave the u.s." US is not the pronoun.
        dotted = sentence.places_in("folded dotless", text)
        yield [place for place in dotted if "." in sentence.text_of(place)]
    if align_params.ignore_case:
        yield allowed_in_any_case(text, sentence.places_in("folded", text), sentence)
        if not is_short_capitals(without_dots(comparison_key(text))):
            yield allowed_in_any_case(text, sentence.places_in("folded dotless", text), sentence)
    yield _without_accents(text, sentence, ignore_case=align_params.ignore_case and not is_short)


def _without_accents(text: str, sentence: SearchedSentence, *, ignore_case: bool) -> list[Place]:
    key = comparison_key(text)
    places = []
    for place in sentence.places_in("plain", text) if key != key.lower() else ():
        place_key = comparison_key(sentence.text_of(place))
        same_case = without_accents(key) == without_accents(place_key)
        if place_key != place_key.lower() and (same_case or ignore_case) and _only_lacks_accents(key, place_key):
            places.append(place)
    return places


def _only_lacks_accents(key: str, other: str) -> bool:
    """Return whether no letter has one accent here and another there; both are the same text without accents."""
    key, other = fold_case(key), fold_case(other)
    pairs = [(key, other)] if len(key) != len(other) else zip(key, other, strict=True)
    return all(
        left == right or without_accents(left) == left or without_accents(right) == right for left, right in pairs
    )


def inside_words(text: str, sentence: SearchedSentence, align_params: Align) -> list[Place]:
    """Return the places of a text that is part of words, where ``snap`` allows the rest of these words."""
    if align_params.snap == "off":
        return []
    places = _inside_words("key", text, sentence, align_params)
    if not places and align_params.ignore_case:
        places = allowed_in_any_case(text, _inside_words("folded", text, sentence, align_params), sentence)
    return places


def _inside_words(
    form: Literal["key", "folded"], text: str, sentence: SearchedSentence, align_params: Align
) -> list[Place]:
    searchable, part = sentence.form(form), LEVELS[form](comparison_key(text))
    places = []
    for offset in searchable.occurrences(part):
        place, before, behind = searchable.around(offset, offset + len(part))
        if not _cuts_a_word(part, before, behind, align_params):
            places.append(place)
    return list(dict.fromkeys(places))  # two occurrences within a word are the same place


def _cuts_a_word(part: str, before: str, behind: str, align_params: Align) -> bool:
    """Return whether the rest of the words before and behind a part is more than punctuation.

    With ``snap: word`` the rest may have letters, but the part must not touch them. A sign touches other signs
    (an emoji in a row of them); ``+`` and ``#`` behind a name are part of it (``C++``).
    """
    last, following = before[-1:], behind[:1]
    if _is_of_a_word(last) or _is_of_a_word(following) or following in ("+", "#"):
        return True
    if (_is_symbol(last) and _is_symbol(part[0])) or (_is_symbol(following) and _is_symbol(part[-1])):
        return True
    if not any(map(_is_of_a_word, before + behind)):
        return False
    return align_params.snap != "word" or "_" in (last, following)


def _is_of_a_word(character: str) -> bool:
    """Return whether a character is a letter, a digit, or a mark that belongs to the letter before it."""
    return character.isalnum() or (character != "" and unicodedata.category(character)[0] == "M")


def _is_symbol(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] == "S"
