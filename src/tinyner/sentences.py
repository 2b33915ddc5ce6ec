"""Split a text into sentences: sentencex's borders, mended. docs/pipeline.md has the rules.

A border is one by sentencex's English rules, and by those of the text's language, if that is guessed to be another.
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
# The stops of Chinese, Japanese, Hindi, Urdu and Amharic end a sentence wherever they stand, with what closes it; a
# full-width stop does behind Han and Kana. sentencex would take quadratic time for a text without white space. It takes
# an item of a list for one sentence.
_SURE_END = regex.compile(
    rf"""(?:[\u3002\uff61\uff01\uff1f\u0964\u0965\u06d4\u1362]|(?<=[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\u30fc\u300d])\uff0e)+
    (?:{_CLOSING}|[\u300d\u300f\u3011\uff09])*
    | \n(?=\W*\d{{1,3}}[.)]\s)""",
    regex.VERBOSE,
)
# A particle of Japanese goes on with the sentence: a quotation, a name with a mark (Yahoo\uff01\u306e).
_PARTICLE = regex.compile(
    r"""[\u3092\u3078] | \u306e(?!\u3061) | \u304c(?!\u3001) | \u3063\u3066 | \u306a\u3069
    | \u3068(?!\u3053\u308d|\u306b\u304b\u304f|\u3082\u304b\u304f|\u306f\u3044\u3048|\u3066\u3082|\u304d)""",
    regex.VERBOSE,
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
# Frequent words by which a text's language is guessed: English, and those for which sentencex has other abbreviations.
_FREQUENT = {
    language: frozenset(words.split())
    for language, words in {
        "en": """the of and to in is was he she it a an for on that with at as by his from are be has have this i we you
            not but or they their her had were will said""",
        "de": """der die das und ist nicht ein eine einen mit im vom von zu zum zur den dem des für auf am er sie es wir
            ich sich auch bei nach wurde hat war ihr sein""",
        "fr": "le la les des est et un une dans du que pour au aux il elle en sur a l d ne pas ce qui",
        "es": "el la los las y es en un una del que por con se al su lo para de no",
        "it": "il la di che e un una del della è per con i gli le si al da nel non lo",
        "nl": "de het een en is van dat op niet met te voor in hij zij aan er ook bij",
        "pt": "o a os as e é em um uma do da que por com se no na para de não",
        "pl": "w i na z się nie jest do to że o od po za jak przez",
    }.items()
}
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_GERMAN_ORDINAL = regex.compile(r"\d{1,2}")
_GERMAN_FIRST_WORD = regex.compile(
    r"""Aber | Alle | Als | Am | An | Auch | Auf | Aus | Bei | Bis | Da | Damit | Danach | Dann | Das | Dem | Den |
    Der | Die | Dies\w* | Doch | Dort | Du | Eine?[mnrs]? | Er | Es | Für | Gegen | Heute | Hier | Ich | Ihr\w* |
    Im | In | Ist | Jetzt | Mit | Nach | Nun | Nur | Ob | Seine?\w* | Seit | Sie | So | Trotz | Und | Unter | Viele |
    Vom | Von | Vor | Was | Weil | Wenn | Wer | Wie | Wir | Wo | Zu[mr]?""",
    regex.VERBOSE,
)
# Behind these, too, a stop is the word's: single letters without case; in Hindi, titles and the names of Latin letters.
_OTHER_ABBREVIATION = regex.compile(
    r"""\p{Lo} | डॉ | प्रो | पं | श्री | कु | सौ | बी | सी | डी | एफ | जी | एच | आई | जे | के | एल | एम | एन | पी | आर | एस |
    टी | यू | वी | डब्ल्यू""",
    regex.VERBOSE,
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
    for border in [*_borders(readable, language_of(readable)), len(text)]:
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


def language_of(text: str) -> str:
    """Return the language of a text, guessed by its script and frequent words; ``en`` if none is more likely.

    >>> language_of("Am 24. Dezember ist er da"), language_of("He left on May 24"), language_of("Он дома")
    ('de', 'en', 'ru')
    """
    words = _WORD.findall(text.lower())
    if sum("\u0400" <= word[0] <= "\u04ff" for word in words) > len(words) / 2:
        return "ru"
    counts = {language: sum(word in frequent for word in words) for language, frequent in _FREQUENT.items()}
    return max(counts, key=lambda language: counts[language])


def _borders(text: str, language: str) -> Iterator[int]:
    """Yield where one sentence ends and another begins, in order."""
    begin = 0
    for end in [*(match.end() for match in _SURE_END.finditer(text)), len(text)]:
        part = text[begin:end]
        borders = _borders_within(part, language)
        yield from (begin + border for border in borders if _is_border(part, border, language))
        if end < len(text) and not (text[end - 1] not in "\n\u0964\u0965" and _PARTICLE.match(text, end)):
            yield end
        begin = end


def _borders_within(text: str, language: str) -> list[int]:
    """Return sentencex's borders, and those within quotation marks and brackets."""
    borders = _of_sentencex(text, language)
    masked = text.translate(_MASK)
    if masked != text:
        for border in _of_sentencex(masked, language):
            end = regex.search(rf"[.!?]\s+(?P<opening>{_OPENING}*)$", text[max(0, border - _REACH) : border])
            if end:
                borders.add(border - len(end["opening"]))
    return sorted(borders)


def _of_sentencex(text: str, language: str) -> set[int]:
    """Return the borders that sentencex has by its English rules and by those of the text's language."""
    by_language = (
        set(list(itertools.accumulate(map(len, segment(name, text))))[:-1]) for name in dict.fromkeys(("en", language))
    )
    return set.intersection(*by_language)


def _is_border(text: str, border: int, language: str) -> bool:
    """Return whether a sentence ends at a border."""
    before, behind = text[max(0, border - _REACH) : border], text[border : border + _REACH]
    left, right = (before.split() or [""])[-1], (behind.split() or [""])[0]
    if before[-1:].isspace() or behind[:1].isspace():
        word = regex.sub(r"^\W+|\.$", "", left)
        first = regex.sub(r"^\W+|\W.*$", "", right)
        if left.endswith(".") and _OTHER_ABBREVIATION.fullmatch(word):
            return False
        if language == "de" and _GERMAN_ORDINAL.fullmatch(word) and left.endswith("."):
            return _GERMAN_FIRST_WORD.fullmatch(first) is not None
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
