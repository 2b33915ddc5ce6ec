"""Find the places of a mention in a sentence, exactly or with small differences.

The kinds of match are tried in this order, and the first with a place is returned: the same words; other
white space (``Miller's`` for ``Miller 's``); other case; punctuation at an edge (``Paris.`` for ``Paris .``,
``Blair`` in ``"Blair``); fragments with words between them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tinyner.params import Align

Place = tuple[int, int]
"""Half-open range of words."""

Kind = Literal["exact", "whitespace_fixed", "case_fixed", "boundary_snapped", "discontinuous"]

# Such a word at the edge of a match is no part of the mention, unless it is a bracket whose pair is inside.
_EDGE = frozenset(",.;:\"'`()[]{}") | {"``", "''", "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|\N{HORIZONTAL ELLIPSIS})\s*")


@dataclass(frozen=True)
class Match:
    """The kind of match and all its places; of a discontinuous mention the places are its fragments."""

    kind: Kind
    places: tuple[Place, ...]


def find_mention(text: str, words: Sequence[str], align_params: Align) -> Match | None:
    """Return the places of a mention's text among a sentence's words, None where it has none.

    >>> from tinyner.params import Align
    >>> align_params = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)
    >>> find_mention("paris", ["In", "Paris", ",", "Paris", "!"], align_params)
    Match(kind='case_fixed', places=((1, 2), (3, 4)))
    >>> find_mention("North Korea", ["North", "and", "South", "Korea"], align_params)
    Match(kind='discontinuous', places=((0, 1), (3, 4)))
    """
    tokens = text.split()
    if not tokens:
        return None
    match = _whole_words(tokens, words, align_params)
    if match or align_params.snap == "off":
        return match or _discontinuous(text, words, align_params)
    bare = text.strip(" \t\n" + "".join(mark for mark in _EDGE if len(mark) == 1))
    if bare != text and bare:
        match = _whole_words(bare.split(), words, align_params)
        if match:
            return Match("boundary_snapped", match.places)
    return _inside_words(bare or text, words, align_params) or _discontinuous(text, words, align_params)


def _unchanged(word: str) -> str:
    return word


def _whole_words(tokens: Sequence[str], words: Sequence[str], align_params: Align) -> Match | None:
    snap = align_params.snap != "off"
    places = _places_by_word(tokens, words, _unchanged)
    if places:
        return Match("exact", places)
    places = _places_without_spaces(tokens, words, _unchanged)
    if places:
        return _trimmed(places, words) if snap else Match("whitespace_fixed", places)
    if not align_params.ignore_case:
        return None
    places = _places_by_word(tokens, words, str.casefold) or _places_without_spaces(tokens, words, str.casefold)
    if places:
        trimmed = _trimmed(places, words)
        return trimmed if trimmed.kind == "boundary_snapped" and snap else Match("case_fixed", places)
    return None


def _places_by_word(tokens: Sequence[str], words: Sequence[str], normalize: Callable[[str], str]) -> tuple[Place, ...]:
    """Return the places where consecutive words equal the tokens."""
    mention = [normalize(token) for token in tokens]
    sentence = [normalize(word) for word in words]
    size = len(mention)
    starts = range(len(sentence) - size + 1)
    return tuple((start, start + size) for start in starts if sentence[start : start + size] == mention)


def _places_without_spaces(
    tokens: Sequence[str], words: Sequence[str], normalize: Callable[[str], str]
) -> tuple[Place, ...]:
    """Return the places where consecutive words, joined without spaces, equal the tokens joined so."""
    mention = normalize("".join(tokens))
    places: list[Place] = []
    for start in range(len(words)):
        joined = ""
        for end in range(start, len(words)):
            joined += normalize(words[end])
            if len(joined) >= len(mention):
                if joined == mention:
                    places.append((start, end + 1))
                break
    return tuple(places)


def _trimmed(places: tuple[Place, ...], words: Sequence[str]) -> Match:
    """Return a match of these places without the punctuation at their edges."""
    shorter: list[Place] = []
    for start, end in places:
        first, last = start, end
        while last - first > 1 and words[last - 1] in _EDGE and not _edge_bracket_belongs(words, first, last):
            last -= 1
        while last - first > 1 and words[first] in _EDGE and not _edge_bracket_belongs(words, first, last):
            first += 1
        shorter.append((first, last))
    changed = tuple(shorter) != places
    return Match("boundary_snapped" if changed else "whitespace_fixed", tuple(shorter))


def _edge_bracket_belongs(words: Sequence[str], start: int, end: int) -> bool:
    """Return whether a bracket at the edge of a range has its pair within the range: ``Party ( PLO )``."""
    inside = words[start:end]
    return any(
        (inside[-1] == closing or inside[0] == opening) and inside.count(opening) == inside.count(closing)
        for opening, closing in _BRACKETS.items()
    )


def _inside_words(text: str, words: Sequence[str], align_params: Align) -> Match | None:
    """Match a mention that is part of a word, where the parameter ``snap`` allows the rest of that word."""
    pattern = r"\s*".join(re.escape(token) for token in text.split())
    sentence = " ".join(words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    for flags in (0, re.IGNORECASE) if align_params.ignore_case else (0,):
        places: list[Place] = []
        for occurrence in re.finditer(rf"(?<!\w){pattern}(?!\w)", sentence, flags):
            start = next(index for index in range(len(words)) if starts[index + 1] > occurrence.start())
            end = next(index for index in range(len(words), 0, -1) if starts[index - 1] < occurrence.end())
            rest = sentence[starts[start] : occurrence.start()] + sentence[occurrence.end() : starts[end] - 1]
            if align_params.snap == "word" or not any(character.isalnum() for character in rest):
                places.append((start, end))
        if places:
            # Two occurrences within a word are the same place.
            return Match("boundary_snapped", tuple(dict.fromkeys(places)))
    return None


def _discontinuous(text: str, words: Sequence[str], align_params: Align) -> Match | None:
    """Match fragments in the sentence's order: those around an ellipsis, or tokens at most ``max_gap`` words apart."""
    normalizers: list[Callable[[str], str]] = [_unchanged, *([str.casefold] if align_params.ignore_case else [])]
    pieces = [piece.split() for piece in _ELLIPSIS.split(text) if piece.strip()]
    gap = len(words)
    if len(pieces) < 2:
        pieces, gap = [[token] for token in text.split()], align_params.max_gap
    if len(pieces) < 2 or not gap:
        return None
    for normalize in normalizers:
        chains = [[place] for place in _places_by_word(pieces[0], words, normalize)]
        for piece in pieces[1:]:
            places = _places_by_word(piece, words, normalize)
            # To find the shortest chain, the nearest continuation of each start is enough.
            chains = [
                [*chain, min(following)]
                for chain in chains
                if (following := [place for place in places if 0 <= place[0] - chain[-1][1] <= gap])
            ]
        if chains:
            fragments = _merged(min(chains, key=lambda chain: (chain[-1][1] - chain[0][0], chain)))
            if len(fragments) > 1:
                return Match("discontinuous", fragments)
            # Pieces without words between them are a continuous mention.
            tokens = [token for piece in pieces for token in piece]
            return Match("whitespace_fixed", _places_by_word(tokens, words, normalize))
    return None


def _merged(chain: Sequence[Place]) -> tuple[Place, ...]:
    """Join fragments that touch."""
    merged = [chain[0]]
    for start, end in chain[1:]:
        if merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
