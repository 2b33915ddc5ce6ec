"""Find a mention in pieces: around an ellipsis, or words with a few others between them."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from tinyner.align.edges import Place
from tinyner.align.letter_case import allowed_in_any_case
from tinyner.align.searched_sentence import Form, SearchedSentence
from tinyner.params import Align

_ELLIPSIS = re.compile(r" ?(?:[\[(]?\.\.\.[\])]?|\N{HORIZONTAL ELLIPSIS}) ?")


def find_pieces(text: str, sentence: SearchedSentence, align_params: Align) -> tuple[Place, ...]:
    """Return the fragments of a mention in the sentence's order, as few words apart as possible; none if it has none.

    The pieces are those around an ellipsis, however far apart; else its words, at most ``max_gap`` words apart. Pieces
    without words between them are one fragment.
    """
    pieces = [piece for piece in _ELLIPSIS.split(" ".join(text.split())) if piece]
    gap = len(sentence.words)
    if len(pieces) < 2:
        pieces, gap = text.split(), align_params.max_gap
    if len(pieces) < 2 or not gap:
        return ()
    forms: tuple[Form, ...] = ("key", "folded") if align_params.ignore_case else ("key",)
    for form in forms:
        chain = _shortest_chain(pieces, form, sentence, gap)
        if chain:
            return _merged(chain)
    return ()


def without_ellipsis(text: str) -> str:
    """Return a text without ellipses.

    >>> without_ellipsis("Tony ... Blair")
    'Tony Blair'
    """
    return _ELLIPSIS.sub(" ", " ".join(text.split()))


def _shortest_chain(pieces: Sequence[str], form: Form, sentence: SearchedSentence, gap: int) -> list[Place]:
    """Return a place for each piece, in order and at most ``gap`` words apart; none if some piece has none."""
    chains = [[place] for place in _places(pieces[0], form, sentence)]
    for piece in pieces[1:]:
        if not chains:
            return []
        places = _places(piece, form, sentence)
        # To find the shortest chain, the nearest continuation of each start is enough.
        nearest = [bisect_left(places, (chain[-1][1], 0)) for chain in chains]
        chains = [
            [*chain, places[index]]
            for chain, index in zip(chains, nearest, strict=True)
            if index < len(places) and places[index][0] - chain[-1][1] <= gap
        ]
    return min(chains, key=lambda chain: (chain[-1][1] - chain[0][0], chain), default=[])


def _places(piece: str, form: Form, sentence: SearchedSentence) -> list[Place]:
    places = sentence.places_in(form, piece)
    return allowed_in_any_case(piece, places, sentence) if form == "folded" else places


def _merged(chain: Sequence[Place]) -> tuple[Place, ...]:
    """Join fragments that touch."""
    merged = [chain[0]]
    for start, end in chain[1:]:
        if merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)
