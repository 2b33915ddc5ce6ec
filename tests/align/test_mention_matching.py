"""Mention texts in, places out: by the kinds of public bug reports, and for any text."""

# ruff: noqa: RUF001 (the signs are the matter here)

import html
import itertools
import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.align.mention_kinds import KINDS
from tinyner.align.edges import bare, trimmed, unwrapped
from tinyner.align.mention_matching import find_mention
from tinyner.align.searched_sentence import SearchedSentence, letters_of
from tinyner.comparison_key import comparison_key, without_escapes
from tinyner.params import Align

ALIGN_PARAMS = Align(ignore_case=True, snap="punctuation", max_gap=3, ambiguous="first", min_agreement=0.5)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, table in KINDS.items() for name in table])
def test_kinds_of_bug_reports(kind: str, name: str) -> None:
    sentence, mention, outcome, expected = KINDS[kind][name]
    words = sentence.split(" ") if isinstance(sentence, str) else sentence
    match = find_mention(mention, SearchedSentence(words), ALIGN_PARAMS)
    if outcome in ("-", "other_case"):
        assert (match.kind if match else "-") == outcome
        return
    assert match is not None
    assert (match.kind, [words[slice(*place)] for place in match.places]) == (
        outcome,
        [place.split(" ") for place in ([expected] if isinstance(expected, str) else expected)],
    )


NAMES = """
O'Dowd Covid-19 Núñez São Łódź U.S. D.C. AT&T user_name C++ 3.5 1,000 10⁶ Iași Straße İzmir ΟΔΟΣ ΑΘΉΝΑ Wham Rosa Élysée
Żubr ﬁn ＩＢＭ ト 東 京 서울 कमला दिल्ली กรุง باريس مُحَمَّد ישראל 🍎 % € it US us Ann's l'Ouest x\u0302 x M&uuml;ller
"""
EDGE_SIGNS = "\" ' “ ” « » 「 」 ( ) , . ; : ! ? - – -- … • * '' `` / &"
WORD = st.one_of(
    st.sampled_from(NAMES.split()),
    st.sampled_from(EDGE_SIGNS.split()),
    st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo", "M", "N"]), min_size=1, max_size=4),
)
WORDS = st.lists(WORD, min_size=1, max_size=9)


@st.composite
def sentences_and_ranges(draw: st.DrawFn) -> tuple[list[str], int, int]:
    """Words, and a range of them that begins and ends with a word that is no edge."""
    words = draw(WORDS)
    inner = [index for index, word in enumerate(words) if bare(word) == word and letters_of(word)]
    start, end = sorted((draw(st.sampled_from(inner or [0])), draw(st.sampled_from(inner or [0]))))
    return (words, start, end + 1) if inner else (["Rosa"], 0, 1)


Disguise = Callable[[str], str]
OTHER_SIGNS: dict[str, Disguise] = {
    "parted accents": lambda text: unicodedata.normalize("NFD", text),
    "curly quotes": lambda text: text.replace("'", "’").replace('"', "”"),
    "other dashes": lambda text: text.replace("-", "–"),
    "soft hyphens": "\u00ad".join,
    "zero-width spaces": "\u200b".join,
    "direction marks": lambda text: f"\u202a{text}\u202c",
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "no spaces": lambda text: text.replace(" ", ""),
    "two spaces": lambda text: text.replace(" ", "  "),
}
WRAPPINGS: dict[str, Disguise] = {
    "HTML": html.escape,
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "HTML by number": lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    "escapes": lambda text: "".join(sign if sign.isascii() else f"\\U{ord(sign):08x}" for sign in text),
    "escapes in two halves": lambda text: json.dumps(text)[1:-1],
    "Markdown escapes": lambda text: "".join(f"\\{sign}" if sign in "_*+-.!#()" else sign for sign in text),
    "guillemets": lambda text: f"«{text}»",
    "low quotes": lambda text: f"„{text}“",
    "corner brackets": lambda text: f"「{text}」",
    "straight quotes": lambda text: f'"{text}"',
    "bold": lambda text: f"**{text}**",
    "code": lambda text: f"`{text}`",
    "a list": lambda text: f"- {text}",
    "a numbered list": lambda text: f"12. {text}",
    "a tag": lambda text: f'<span class="PER">{text}</span>',
}


