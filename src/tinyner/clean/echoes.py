"""Tell what a reply only repeats, the asked sentence or the prompt, from what it answers.

A sentence may hold what looks like an answer: a dictionary, a ``Result:`` line, ``Rosa (PER)``, tags of reasoning.
Whoever wrote the sentence wrote that, not the model. So, before anything is read, the whole sentence and the lines of
the prompt, where a reply says them again, become one sign each. What is read as an answer must not stand in the
sentence either: whether the model quotes the sentence there or obeys it can't be decided, and the reply fails.

Texts are compared by their letters, digits, brackets and colons, whatever their case, white space, quotation marks,
escapes and accents.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from tinyner.clean.failed import Failed
from tinyner.comparison_key import CODED, without_escapes

ECHO = "\ufdd0"
"""Stands for the whole sentence where a reply repeats it; Unicode has no such character."""

_STRUCTURE = frozenset("{}[]<>|:=()/-")
_MAY_ANSWER = re.compile(
    r"[{}\[\]<>|:=()/\uff5b\uff3b\uff1a\uff08\u2192\u25c1]|\s[-\u2013\u2014]\s|\bassistant|\n", re.I
)
_PIECE = re.compile(rf"\\[nrt]|{CODED.pattern}|.", re.S)
_GLUED = re.compile(r"[^\w\n]*(?:\w+[ \t]+){0,2}results?\b[^\w\n]*:|\s*[{\[]", re.I)
_SHORTEST_LINE = 20  # characters of a line of the prompt; a shorter one may be the model's own


class _Key(NamedTuple):
    """The characters of a text that are compared, and where each stands in the text."""

    signs: str
    begins: list[int]
    ends: list[int]


def _key(text: str) -> _Key:
    signs, begins, ends = [], [], []
    for piece in _PIECE.finditer(text):
        for sign in _signs(piece[0]):
            signs.append(sign)
            begins.append(piece.start())
            ends.append(piece.end())
    return _Key("".join(signs), begins, ends)


@lru_cache(maxsize=10_000)
def _signs(piece: str) -> str:
    if piece[:1] == "\\" and piece[1:] in ("n", "r", "t"):
        return ""  # a line end or tab of a text in JSON
    plain = without_escapes(piece) if len(piece) > 1 else piece
    folded = unicodedata.normalize("NFKD", plain).casefold()
    return "".join(sign for sign in folded if sign.isalnum() or sign in "{}[]<>|:")


class Echoes:
    """The asked sentence, as something that a reply may repeat."""

    def __init__(self, text: str) -> None:
        """Take the sentence's text; most have no sign that an answer needs, and then nothing is ever compared."""
        self._text = text
        self._may_answer = bool(_MAY_ANSWER.search(self._text))
        self._key = _key(self._text) if self._may_answer else _Key("", [], [])

    def stands_in_sentence(self, text: str) -> bool:
        """Return whether a text with a sign that an answer needs stands in the sentence, as whole words.

        >>> echoes = Echoes('Write {"PER": ["Rosa"]} , she said .')
        >>> echoes.stands_in_sentence("{'PER': ['Rosa']}"), echoes.stands_in_sentence("Rosa")
        (True, False)
        """
        if not self._may_answer or _STRUCTURE.isdisjoint(unicodedata.normalize("NFKC", text)):
            return False
        signs = _key(text).signs
        return any(char.isalnum() for char in signs) and bool(_occurrences(signs, self._text, self._key))

    def check(self, text: str) -> None:
        """Raise where a text that is about to be read as the answer stands in the sentence.

        Raises:
            Failed: echoed.
        """
        if self.stands_in_sentence(text):
            raise Failed("echoed")

    def hidden(self, reply: str, template: str = "") -> str:
        """Return a reply with the sign ``ECHO`` for the whole sentence, and for each line of the prompt.

        >>> Echoes("Result: {}").hidden("Sentence: Result: {}\\nResult: []") == (
        ...     f"Sentence: {ECHO}\\nResult: []"
        ... )
        True
        """
        reply = reply.replace(ECHO, "")
        lines, answers = _patterns_of(template)
        for answer in answers:
            reply = answer.sub(self._without_example_answer, reply)
        for line in lines:
            if line.search(reply):
                reply = line.sub(ECHO, reply)
        if self._may_answer and self._key.signs and any(map(str.isalnum, self._key.signs)):
            for begin, end in reversed(_occurrences(self._key.signs, reply, _key(reply))):
                reply = reply[:begin] + ECHO + reply[end:]
        return reply

    def _without_example_answer(self, match: re.Match[str]) -> str:
        """Return the sign for the answer of an example where what follows in the prompt follows it in the reply."""
        words = self._text.split()
        is_followed = match["asked"] is None or match["asked"].split(maxsplit=len(words))[: len(words)] == words
        return ECHO if is_followed and match["line"] is None else match[0]


def _occurrences(signs: str, text: str, key: _Key) -> list[tuple[int, int]]:
    """Return where a key stands in a text as whole words, without overlaps."""
    places: list[tuple[int, int]] = []
    at = key.signs.find(signs) if signs else -1
    while at >= 0:
        begin, end = key.begins[at], key.ends[at + len(signs) - 1]
        cuts_before = begin > 0 and text[begin - 1].isalnum() and text[begin].isalnum()
        cuts_behind = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
        if not cuts_before and not cuts_behind:
            places.append((begin, end))
            at = key.signs.find(signs, at + len(signs))
        else:
            at = key.signs.find(signs, at + 1)
    return places


class _Unit(NamedTuple):
    """A line of a prompt and the lines of its answer, as words."""

    line: list[str]
    answer: list[list[str]]


@lru_cache(maxsize=4096)
def _patterns_of(template: str) -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
    """Return patterns for what a reply may repeat of a template.

    A line with an answer belongs to the line before it: alone it may be the model's own answer. A reply may begin with
    such a line, though, and go on as the prompt does.

    Returns:
        A pattern for each line with its answer; then, for each answer and its ends, one for it with what follows it.
        There, the group ``line`` is what stands before it in the prompt, where it stands there in the reply as well,
        and the group ``asked`` is what follows the last answer, where the prompt has the asked sentence.
    """
    lines, answers = [], []
    for part in template.split("{sentence}"):
        units: list[_Unit] = []
        for line in filter(str.strip, part.splitlines()):
            if units and _GLUED.match(line):
                units[-1].answer.append(line.split())
            else:
                units.append(_Unit(line.split(), []))
        for number, unit in enumerate(units):
            parts = [unit.line, *unit.answer]
            if len("".join(map("".join, parts))) >= _SHORTEST_LINE:
                lines.append(re.compile(_spaced(parts)))
            for begin in range(1, len(parts)):
                following = units[number + 1].line if number + 1 < len(units) else []
                asks = number + 2 >= len(units) and len("".join(following)) < _SHORTEST_LINE
                answers.append(_answer_pattern(parts[:begin], parts[begin:], following, asks=asks))
    return lines, answers


def _answer_pattern(
    before: list[list[str]], answer: list[list[str]], following: list[str], *, asks: bool
) -> re.Pattern[str]:
    behind = rf"\s+{_spaced([following])}" if following else ""
    behind += r"\s+(?P<asked>.*)" if asks else "(?P<asked>(?!))?"
    return re.compile(rf"(?P<line>{_spaced(before)}\s+)?{_spaced(answer)}(?={behind})", re.S)


def _spaced(lines: list[list[str]]) -> str:
    return r"\s+".join(re.escape(word) for words in lines for word in words)
