"""Find the places of a mention in a sentence, exactly or with small differences.

A mention is searched for as it is written; then without quotes, brackets and Markdown around it; then without an end
sign, too; then inside words whose rest is punctuation; then without any sign at its ends, also one that could have its
pair inside; then in pieces. ``whole_words`` has the order of the searches for a text. The first search that finds a
place is the last; of its places, those that differ least are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tinyner.align.edges import Place, bare, innermost, is_placeholder, trimmed, unwrapped
from tinyner.align.pieces import find_pieces, without_ellipsis
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.align.searches import inside_words, whole_words
from tinyner.comparison_key import comparison_key, fold_case, without_escapes
from tinyner.params import Align

Difference = Literal["exact", "whitespace_fixed", "case_fixed", "boundary_snapped", "spelling_fixed"]
"""How the words of a place differ from the mention: the last of these that is needed to make them equal."""

Kind = Literal[Difference, "discontinuous", "other_case"]

_DIFFERENCES: tuple[Difference, ...] = ("exact", "whitespace_fixed", "case_fixed", "boundary_snapped", "spelling_fixed")

# A mention may have a soft hyphen or the like behind each letter, and Markdown around it.
_SIGNS_A_LETTER, _LONGEST_WRAPPING = 4, 200


@dataclass(frozen=True)
class Match:
    """The kind of match and all its places.

    Of a discontinuous mention the places are its fragments. If a mention is there in ``other_case`` only, in which it
    may be a common word, these are not places to label.
    """

    kind: Kind
    places: tuple[Place, ...]


def find_mention(text: str, sentence: SearchedSentence, align_params: Align) -> Match | None:
    """Return the places of a mention's text in a sentence, None where it has none.

    >>> from tinyner.params import Align
    >>> align_params = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)
    >>> find_mention("paris", SearchedSentence(["In", "Paris", ",", "Paris", "!"]), align_params)
    Match(kind='case_fixed', places=((1, 2), (3, 4)))
    >>> find_mention("M&uuml;ller", SearchedSentence(["Herr", "Müller"]), align_params)
    Match(kind='spelling_fixed', places=((1, 2),))
    >>> find_mention("North Korea", SearchedSentence(["North", "and", "South", "Korea"]), align_params)
    Match(kind='discontinuous', places=((0, 1), (3, 4)))
    """
    tokens = text.split()
    if not tokens or is_placeholder(text):
        return None
    places = sentence.places_of_words(tokens)
    if places:
        return _match(text, places, sentence, align_params, as_written=True)
    decoded = without_escapes(text)
    if len(decoded) > _SIGNS_A_LETTER * len(sentence.as_written.text) + _LONGEST_WRAPPING:
        return None  # so that no text takes long
    texts = [text]
    if align_params.snap != "off":
        texts += [variant for variant in (unwrapped(decoded), bare(decoded)) if variant not in ("", texts[-1])]
    if sentence.may_hold(texts[-1]):
        for variant in texts:
            for places in whole_words(variant, sentence, align_params):
                if places:
                    return _match(text, places, sentence, align_params)
        for variant in texts[1:] or texts:
            places = inside_words(variant, sentence, align_params)
            if places:
                return _match(text, places, sentence, align_params)
    inner = innermost(decoded) if align_params.snap != "off" else ""
    if inner not in ("", *texts) and sentence.may_hold(inner):
        for places in whole_words(inner, sentence, align_params):
            if places:
                return _match(text, places, sentence, align_params)
    pieces = find_pieces(text, sentence, align_params)
    if len(pieces) > 1:
        return Match("discontinuous", pieces)
    if pieces:
        alike = sentence.as_written.places_of(sentence.text_of(pieces[0]))
        return _match(without_ellipsis(text), alike or pieces, sentence, align_params)
    in_other_case = sentence.places_in("folded", texts[-1])
    return Match("other_case", tuple(in_other_case)) if in_other_case else None


def _match(
    text: str, places: Sequence[Place], sentence: SearchedSentence, align_params: Align, as_written: bool = False
) -> Match:
    """Return a match at the places that differ least from the mention, without their edges."""
    places = sentence.not_within_katakana(places)
    if align_params.snap != "off":
        places = [trimmed(sentence.words, place, as_written) for place in places]
    differences = {place: _difference(text, place, sentence, as_written) for place in places}
    least = min(differences.values(), key=_DIFFERENCES.index)
    return Match(least, tuple(place for place, difference in differences.items() if difference == least))


def _difference(text: str, place: Place, sentence: SearchedSentence, as_written: bool) -> Difference:
    words = sentence.words[slice(*place)]
    if as_written:
        return "exact" if text.split() == words or sentence.is_written(text, place) else "boundary_snapped"
    mention, place_text = _without_spaces(text), _without_spaces("".join(words))
    if mention == place_text:
        return "exact" if sentence.is_written(text, place) else "whitespace_fixed"
    if _differ_in_case(mention, place_text) and fold_case(mention) == fold_case(place_text):
        return "case_fixed"
    part = _without_spaces(bare(" ".join(words)))
    names = [_without_spaces(name) for name in dict.fromkeys((bare(text), innermost(text)))]
    is_part = any(
        name in part or (_differ_in_case(name, part) and fold_case(name) in fold_case(part)) for name in names
    )
    return "boundary_snapped" if is_part else "spelling_fixed"


def _differ_in_case(text: str, other: str) -> bool:
    """Return whether a text is not in another by its key. To fold the case makes ``ﬁ`` and ``fi`` equal, too."""
    return comparison_key(text) not in comparison_key(other)


def _without_spaces(text: str) -> str:
    return "".join(text.split())
