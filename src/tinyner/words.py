"""Split a text into sentences and words, for prepare and predict alike. docs/pipeline.md has the rules.

The base is NLTK's word tokenizer, which splits as CoNLL does. Places are half-open and count code points of the text
as it was given. Every character but white space and the zero-width space is in exactly one word, also one that can't
be seen.
"""

import importlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

import regex

from tinyner.hollow import hollow
from tinyner.sentences import WHITE, is_abbreviation, sentence_places

__all__ = [
    "WHITE",
    "nltk_words_of",
    "places_in_sentence",
    "sentence_places",
    "stands_without_space",
    "word_places",
    "words_of",
]

_CHUNK = re.compile(rf"[^{WHITE}]+")
_CACHED_LENGTH = 64  # of a chunk in characters; a longer one hardly comes twice

# Signs that are split as the ASCII sign that they stand for: apostrophes, hyphens, full-width letters and marks.
_LOOKALIKES = {
    **dict.fromkeys("\u2019\u02bc\u02b9\u2032\xb4\u201b", "'"),
    **dict.fromkeys("\u2010\u2011\u2212\ufe63\u05be", "-"),
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
# Signs that belong to the word between whose letters they stand: the Catalan middle dot, marks of Armenian and Hebrew,
# the Arabic separators of numbers, the hyphenation point, the fraction slash, a quotation mark taken for an apostrophe.
_INNER = frozenset("\xb7\u0387\u2027\u2044\u055a\u055b\u055c\u055d\u055e\u055f\u05f3\u05f4\u066b\u066c\u2018")
# Scripts without white space between words, and Hangul, whose particles are written together with a name.
_BY_CHARACTER = regex.compile(
    r"(?!\d)[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\uff70]"
)
_SIGN = regex.compile(r"\X")  # a letter with its marks
_HEBREW = regex.compile(r"\p{Hebrew}")
# Words of which NLTK makes one (most texts have few others).
_PLAIN = re.compile(r"(?!(?:cannot|gimme|gonna|gotta|lemme|wanna)$)[a-z0-9]+(?:-[a-z0-9]+)*", re.IGNORECASE)
# Signs that NLTK leaves at a word: commas and colons but within a number, the bar of a table, a slash between words,
# what sets a word off (_Rome_).
_ALONE = re.compile(
    r"(?<!\d)[,:]|[,:](?!\d)|\||(?<=[^\W\d_]{2})/(?=[^\W\d_]{2})|(?<![^\W_])[_~](?=\w)|(?<=\w)[_~](?![^\W_])"
)
# What NLTK parts and CoNLL doesn't: addresses, cannot, S&P, US$, dashes of ASCII.
_WHOLE = re.compile(
    r"""(?:(?:https?|ftp)://|www\.|(?<![\w.-])[\w-]+(?:\.[\w-]+)+/)[^\s<>"]*[^\s<>"'.,;:!?)\]}]
    | (?<![\w.+-])[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+ | (?i:\bcannot\b) | \b[A-Z]+(?:&[A-Z]+)+\b | \b[A-Z]{1,3}\$ | --+""",
    re.VERBOSE,
)
_CLOSED_STOP = re.compile(r"""(?P<word>[\w.&-]{0,40}[^\s.])\.(?=["\s)\]}>])""")  # Rome."
_STUCK_STOP = regex.compile(r"(?<![\w.])(?P<word>\p{Lu}\p{Ll}{1,5}|\d{1,3})\.(?=\p{Lu}\p{Ll})")  # Dr.Smith, 1.Rome
_FINAL_STOP = re.compile(r"""(?<=[^\s.])\.(?=["'\s)\]}>]*$)""")
_CLOSING = re.compile(r"""["'\s)\]}>]+""")


def words_of(text: str) -> list[str]:
    """Return the words of a text, each as it stands there.

    >>> words_of("Mr Blair's plan, he said.")
    ['Mr', 'Blair', "'s", 'plan', ',', 'he', 'said', '.']
    """
    return [text[start:end] for start, end in word_places(text)]


def nltk_words_of(sentence: str) -> list[str]:
    """Return the words of one sentence as NLTK has them, without the rules of this module.

    >>> nltk_words_of("Rome. I cannot.")
    ['Rome.', 'I', 'can', 'not', '.']
    """
    return [sentence[start:end] for start, end in _nltk().span_tokenize(sentence)]


def word_places(text: str) -> list[tuple[int, int]]:
    """Return the places of a text's words, in order; the text may have several sentences.

    >>> word_places("He left.")
    [(0, 2), (3, 7), (7, 8)]
    """
    return [place for start, end in sentence_places(text) for place in places_in_sentence(text, start, end)]


def stands_without_space(left: str, right: str) -> bool:
    """Return whether two words end and begin with letters of scripts that are split by character.

    >>> stands_without_space("東", "京"), stands_without_space("Tokyo", "京")
    (True, False)
    """
    if left.isascii() or right[:1].isascii():
        return False
    ends = _SIGN.findall(left)[-1:] + _SIGN.findall(right)[:1]
    return len(ends) == 2 and all(_BY_CHARACTER.match(sign) for sign in ends)


def places_in_sentence(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the places of the words of one sentence, which stands at ``start:end`` of its text."""
    chunks = [match.span() for match in _CHUNK.finditer(text, start, end)]
    last = len(chunks) - 1  # the chunk that has the sentence's stop, if any has
    while last > 0 and _CLOSING.fullmatch(_skeleton(text[slice(*chunks[last])])[1]):
        last -= 1
    for index, (chunk_start, chunk_end) in enumerate(chunks):
        chunk = text[chunk_start:chunk_end]
        ends = (_word_ends if len(chunk) <= _CACHED_LENGTH else _word_ends.__wrapped__)(chunk, index == last)
        word_start = chunk_start
        for word_end in ends:
            yield word_start, chunk_start + word_end
            word_start = chunk_start + word_end


@lru_cache(maxsize=1 << 16)
def _word_ends(chunk: str, is_last: bool) -> tuple[int, ...]:
    """Return where the words of a chunk end, a run of characters without white space.

    ``is_last``: a stop at its end is the sentence's.
    """
    if _PLAIN.fullmatch(chunk):
        return (len(chunk),)
    ends, skeleton = _skeleton(chunk)
    inside = {place for match in _WHOLE.finditer(skeleton) for place in range(match.start() + 1, match.end())}
    alone = {match.start() for match in _ALONE.finditer(skeleton)} - inside
    for match in _CLOSED_STOP.finditer(skeleton):
        if not is_abbreviation(match["word"]):
            alone.add(match.end() - 1)
    if is_last:
        # Letters of scripts without white space are spaces in the skeleton: a stop before them is not the last.
        finals = (match.start() for match in _FINAL_STOP.finditer(skeleton))
        alone |= {final for final in finals if not any(map(str.isalnum, chunk[ends[final] :]))}
    parted = "".join(" " if place in alone else sign for place, sign in enumerate(skeleton))
    alone = {place for place, sign in enumerate(parted) if sign == " "}
    stuck = {
        match.end()
        for match in _STUCK_STOP.finditer(skeleton)
        if match["word"].isdigit() or is_abbreviation(match["word"])
    }
    cuts = {*_nltk_cuts(parted), *alone, *(place + 1 for place in alone), *stuck, len(skeleton)} - inside - {0}
    return tuple(ends[cut - 1] for cut in sorted(cuts))


def _skeleton(chunk: str) -> tuple[Sequence[int], str]:
    """Return a chunk as NLTK understands it, a sign for each that a reader sees, and where in the chunk each ends.

    Combining marks and signs that can't be seen join what they follow, at the chunk's beginning what follows them. A
    space stands for a sign that is a word of its own.
    """
    if chunk.isascii() and chunk.isprintable():
        return range(1, len(chunk) + 1), chunk
    ends: list[int] = []
    signs: list[str] = []
    for match in regex.finditer(r"\X", chunk):
        sign = next((character for character in match.group() if not _joins(character)), "")
        if signs and not (sign and signs[-1]):
            ends[-1] = match.end()
            signs[-1] += sign
        else:
            ends.append(match.end())
            signs.append(sign)
    signs = [_LOOKALIKES.get(sign, sign) for sign in signs]
    return (
        ends,
        "".join(
            "a"
            if sign == '"' and _HEBREW.match(before) and _HEBREW.match(behind)  # for gershayim
            else _letter(sign, is_inner=before.isalnum() and behind.isalnum())
            for before, sign, behind in zip(["", *signs], signs, [*signs[1:], ""], strict=False)
        ),
    )


def _joins(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf", "Cc")


def _letter(sign: str, *, is_inner: bool) -> str:
    """Return what stands for a sign in the skeleton; ``is_inner``: it is between two letters or digits."""
    if not sign:
        return "a"
    if sign in _INNER and is_inner:
        return "'" if sign == "\u2018" else "a"
    is_word = _BY_CHARACTER.match(sign) or (not sign.isascii() and unicodedata.category(sign)[0] in "PSC")
    return " " if is_word else sign


def _nltk_cuts(text: str) -> Iterator[int]:
    """Yield where NLTK's words begin and end in a text that is no sentence's end.

    NLTK gives words, not places, and some quotation marks as other signs.
    """
    place = 0
    for word in _nltk().tokenize(f"{text} x")[:-1]:
        while text[place] == " ":
            place += 1
        yield place
        if text.startswith(word, place):
            place += len(word)
        else:
            place += 1 if text[place] == '"' else 2
        yield place


@cache
def _nltk() -> Any:
    """Return NLTK's word tokenizer."""
    with hollow("nltk", "nltk.tokenize"):
        return importlib.import_module("nltk.tokenize.destructive").NLTKWordTokenizer()
