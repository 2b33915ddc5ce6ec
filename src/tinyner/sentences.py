"""Split a text into sentences: sentencex's borders, mended. docs/pipeline.md has the rules.

sentencex ends no sentence within quotation marks and brackets, but it ends one in the middle of ``Russian-U.S. ties``,
behind ``Ft.``, and behind the number of a list's item.
"""

import itertools
from collections.abc import Iterator
from functools import lru_cache

import regex
from sentencex import segment

WHITE = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b"
"""What parts words: white space, and the zero-width space."""

_OPENING = r"""["'\u201c\u201e\u2018\xab(\[{]"""
_CLOSING = r"""["'\u201d\u2019\xbb)\]}]"""
_MASK = dict.fromkeys(map(ord, '"\u201c\u201d\u201e\xab\xbb()[]{}'), " ")
# What sentencex can't read: half a surrogate pair, and some white space that is not ASCII.
_UNREADABLE = regex.compile(r"[\ud800-\udfff]|(?=[^\x00-\x7f])\s")
# The stops of Chinese, Japanese, Hindi, Urdu and Amharic end a sentence wherever they stand, with what closes it.
# sentencex would take quadratic time for a text without white space. It takes an item of a list for one sentence.
_SURE_END = regex.compile(
    rf"[\u3002\uff61\uff01\uff1f\u0964\u0965\u06d4\u1362]+(?:{_CLOSING}|[\u300d\u300f\uff09])*|\n(?=\W*\d{{1,3}}[.)]\s)"
)
_LIST_NUMBER = regex.compile(r"\W*\d{1,3}[.)]")
# Abbreviations behind which sentencex ends a sentence. They do end one where a common first word follows.
_ABBREVIATION = regex.compile(
    r"""[ap]\.m | [AP]\.M | Ph\.D | M\.D | Ms | Ft | Mon | Tues? | Thurs? | Sat | Mass | Md | Pa | Wash | P[lL][cC]
    | P[te][ey] | Sq | Ste | S[rh]a | Dra | Amb | Atty | Tel | Fax | Vol | approx""",
    regex.VERBOSE,
)
_FIRST_WORD = regex.compile(
    r"""After | All | An? | And | As | At | Because | Before | But | By | For | From | Her? | His | How | However |
    I | If | In | Its? | Many | Meanwhile | Mrs? | Ms | My | No | Not | Now | Of | On | One | Only | Our | She |
    Since | So | Some | That | Their | The | Then | There | These | They | This | Those | To | Two | Under |
    Until | We | What | When | Where | While | Who | Why | With | Yes | You""",
    regex.VERBOSE,
)
# The end of a sentence with no white space behind it, as in "left Berlin.Paris was": a word in small letters and one
# that begins with a capital, a word in capitals and one in small letters, but not U.S.A, v1.2 or example.com.
_STUCK_STOPS = (
    (
        regex.compile(rf"(?:\p{{Ll}}\p{{M}}*\p{{Ll}}\p{{M}}*|\b\d{{4}}|%|{_CLOSING})\.{_CLOSING}*$"),
        regex.compile(rf"{_OPENING}*(?:\p{{Lu}}\p{{M}}*\p{{Ll}}|\p{{Lu}}{{2}}|[AI](?![\w.]))"),
    ),
    (
        regex.compile(rf"\b\p{{Lu}}{{3,}}\.{_CLOSING}*$"),
        regex.compile(rf"{_OPENING}*\p{{Lu}}\p{{M}}*\p{{Ll}}"),
    ),
)
_STUCK_MARK = regex.compile(rf"[!?\u2026]{_CLOSING}*$")
_ADDRESS = regex.compile(r"[:/]/|[@\\=#]|^\W*www\.")
# Last parts of the names of sites and files.
_SUFFIX = regex.compile(
    r"""at|au|be|biz|br|ca|ch|cn|com?|css|csv|de|docx?|edu|es|eu|exe|fr|gov|html?|info|io|it|java|jpe?g|jp|js|json|md|net
    |nl|nz|org|pdf|php|png|py|ru|se|tv|txt|uk|us|xlsx?|xml|zip""",
    regex.VERBOSE | regex.IGNORECASE,
)
_REACH = 80  # characters before and behind a border that are looked at


def sentence_places(text: str) -> list[tuple[int, int]]:
    """Return the places of a text's sentences, in order, without the white space between them.

    >>> sentence_places("Mr Blair left. He flew to Rome.")
    [(0, 14), (15, 31)]
    """
    readable = _UNREADABLE.sub(" ", text)
    places: list[tuple[int, int]] = []
    begin = 0
    for border in [*_borders(readable), len(text)]:
        part = text[begin:border]
        sentence = part.strip(WHITE)
        if _LIST_NUMBER.fullmatch(sentence) and border < len(text):
            continue  # the number belongs to the item behind it
        if sentence:
            start = begin + len(part) - len(part.lstrip(WHITE))
            places.append((start, start + len(sentence)))
        begin = border
    return places


@lru_cache(maxsize=1 << 12)
def is_abbreviation(word: str) -> bool:
    """Return whether a stop behind a word, which is given without it, belongs to the word.

    >>> is_abbreviation("Corp"), is_abbreviation("U.S"), is_abbreviation("Rome")
    (True, True, False)
    """
    if _ABBREVIATION.fullmatch(word) or regex.search(r"\w\.\w", word) or regex.fullmatch(r"\p{L}\p{M}*", word):
        return True
    return len(segment("en", f"{_UNREADABLE.sub(' ', word)}. Smith left")) == 1


def _borders(text: str) -> Iterator[int]:
    """Yield where one sentence ends and another begins, in order."""
    begin = 0
    for end in [*(match.end() for match in _SURE_END.finditer(text)), len(text)]:
        part = text[begin:end]
        yield from (begin + border for border in _borders_within(part) if _is_border(part, border))
        if end < len(text):
            yield end
        begin = end


def _borders_within(text: str) -> list[int]:
    """Return sentencex's borders, and those within quotation marks and brackets."""
    borders = set(_of_sentencex(text))
    masked = text.translate(_MASK)
    if masked != text:
        for border in _of_sentencex(masked):
            end = regex.search(rf"[.!?]\s+(?P<opening>{_OPENING}*)$", text[max(0, border - _REACH) : border])
            if end:
                borders.add(border - len(end["opening"]))
    return sorted(borders)


def _of_sentencex(text: str) -> list[int]:
    return list(itertools.accumulate(map(len, segment("en", text))))[:-1]


def _is_border(text: str, border: int) -> bool:
    """Return whether a sentence ends at a border."""
    before, behind = text[max(0, border - _REACH) : border], text[border : border + _REACH]
    left, right = (before.split() or [""])[-1], (behind.split() or [""])[0]
    if before[-1:].isspace() or behind[:1].isspace():
        word = regex.sub(r"^\W+|\.$", "", left)
        first = regex.sub(r"^\W+|\W.*$", "", right)
        return not _ABBREVIATION.fullmatch(word) or _FIRST_WORD.fullmatch(first) is not None
    if _ADDRESS.search(left + right):
        return False
    if _STUCK_MARK.search(left):
        return True
    if not any(end.search(left) and beginning.match(right) for end, beginning in _STUCK_STOPS):
        return False
    # Names of packages and sites have parts in small letters, or a suffix: java.util.List, Booking.Com.
    parts = regex.search(r"[\w.]*$", left)[0].split(".")[1:-1] + regex.search(r"\w[\w.]*", right)[0].split(".")
    return not any(part[:1].islower() or _SUFFIX.fullmatch(part) for part in parts)
