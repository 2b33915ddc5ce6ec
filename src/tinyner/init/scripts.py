"""The scripts that a text is written in."""

from collections import Counter
from collections.abc import Iterable

import regex

_NAMES = {
    "Kana": r"\p{Hiragana}\p{Katakana}\u30fc\uff70",  # with the sign of long vowels
    **{
        name: rf"\p{{{name}}}"
        for name in (
            *("Latin", "Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic", "Ethiopic", "Devanagari"),
            *("Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala"),
            *("Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Mongolian", "Han", "Hangul", "Bopomofo"),
        )
    },
}
_RUN = regex.compile("|".join(rf"(?P<{name}>[{signs}]+)" for name, signs in _NAMES.items()) + r"|(?P<other>\p{L})")
_LEAST = 0.01


def shares(texts: Iterable[str]) -> dict[str, float]:
    """Return the share of each script among the letters of texts, the most frequent first, those above 1 %.

    >>> shares(["Rom war schön", "東京へ"])
    {'Latin': 0.7857142857142857, 'Han': 0.14285714285714285, 'Kana': 0.07142857142857142}
    """
    counts = Counter[str]()
    for text in texts:
        for match in _RUN.finditer(text):
            counts[match.lastgroup or ""] += len(match.group())
    total = counts.total()
    return {name: count / total for name, count in counts.most_common() if count >= _LEAST * total}


def described(texts: Iterable[str]) -> str:
    """Return the scripts of texts in words.

    >>> described(["Rome"]), described(["東京へ"]), described(["..."]), described(["ソニー"])
    ('Latin', 'Han 67 %, Kana 33 %', 'no letters', 'Kana')
    """
    by_name = shares(texts)
    if len(by_name) == 1:
        return next(iter(by_name))
    return ", ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in by_name.items()) or "no letters"
