"""Edges: the signs around a mention that are no part of the name, in its text and in the words where it was found.

Edges are quotes of every language, brackets, dashes, bullets, commas, stops, Markdown's marks and markers of a list,
HTML tags. A bracket or a double quote stays where its pair is inside the name: ``Party ( PLO )``,
``" Weird Al " Yankovic``. An end sign (``?``, ``!``, ``。``) belongs to the name if the sentence goes on behind it:
``He joined Yahoo ! today``.
"""

# ruff: noqa: RUF001 (the signs are the matter here)

import re
from collections.abc import Sequence

from tinyner.comparison_key import BULLETS, DASHES, QUOTES

Place = tuple[int, int]
"""Half-open range of words."""

_BRACKETS = dict(
    zip("([{（［｛【〔〖〘〚⟦⟨⟪❨❪❲⦅｟﹙﹛﹝⁅༺༼<＜", ")]}）］｝】〕〗〙〛⟧⟩⟫❩❫❳⦆｠﹚﹜﹞⁆༻༽>＞", strict=True)
)
_BRACKET_SIGNS = "".join(_BRACKETS) + "".join(_BRACKETS.values())
_COMMAS = ",;:、，､；：،؛՝፣፤፥፦၊᠂᠈﹐﹑﹔﹕"
_STOPS = ".…‥．۔।॥։።፧፨။།༎។៕᠃᠉·︙⋯\u0387"
_END_SIGNS = frozenset("?!？！‽⁇⁈⁉؟՞՜﹖﹗⸮\u037e。｡")
_OPENING_SIGNS = "¿¡"
_MARKUP = "*_|~=\\"

_EDGES = QUOTES + DASHES + BULLETS + _BRACKET_SIGNS + _COMMAS + _STOPS + _OPENING_SIGNS + _MARKUP
_QUOTE_SIGNS = frozenset(QUOTES)
_EDGE_SIGNS = frozenset(_EDGES)
_EDGE_AND_END_SIGNS = _EDGE_SIGNS | _END_SIGNS
_NEVER_PART_OF_A_NAME = frozenset(QUOTES + DASHES + BULLETS + _COMMAS)
_PLACEHOLDER_SIGNS = frozenset(_EDGES + "?？。｡/") - frozenset("<>=~")
_DOUBLE_QUOTES = frozenset({*'"“”„‟«»「」『』《》〝〞〟＂', "``", "''"})
_PAIRED = _DOUBLE_QUOTES | frozenset(_BRACKET_SIGNS)

# So that no text takes long.
_MOST_LAYERS, _MOST_SIGNS = 60, 50

_LIST_MARKER = re.compile(
    rf"(?:[-+>#*{re.escape(BULLETS + DASHES)}]+|\(?\d{{1,3}}[.)]|\(?[a-z]\)|\[[ xX]?\])\s+(?=\S)|#+(?=[^\W\d])"
)
_FOOTNOTE = re.compile(r"(?<=\S)\s*(?:\[\d{1,3}\]|【[^【】]*】)\Z")
_TAGS = re.compile(r"<([A-Za-z][\w-]*)[^<>]*>(.*)</\1\s*>", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]+)\]\([^()\s]*\)")
_MINUS = re.compile(rf"[{re.escape(DASHES)}]\d")


def is_placeholder(text: str) -> bool:
    """Return whether a text has only signs that stand for "none": dashes, dots, quotes, brackets, ``?``, ``/``.

    >>> is_placeholder("-"), is_placeholder("..."), is_placeholder("%"), is_placeholder("C++")
    (True, True, False, False)
    """
    return all(character in _PLACEHOLDER_SIGNS or character.isspace() for character in text)


def unwrapped(text: str) -> str:
    """Return a mention without quotes, brackets, Markdown and markers of a list; with its end sign.

    >>> unwrapped("- **Rosa**"), unwrapped("«Jeopardy!»"), unwrapped("1. [Rosa](https://rosa.example)"), unwrapped("-5")
    ('Rosa', 'Jeopardy!', 'Rosa', '-5')
    """
    return _stripped(text, _EDGE_SIGNS)


def bare(text: str) -> str:
    """Return a mention without edges and without its end sign.

    >>> bare("“Is it Bonn?”"), bare("Party (PLO)"), bare("!!!")
    ('Is it Bonn', 'Party (PLO)', '')
    """
    return _stripped(text, _EDGE_AND_END_SIGNS)


def innermost(text: str) -> str:
    """Return a mention without any sign at its ends, also one whose pair seems to be inside: an odd sign may be that.

    >>> bare("(Rosa :) Blair)"), innermost("(Rosa :) Blair)")
    ('(Rosa :) Blair', 'Rosa :) Blair')
    """
    return _stripped(text, _EDGE_AND_END_SIGNS, keep_pairs=False)


