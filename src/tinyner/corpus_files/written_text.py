"""The text of a sentence as it is written, where its words with spaces between them would be another.

Scripts without white space between words, and Hangul, have a word a character here (``tinyner.words``). With spaces
between them, an LLM would be shown a text that nobody writes.
"""

from collections.abc import Sequence
from itertools import pairwise

import regex

from tinyner.words import WHITE, stands_without_space

# Where the text is not known, words of these stand together; Hangul has spaces that could not be told.
_WITHOUT_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_MARK = regex.compile(r"[\u3001-\u303f\u30fb\u30fc\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")


def of_places(text: str, places: Sequence[tuple[int, int]]) -> str | None:
    """Return a text with a single space for each run of white space, if words stand together in it as above.

    Args:
        text: of a sentence, perhaps with more around it.
        places: of its words, all that is no white space.

    Returns:
        None if its words with spaces between them will do, as in scripts with white space between words.

    >>> of_places("林さん は NTTへ", [(0, 1), (1, 2), (2, 3), (4, 5), (6, 9), (9, 10)])
    '林さん は NTTへ'
    >>> of_places("He left.", [(0, 2), (3, 7), (7, 8)])
    """
    words = [text[start:end] for start, end in places]
    are_apart = [end < start for (_, end), (start, _) in pairwise(places)]
    return _joined(words, are_apart)


def of_text(text: str, words: Sequence[str]) -> str | None:
    """Return what ``of_places`` does for words that stand in a text, None if the text has other words.

    >>> of_text("東京へ", ["東京", "へ"]), of_text("東京へ", ["京都", "へ"])
    ('東京へ', None)
    """
    places: list[tuple[int, int]] = []
    position = 0
    for word in words:
        start = text.find(word, position)
        if start < 0 or text[position:start].strip(WHITE):
            return None
        position = start + len(word)
        places.append((start, position))
    return None if text[position:].strip(WHITE) else of_places(text, places)


def of_words(words: Sequence[str]) -> str | None:
    """Return the text of words that came without one, None if spaces belong between all of them.

    >>> of_words(["林", "さん", "は", "IBM", "へ", "。"]), of_words(["김", "철", "수"])
    ('林さんは IBM へ。', None)
    """
    if not any(map(_WITHOUT_SPACES.search, words)):
        return None
    return _joined(words, [not _stand_together(left, right) for left, right in pairwise(words)])


def _joined(words: Sequence[str], are_apart: Sequence[bool]) -> str | None:
    pairs = zip(pairwise(words), are_apart, strict=True)
    if not any(stands_without_space(left, right) and not is_apart for (left, right), is_apart in pairs):
        return None
    return "".join(f"{word} " if is_apart else word for word, is_apart in zip(words, [*are_apart, False], strict=True))


def _stand_together(left: str, right: str) -> bool:
    last, first = left[-1:], right[:1]
    scripts = [bool(_WITHOUT_SPACES.search(word)) for word in (left, right)]
    signs = [_MARK.match(sign) is not None for sign in (last, first)]
    return all(script or sign for script, sign in zip(scripts, signs, strict=True)) and any(scripts)
