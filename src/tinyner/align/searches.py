"""The searches for a text in a sentence: as whole words, and inside words whose rest is punctuation."""

import unicodedata
from collections.abc import Iterator
from typing import Literal

from tinyner.align.comparison_key import comparison_key, without_accents, without_dots
from tinyner.align.edges import Place
from tinyner.align.letter_case import is_short_capitals, with_capitals
from tinyner.align.searched_sentence import LEVELS, SearchedSentence
from tinyner.params import Align


def whole_words(text: str, sentence: SearchedSentence, align_params: Align) -> Iterator[list[Place]]:
    """Yield the places by each search for whole words, in their order.

    The words as they are; without white space; by their keys; without the dots of abbreviations; in another case; in
    another case without dots; without accents, if the mention and the place have capitals and one of them no accents.
    """
    tokens = text.split()
    yield sentence.places_of_words(tokens)
    yield sentence.as_written.places_of("".join(tokens))
    yield sentence.places_in("key", text)
    yield sentence.places_in("dotless", text)
    is_short = is_short_capitals(text)
    if align_params.ignore_case and is_short:
        if sentence.is_in_one_case:
            # In "they asked us to leave the u.s." US is not the pronoun.
            dotted = sentence.places_in("folded dotless", text)
            yield [place for place in dotted if "." in sentence.text_of(place)]
        yield with_capitals(sentence.places_in("folded", text), sentence)
    elif align_params.ignore_case:
        yield sentence.places_in("folded", text)
        if not is_short_capitals(without_dots(comparison_key(text))):
            yield sentence.places_in("folded dotless", text)
    yield _without_accents(text, sentence, ignore_case=align_params.ignore_case and not is_short)


def _without_accents(text: str, sentence: SearchedSentence, *, ignore_case: bool) -> list[Place]:
    key = comparison_key(text)
    plain = without_accents(key)
    places = []
    for place in sentence.places_in("plain", text) if key != key.lower() else ():
        place_key = comparison_key(sentence.text_of(place))
        place_plain = without_accents(place_key)
        has_capital, is_plain = place_key != place_key.lower(), plain == key or place_plain == place_key
        if has_capital and is_plain and (ignore_case or place_plain == plain):
            places.append(place)
    return places


def inside_words(text: str, sentence: SearchedSentence, align_params: Align) -> list[Place]:
    """Return the places of a text that is part of words, where ``snap`` allows the rest of these words."""
    if align_params.snap == "off":
        return []
    places = _inside_words("key", text, sentence, align_params)
    if not places and align_params.ignore_case:
        places = _inside_words("folded", text, sentence, align_params)
        if is_short_capitals(text):
            places = with_capitals(places, sentence)
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
