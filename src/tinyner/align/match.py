"""Where a mention stands in a sentence, and how exactly.

Tried in this order, and the first that finds a place is the answer: the mention's words as they
stand; white space elsewhere (``Miller's`` for ``Miller 's``); other case; punctuation at an edge
(``Paris.`` for ``Paris .``, ``Blair`` in ``"Blair``); pieces with words between them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tinyner.params import Align

Place = tuple[int, int]
"""Half-open range of words."""

Kind = Literal["exact", "whitespace_fixed", "case_fixed", "boundary_snapped", "discontinuous"]

# A word of these at the edge of a match was glued to the mention by whoever wrote it, unless it closes a bracket.
_EDGE = frozenset(",.;:\"'`()[]{}") | {"``", "''", "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.\]?|\N{HORIZONTAL ELLIPSIS})\s*")


@dataclass(frozen=True)
class Match:
    """How a mention was found, and all its places; for a discontinuous one the places are its fragments."""

    kind: Kind
    places: tuple[Place, ...]


def find(text: str, words: Sequence[str], knobs: Align) -> Match | None:
    """The places of a mention's text among a sentence's words; None where it has none.

    >>> from tinyner.params import Align
    >>> knobs = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)
    >>> find("paris", ["In", "Paris", ",", "Paris", "!"], knobs)
    Match(kind='case_fixed', places=((1, 2), (3, 4)))
    >>> find("North Korea", ["North", "and", "South", "Korea"], knobs)
    Match(kind='discontinuous', places=((0, 1), (3, 4)))
    """
    tokens = text.split()
    if not tokens:
        return None
    found = _whole_words(tokens, words, knobs)
    if found or knobs.snap == "off":
        return found or _discontinuous(text, words, knobs)
    bare = text.strip(" \t\n" + "".join(mark for mark in _EDGE if len(mark) == 1))
    if bare != text and bare:
        found = _whole_words(bare.split(), words, knobs)
        if found:
            return Match("boundary_snapped", found.places)
    return _inside_words(bare or text, words, knobs) or _discontinuous(text, words, knobs)


def _same(one: str) -> str:
    return one


def _whole_words(tokens: Sequence[str], words: Sequence[str], knobs: Align) -> Match | None:
    places = _windows(tokens, words, _same)
    if places:
        return Match("exact", places)
    places = _glued("".join(tokens), words, _same)
    if places:
        return _trimmed(places, words) if knobs.snap != "off" else Match("whitespace_fixed", places)
    if not knobs.ignore_case:
        return None
    places = _windows(tokens, words, str.casefold) or _glued("".join(tokens), words, str.casefold)
    if places:
        trimmed = _trimmed(places, words)
        return trimmed if trimmed.kind == "boundary_snapped" and knobs.snap != "off" else Match("case_fixed", places)
    return None


def _windows(tokens: Sequence[str], words: Sequence[str], form: Callable[[str], str]) -> tuple[Place, ...]:
    """Places where the words are the tokens, one by one."""
    wanted = [form(token) for token in tokens]
    have = [form(word) for word in words]
    size = len(wanted)
    return tuple((start, start + size) for start in range(len(have) - size + 1) if have[start : start + size] == wanted)


def _glued(compact: str, words: Sequence[str], form: Callable[[str], str]) -> tuple[Place, ...]:
    """Places where the words, without the spaces between them, are the mention without its own."""
    wanted = form(compact)
    places: list[Place] = []
    for start in range(len(words)):
        have = ""
        for end in range(start, len(words)):
            have += form(words[end])
            if len(have) >= len(wanted):
                if have == wanted:
                    places.append((start, end + 1))
                break
    return tuple(places)


def _trimmed(places: tuple[Place, ...], words: Sequence[str]) -> Match:
    """Places found without spaces, less the punctuation at their edges."""
    shorter: list[Place] = []
    for start, end in places:
        first, last = start, end
        while last - first > 1 and words[last - 1] in _EDGE and not _closes(words, first, last):
            last -= 1
        while last - first > 1 and words[first] in _EDGE and not _closes(words, first, last):
            first += 1
        shorter.append((first, last))
    changed = tuple(shorter) != places
    return Match("boundary_snapped" if changed else "whitespace_fixed", tuple(shorter))


def _closes(words: Sequence[str], start: int, end: int) -> bool:
    """Whether the brackets of a range are balanced, and one of them stands at its edge: ``Party ( PLO )``."""
    inside = words[start:end]
    return any(
        (inside[-1] == closing or inside[0] == opening) and inside.count(opening) == inside.count(closing)
        for opening, closing in _BRACKETS.items()
    )


def _inside_words(text: str, words: Sequence[str], knobs: Align) -> Match | None:
    """Places where the mention is part of a word, the rest of which the parameter ``snap`` allows."""
    pattern = r"\s*".join(re.escape(token) for token in text.split())
    sentence = " ".join(words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    modes = (0, re.IGNORECASE) if knobs.ignore_case else (0,)
    for flags in modes:
        places: list[Place] = []
        for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", sentence, flags):
            start = next(index for index in range(len(words)) if starts[index + 1] > found.start())
            end = next(index for index in range(len(words), 0, -1) if starts[index - 1] < found.end())
            rest = sentence[starts[start] : found.start()] + sentence[found.end() : starts[end] - 1]
            if knobs.snap == "word" or not any(character.isalnum() for character in rest):
                places.append((start, end))
        if places:
            # Two finds in one word are one place.
            return Match("boundary_snapped", tuple(dict.fromkeys(places)))
    return None


def _discontinuous(text: str, words: Sequence[str], knobs: Align) -> Match | None:
    """Fragments in the sentence's order: written with an ellipsis, or a few words apart."""
    forms: tuple[Callable[[str], str], ...] = (_same, str.casefold) if knobs.ignore_case else (_same,)
    pieces = [piece.split() for piece in _ELLIPSIS.split(text) if piece.strip()]
    gap = len(words)
    if len(pieces) < 2:
        pieces, gap = [[token] for token in text.split()], knobs.max_gap
    if len(pieces) < 2 or not gap:
        return None
    for form in forms:
        chains = [[place] for place in _windows(pieces[0], words, form)]
        for piece in pieces[1:]:
            places = _windows(piece, words, form)
            # The nearest continuation of each beginning is enough for the shortest chain.
            chains = [
                [*chain, min(following)]
                for chain in chains
                if (following := [place for place in places if 0 <= place[0] - chain[-1][1] <= gap])
            ]
        if chains:
            fragments = _merged(min(chains, key=lambda chain: (chain[-1][1] - chain[0][0], chain)))
            if len(fragments) > 1:
                return Match("discontinuous", fragments)
            # Pieces that stand side by side are a mention like any other.
            return Match("whitespace_fixed", _windows([token for piece in pieces for token in piece], words, form))
    return None


def _merged(chain: Sequence[Place]) -> tuple[Place, ...]:
    """Fragments that touch, as one."""
    merged = [chain[0]]
    for start, end in chain[1:]:
        if merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