def _stripped(text: str, signs: frozenset[str], *, keep_pairs: bool = True) -> str:
    """Strip a layer at a time, from the outside; a quote or bracket at one end alone is the last thing to go.

    So an odd one inside is not taken for the pair of one at an end, while its pair stands behind Markdown at the other.
    """
    for _ in range(_MOST_LAYERS):
        before = text
        text = text.strip()
        if text.endswith(("]", "】")):
            text = _FOOTNOTE.sub("", text)
        if text.endswith(">") and (tags := _TAGS.fullmatch(text)):
            text = tags[2]
        if text.endswith(")") and (link := _LINK.fullmatch(text)):
            text = link[1]
        if marker := _LIST_MARKER.match(text):
            text = text[marker.end() :]
        text = _without_signs(text, signs - _PAIRED)
        if text == before:
            text = _without_pair(text, signs, keep_pairs=keep_pairs)
        if text == before:
            text = _without_signs(text, signs, keep_pairs=keep_pairs)
        if text == before:
            break
    return text


def _without_pair(text: str, signs: frozenset[str], *, keep_pairs: bool) -> str:
    """Strip double quotes that stand at both ends, or brackets around all; not to keep pairs, any at both ends."""
    first, last = 0, len(text)
    most = min(last, _MOST_SIGNS)
    while last - first > 1 and first < most and text[first] in _DOUBLE_QUOTES and text[last - 1] in _DOUBLE_QUOTES:
        first, last = first + 1, last - 1
    if first == 0 and last > 1 and text[0] in signs and text[-1] in signs:
        is_pair = _wraps(text) if keep_pairs else text[-1] == _BRACKETS.get(text[0])
        first, last = (1, last - 1) if is_pair else (0, last)
    return text[first:last]


def _without_signs(text: str, signs: frozenset[str], *, keep_pairs: bool = True) -> str:
    """Strip signs at the ends, but a minus before a digit, and, to keep pairs, those whose pair is inside."""
    first, last = 0, len(text)
    most = min(last, _MOST_SIGNS)
    while last > max(first, len(text) - most) and text[last - 1] in signs:
        if keep_pairs and _has_pair(text[first:last], at_end=True):
            break
        last -= 1
    while first < min(last, most) and text[first] in signs and not _MINUS.match(text, first):
        if keep_pairs and _has_pair(text[first:last], at_end=False):
            break
        first += 1
    return text[first:last]


def trimmed(words: Sequence[str], place: Place, as_written: bool) -> Place:
    """Return a place without the words at its ends that are edges; at least one word is left.

    Args:
        words: the sentence.
        place: a range of its words.
        as_written: whether the mention has these very words, with spaces around the signs. Then stops, brackets and
            end signs are left, which a name may have; else only those end signs that the sentence has inside.
    """
    first, last = place
    while last - first > 1:
        inside = words[first:last]
        if _is_edge(words, first, last, last - 1, as_written) and not _has_pair(inside, at_end=True):
            last -= 1
        elif _is_edge(words, first, last, first, as_written) and not _has_pair(inside, at_end=False):
            first += 1
        elif last - first > 2 and not as_written and _wraps(inside):
            first, last = first + 1, last - 1
        else:
            break
    return first, last


def _is_edge(words: Sequence[str], first: int, last: int, index: int, as_written: bool) -> bool:
    signs = frozenset(words[index])
    if as_written:
        return signs <= _NEVER_PART_OF_A_NAME
    if index == last - 1 and signs <= _END_SIGNS:
        return not _goes_on(words, first, last)
    return signs <= _EDGE_AND_END_SIGNS


def _goes_on(words: Sequence[str], first: int, last: int) -> bool:
    """Return whether the sentence goes on behind a place that ends with an end sign, so that the sign is the name's.

    It does if a word that doesn't begin with a capital follows; or if quotes enclose just this place.
    """
    if last == len(words):
        return False
    following = words[last]
    if _QUOTE_SIGNS.issuperset(following):
        return any(_QUOTE_SIGNS.issuperset(word) for word in words[max(first - 1, 0) : first + 1])
    return not (following[:1].isupper() or following in _BRACKETS.values() or _END_SIGNS.issuperset(following))


def _has_pair(signs: Sequence[str], *, at_end: bool) -> bool:
    """Return whether the last sign (or the first) is a bracket or a double quote that has its pair.

    That of a double quote must not be the other end. ``signs`` are the characters of a text or the words of a place.
    """
    sign, other = (signs[-1], signs[0]) if at_end else (signs[0], signs[-1])
    for opening, closing in _BRACKETS.items():
        if sign == (closing if at_end else opening):
            return signs.count(opening) == signs.count(closing)
    if sign not in _DOUBLE_QUOTES or other in _DOUBLE_QUOTES:
        return False
    return sum(part in _DOUBLE_QUOTES for part in signs) % 2 == 0


def _wraps(signs: Sequence[str]) -> bool:
    """Return whether the first and the last sign are a pair of brackets that encloses all between them."""
    closing = _BRACKETS.get(signs[0])
    if closing is None or signs[-1] != closing:
        return False
    depth = 0
    for sign in signs[:-1]:
        depth += (sign == signs[0]) - (sign == closing)
        if depth == 0:
            return False
    return True
