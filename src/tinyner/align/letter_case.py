"""Where the case of letters may be ignored: not where that could turn a common word into a name.

A mention in capitals of up to four letters (``US``, ``IT``, ``WHO``) needs capitals in the sentence, unless the whole
sentence is in one case. A word of four letters inside the sentence need only begin with a capital: newspapers write
``Nato``. Longer mentions, those with other signs (``G8``, ``AT&T``), and those that are not in capitals may have any
case: types need not be proper names, and a model writes ``Warfarin`` for ``warfarin``.
"""

from collections.abc import Sequence

from tinyner.align.edges import Place, bare
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.comparison_key import comparison_key

_MOST_LETTERS = 4


def is_short_capitals(text: str) -> bool:
    """Return whether a mention, without its edges, is in capitals, of letters only, and of up to four.

    >>> is_short_capitals("US"), is_short_capitals('"IT"'), is_short_capitals("U.S."), is_short_capitals("Us")
    (True, True, False, False)
    """
    key = bare(comparison_key(text))
    return len(key) <= _MOST_LETTERS and key.isalpha() and key.isupper()


def allowed_in_any_case(text: str, places: Sequence[Place], sentence: SearchedSentence) -> list[Place]:
    """Return those of the places which equal a mention but for case, and at which it may stand.

    If the mention has a capital, and some of the places have one, the others are not meant: in ``MAY they may`` ``May``
    is the first word alone.
    """
    if is_short_capitals(text):
        return [place for place in places if sentence.is_in_one_case or _has_capitals(place, sentence)]
    with_capital = [place for place in places if _has_capital(sentence.text_of(place))]
    return with_capital if with_capital and _has_capital(text) else list(places)


def _has_capital(text: str) -> bool:
    return any(character.isupper() for character in text)


def _has_capitals(place: Place, sentence: SearchedSentence) -> bool:
    letters = "".join(character for character in sentence.text_of(place) if character.isalpha())
    if not any(letter.islower() for letter in letters):
        return True
    start = place[0]
    is_inside = start > 0 and any(character.isalnum() for character in sentence.words[start - 1])
    return is_inside and len(letters) == _MOST_LETTERS and letters[0].isupper()