@given(
    sentences_and_ranges(),
    st.lists(st.sampled_from(sorted(OTHER_SIGNS)), max_size=2),
    st.lists(st.sampled_from(sorted(WRAPPINGS)), max_size=2),
)
@example((["O'Dowd"] * 5 + ['"', "O'Dowd"], 0, 7), [], ["guillemets", "bold"])
def test_a_mention_made_of_words_is_found_in_any_disguise(
    case: tuple[list[str], int, int], signs: list[str], wrappings: list[str]
) -> None:
    words, start, end = case
    mention = " ".join(words[start:end])
    for disguise in signs + wrappings:
        mention = (OTHER_SIGNS | WRAPPINGS)[disguise](mention)
    match = find_mention(mention, SearchedSentence(words), ALIGN_PARAMS)
    assert match is not None
    texts = ["".join(words[slice(*place)]) for place in match.places]
    # Another place may be nearer to the mention in its disguise.
    assert (start, end) in match.places or comparison_key(texts[0]) == comparison_key("".join(words[start:end]))


BRACKETS: dict[str, Disguise] = {
    "round brackets": lambda text: f"({text})",
    "square brackets": lambda text: f"[{text}]",
    "braces": lambda text: f"{{{text}}}",
    "single quotes": lambda text: f"'{text}'",
    "a stop": lambda text: f"{text}.",
    "bold and spaces": lambda text: f"** {text} **",
}


@pytest.mark.parametrize("sign", list("\"“”«»「」()[]{}<>'*"))
def test_an_odd_sign_inside_is_not_taken_for_the_pair_of_a_wrapping(sign: str) -> None:
    words = ["Rosa", sign, "Blair"]
    sentence = SearchedSentence(["Then", *words, "left"])
    layers = BRACKETS | {name: wrap for name, wrap in WRAPPINGS.items() if not name.startswith(("HTML", "escapes"))}
    for outer, inner in itertools.product(layers, layers):
        mention = layers[outer](layers[inner](" ".join(words)))
        match = find_mention(mention, sentence, ALIGN_PARAMS)
        assert match is not None, mention
        assert match.places == ((1, 4),), mention


@given(WORDS, st.data())
def test_the_words_themselves_are_an_exact_mention_but_for_edges(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    match = find_mention(" ".join(words[start:end]), SearchedSentence(words), ALIGN_PARAMS)
    place = trimmed(words, (start, end), as_written=True)
    if match is None:
        assert not letters_of("".join(words[start:end]))  # a placeholder
    else:
        assert match.kind == ("exact" if place == (start, end) else "boundary_snapped")
        assert place in match.places


ANY_TEXT = st.text(st.characters(), max_size=12)


@given(
    st.lists(st.one_of(WORD, ANY_TEXT), max_size=9),
    st.one_of(ANY_TEXT, st.lists(WORD, max_size=3).map("".join), st.lists(WORD, max_size=3).map(" ".join)),
    st.sampled_from(["off", "punctuation", "word"]),
    st.booleans(),
)
def test_no_text_raises_and_no_match_cuts_a_word(words: list[str], mention: str, snap: Any, ignore_case: bool) -> None:
    align_params = ALIGN_PARAMS.model_copy(update={"snap": snap, "ignore_case": ignore_case})
    match = find_mention(mention, SearchedSentence(words), align_params)
    if match is None:
        return
    assert match.places
    assert all(0 <= start < end <= len(words) for start, end in match.places)
    if snap == "word" or match.kind == "other_case":
        return
    decoded = without_escapes(mention)
    variants = {letters_of(text) for text in (mention, unwrapped(decoded), bare(decoded))}
    texts = ["".join(words[slice(*place)]) for place in match.places]
    if match.kind == "discontinuous":
        texts = ["".join(texts)]
    assert all(letters_of(text) in variants for text in texts)
