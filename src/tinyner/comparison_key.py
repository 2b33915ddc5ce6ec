"""The comparison key of a text, and looser forms of it, by which a mention is searched for in its sentence.

Two texts that differ only in signs, not in what they say, have the same key. It serves to find a place; words and
mentions themselves stay as they are written. What the key levels:

* characters that Unicode holds to be the same (NFKC: full-width letters, ligatures, composed and parted accents), and
  the digits of all scripts;
* quotes and apostrophes, dashes, bullets and middle dots, slashes, commas and stops: each kind becomes its ASCII sign
  where there is one, and a run of quotes or of dashes becomes a single sign;
* what can't be seen: white space, soft hyphens, zero-width and direction marks, variation selectors, control
  characters; and trade mark signs;
* what Arabic, Persian and Hebrew may leave out or encode in two ways: vowel signs, tatweel, the hamza on an alef, the
  forms of yeh and kaf; the cedilla and the comma below of Romanian;
* escapes: HTML entities (``&uuml;``), a JSON escape that was escaped again (``\\u00e9`` as six characters), and a
  backslash before a sign (Markdown's ``user\\_name``, ``O\\'Neill``).

A raised, lowered, circled or fraction digit behind a digit stays apart from it: 10⁶ is ``10^6``, not ``106``.
"""

# ruff: noqa: RUF001, RUF002 (the signs are the matter here)
import html
import re
import unicodedata
from functools import lru_cache
from html.entities import html5

_ENTITY = re.compile(r"&(?:(?:amp|#38);)*(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<braced>[0-9a-fA-F]{1,6})\}|u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})"
    r"|x(?P<two>[0-9a-fA-F]{2})|(?P<blank>[nrt])(?![a-z\u0300-\u036f])|(?P<sign>[\W_]))"
)
CODED = re.compile(f"{_ENTITY.pattern}|{_ESCAPE.pattern}")
"""An HTML entity (perhaps of an unknown name) or a backslash escape."""

_LEVELLED = re.compile(r"[^!#$%()*+,./0-9:;<=>?@A-Z\[\]^_a-z{|}~'-]|--|''")
"""What the key changes, or may change. Most words have none of it."""

# Digits of another form. In a key "^" stands before them if they are behind a digit; a mark holds its place till then.
_RAISED = re.compile("[²³¹⁰⁴-⁹₀-₉¼-¾⅐-⅟↉①-⓿❶-➓]")
_MARK = "\ue000"
_MARK_BEHIND_DIGIT = re.compile(f"(?<=[0-9]){_MARK}")
_RUNS = re.compile("'{2,}|-{2,}")

QUOTES = (
    "\"'`´«»‹›‘’‚‛“”„‟⹂「」『』《》〈〉〝〞〟﹁﹂﹃﹄＂＇｀｢｣❛❜❝❞❟❠❮❯"
    "\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf\u02ca\u02cb\u02ee\u0374\u0384\u055a\u05f3\u05f4\u07f4\u07f5"
    "\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2032\u2033\u2034\u2035\u2036\u2037\u2057\ua78b\ua78c"
)
"""Quotation marks, and signs that serve as apostrophes: modifier letters, primes, accents that stand alone."""

DASHES = "-‐‑‒–—―⸺⸻−⁃˗֊־᠆﹘﹣－"
BULLETS = "•‣◦∙●○▪▫■□▶►▸▹➢➤➔✓✔☐☑❖◆◇·・･‧⋅"

_ALIKE = {
    **dict.fromkeys(QUOTES, "'"),
    **dict.fromkeys(DASHES, "-"),
    **dict.fromkeys("•∙·・･‧⋅\u0387", "·"),
    **dict.fromkeys("〜～∼〰", "~"),
    **dict.fromkeys("⁄∕", "/"),
    **dict.fromkeys("。．｡۔٫", "."),
    **dict.fromkeys("、，､،٬", ","),
    **{"∶": ":", "؛": ";", "؟": "?", "∗": "*"},
    **dict.fromkeys("™℠®©", ""),
    **dict.fromkeys("أإآٱ", "ا"),
    **dict.fromkeys("یى", "ي"),
    **{"ک": "ك", "\u0640": ""},
    "\u0326": "\u0327",  # comma below, cedilla
}

# Default_Ignorable_Code_Point of Unicode, as far as these are not of category Cf; and the blank of Braille.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_HALVES = range(0xD800, 0xE000)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# Vowel signs and other marks that Arabic and Hebrew texts may leave out (only their Mn; U+0653 to U+0655 are composed).
_OPTIONAL_MARKS = (
    range(0x0610, 0x061B),
    range(0x064B, 0x0653),
    range(0x0656, 0x0660),
    range(0x0670, 0x0671),
    range(0x06D6, 0x06EE),
    range(0x08D3, 0x0900),
    range(0x0591, 0x05C8),
)
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H"}
    | {"ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
)
_LATIN_MARKS = re.compile("[\u0300-\u036f]")
_DOT = re.compile(r"(?<=[^\W\d_])\.")


class _Signs(dict[int, str]):
    """What each character becomes in a key, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = sign = _sign(chr(code))
        return sign


def _sign(character: str) -> str:
    if character in _ALIKE:
        return _ALIKE[character]
    category = unicodedata.category(character)
    if category in ("Pi", "Pf"):
        return "'"
    if category == "Pd":
        return "-"
    if category in ("Cf", "Cc") or character.isspace() or character in _INVISIBLE:
        return ""
    if any(ord(character) in selectors for selectors in _SELECTORS):
        return ""
    if category == "Mn" and any(ord(character) in marks for marks in _OPTIONAL_MARKS):
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    parts = unicodedata.normalize("NFKD", character)
    if parts == character or parts[0].isspace():  # an accent that stands alone is a blank with a mark, by NFKD
        return character
    mark = _MARK if _RAISED.match(character) else ""
    return mark + "".join(_sign(part) for part in parts)


_SIGNS = _Signs()


@lru_cache(maxsize=1 << 16)
def comparison_key(text: str) -> str:
    r"""Return the key of a text, without white space; the key of a key is itself.

    >>> comparison_key("O’Neill  &amp; „Söhne“"), comparison_key(r"user\_name"), comparison_key(r"Caf\u00e9 — ＩＢＭ")
    ("O'Neill&'Söhne'", 'user_name', 'Café-IBM')
    """
    key = "".join(text.split())
    while _LEVELLED.search(key):
        levelled = _level(key)
        if levelled == key:
            break
        key = levelled
    return key


def _level(text: str) -> str:
    """Decode escapes, and fold each character."""
    signs = without_escapes(text).translate(_SIGNS)
    if _MARK in signs:
        signs = _MARK_BEHIND_DIGIT.sub("^", signs).replace(_MARK, "")
    return _RUNS.sub(lambda run: run[0][0], unicodedata.normalize("NFC", signs))


def without_escapes(text: str) -> str:
    r"""Return a text with its HTML entities and backslash escapes decoded, also those that were escaped again.

    >>> without_escapes(r"O\'Neill &amp;amp; S&ouml;hne")
    "O'Neill & Söhne"
    """
    escaped = None
    while text != escaped:
        escaped, text = text, _decoded(text)
    return text


def _decoded(text: str) -> str:
    decoded = _ENTITY.sub(_decoded_entity, text) if "&" in text else text
    if "\\" in decoded:
        decoded = _ESCAPE.sub(_decoded_escape, decoded)
    if decoded != text and not decoded.isprintable():
        # A character beyond U+FFFF is escaped as two halves.
        decoded = decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


def _decoded_entity(match: re.Match[str]) -> str:
    name = f"{match[1]};"  # the last of several: &amp;amp;uuml; was escaped twice more
    if not name.startswith("#"):
        return html5.get(name, f"&{name}")
    code = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
    return chr(code) if code in _HALVES else html.unescape(f"&{name}")


def _decoded_escape(match: re.Match[str]) -> str:
    if match["sign"] or match["blank"]:
        return match["sign"] or " "
    code = int(match["braced"] or match["four"] or match["eight"] or match["two"], 16)
    return chr(code) if code < 0x110000 else match[0]


def fold_case(text: str) -> str:
    """Return a text in lower case, with the Turkish İ and ı as i.

    >>> fold_case("IŞIK"), fold_case("Işık"), fold_case("STRASSE") == fold_case("Straße")
    ('işik', 'işik', True)
    """
    if text.isascii():
        return text.lower()
    return text.casefold().replace("i\u0307", "i").replace("ı", "i")


def without_dots(key: str) -> str:
    """Return a key without the dots behind letters, those of abbreviations.

    >>> without_dots("U.S."), without_dots("St.Louis"), without_dots("3.5")
    ('US', 'StLouis', '3.5')
    """
    return _DOT.sub("", key)


def without_accents(key: str) -> str:
    """Return a key without the accents of Latin, Greek and Cyrillic letters.

    >>> without_accents("José"), without_accents("Łódź")
    ('Jose', 'Lodz')
    """
    if key.isascii():
        return key
    bare = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", key)).translate(_PLAIN_LETTERS)
    return unicodedata.normalize("NFC", bare)
