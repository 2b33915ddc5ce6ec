"""Find the dictionaries of entities in an answer and load them as JSON, repaired where necessary.

Which count, in this order: the whole answer, where it is one strict JSON value; the dictionary behind the last
``Result:`` line; all dictionaries and lists that name a type; lines that name types (``tinyner.clean.lines``).

A dictionary is truncated if it ends within a string or after a comma or colon, or if it is open and the
server stopped at its length limit. A dictionary that lacks only closing brackets is not.
"""

import html
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Pairs, closes_string, load, opens_string, strict
from tinyner.clean.lines import values_in_lines
from tinyner.clean.mention_texts import is_nothing, typed_string
from tinyner.clean.type_names import TypeNames

# A line that announces the dictionary: ``Result:``, perhaps in Markdown, numbered, or with a few words more.
_RESULT_LINE = re.compile(
    r"^[^\w\n{}\[\]\"']*+(?:\d+[.)][ \t]*+)?(?:\w++[ \t]++){0,2}results?\b"
    r"[^\w\n:{\[]*+(?:\w+\)[^\w\n:{\[]*+)?:[ \t*_]*+",
    re.I | re.M,
)
_OTHER_NAMES = re.compile(r"^[^\w\n]*+(?:final[ \t]++)?(?:answer|output|entities)[^\w\n]*?:", re.I | re.M)
_MAX_LINES = 20  # result lines that are considered, from the last; an answer with more of them is a loop
_MAX_DICTIONARIES = 1000  # that are considered, from the first; an answer with more of them is a loop
_DICTIONARY = re.compile(r"\s*(`+[A-Za-z0-9]*\s*)?[{\[]")
_FENCE_OPEN = re.compile(r"\s*(`{3,}[A-Za-z0-9]*|`*)\s*")
_FENCE = re.compile(r"`{3,}[A-Za-z0-9]*")
_BRACES_LOST = re.compile(r"\s*(?P<quote>[\"'])?(?P<type>[^\"'\n:{}\[\]]{1,60})(?P<end>[\"'])?\s*[:=]\s*[\[\"']")
_WIDE_SIGNS = str.maketrans("\uff5b\uff5d\uff3b\uff3d", "{}[]")
_LOW_QUOTE = re.compile(r"(\u201e[^\"\u201c\u201d\u201e\n]{1,100})\"(?=\")")  # „Die Welt"": closed by a straight mark
_WIDE_BETWEEN = re.compile(r"(?<=[\"'\u201d\]}])\s*([\uff1a\uff0c])\s*(?=[\"'\u201c\[{])")
_REFUSAL = re.compile(
    r"\b(i('m| am) (sorry|unable|not able)|i can('t|not)|i won't|as an ai|cannot (help|assist|comply))\b", re.I
)
_VALUE_AT_END = re.compile(r":\s*([\"'])(?:(?!\1).)*\1\s*\Z", re.S)
_CORRECTION = re.compile(r"correct|final|revis|updat|improv|better|new|second", re.I)
_KEY_BEHIND = re.compile(r"[\"'](\w[\w ]{0,40})[\"']\s*:")
_DECODER = json.JSONDecoder()
_OPENING = re.compile(r"[{\[]")
_FOLLOWING = re.compile(r"\s*(,\s*(?=[{\[])|(?=\{))")


@dataclass
class _Scan:
    """The range of a dictionary or list in a text, and its state where the text ended."""

    start: int
    end: int
    open: list[str] = field(default_factory=list)  # brackets still open
    in_string: bool = False


@dataclass(frozen=True)
class Extraction:
    """What to read from an answer.

    Attributes:
        values: dictionaries and lists; empty where the answer says in words that there are no entities.
        others: dictionaries that name types elsewhere in the answer, which must not say anything else.
        drafts: dictionaries behind earlier Result lines, and whether words stand between them and the next one.
    """

    values: list[Any]
    others: list[Any] = field(default_factory=list)
    drafts: list[tuple[Any, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Extractor:
    """Finds the dictionaries of one answer.

    Attributes:
        names: of the scheme's types.
        sentence: that was asked.
        problems: what had to be repaired is added to it.
        bare: whether the server was told to answer with nothing but a JSON object.
        cut: whether the server stopped the reply before its end.
        keep_truncated: keep the complete mentions of a truncated dictionary.
        repaired: the texts of dictionaries that were no strict JSON.
    """

    names: TypeNames
    sentence: AskedSentence
    problems: set[str]
    bare: bool
    cut: bool
    keep_truncated: bool
    repaired: list[str] = field(default_factory=list)

    def extract(self, answer: str) -> Extraction:
        """Return the dictionaries or lists of entities in an answer.

        Raises:
            Failed: empty, refused, truncated or no_dictionary.
        """
        text = answer.strip().removeprefix("\ufeff").strip()
        if not text:
            raise Failed("empty")
        try:
            value = _strict_value(text)
            if value is not None:
                if not self.bare or not isinstance(value, Pairs):
                    self.problems.add("no_result_line")
                return Extraction([value])
            return self._extract(text)
        except RecursionError:  # thousands of nested brackets
            raise Failed("no_dictionary") from None

    def _extract(self, text: str) -> Extraction:
        text = self._decoded(text)
        lines = list(_RESULT_LINE.finditer(text))
        ends = {line.end(): following.start() for line, following in itertools.pairwise(lines)}
        for line in reversed(lines[-_MAX_LINES:]):
            rest = text[line.end() :]
            if _DICTIONARY.match(rest):
                return self._behind(line, rest, several=len(lines) > 1, drafts=self._drafts(text, lines, line))
            if is_nothing(rest) and rest.strip() and not self.cut:
                self.problems.add("nothing_in_words")
                return Extraction([])
            if self.cut and line is lines[-1]:
                raise Failed("truncated")
            if values := self._other_values(text[line.end() : ends.get(line.end())]):
                self._name_line(line, several=len(lines) > 1)
                return Extraction(values)
            if rest.partition("\n")[0].strip() and line[0].strip() == "Result:":
                raise Failed("no_dictionary")  # an answer that can't be read; an earlier one is a draft
        return self._without_result_line(text)

    def _decoded(self, text: str) -> str:
        """Return a text whose signs of JSON were escaped or written wide as one in plain signs."""
        if r"{\"" in text or r"[\"" in text:
            self.problems.add("json_in_a_string")
            text = text.replace(r"\"", '"').replace(r"\n", "\n")
        if "&quot;" in text and '"' not in text:
            self.problems.add("json_repaired")
            text = html.unescape(text)
        plain = _WIDE_BETWEEN.sub(lambda sign: {"\uff1a": ": ", "\uff0c": ", "}[sign[1]], text)
        if "{" not in plain and "\uff5b" in plain:
            plain = plain.translate(_WIDE_SIGNS)
        plain = _LOW_QUOTE.sub("\\1\u201c", plain)
        if plain != text:
            self.problems.add("json_repaired")
        return plain

    def _name_line(self, line: re.Match[str], *, several: bool) -> None:
        if several:
            self.problems.add("several_results")
        if line[0].strip() != "Result:":
            self.problems.add("result_line_renamed")

    def _drafts(self, text: str, lines: Sequence[re.Match[str]], chosen: re.Match[str]) -> list[tuple[Any, bool]]:
        """Return the dictionaries behind the Result lines before the chosen one."""
        drafts = []
        for line, following in itertools.pairwise(lines[-_MAX_LINES:]):
            part = text[line.end() : following.start()]
            scan = _first(part, 0) if _DICTIONARY.match(part) else None
            if scan is not None and line.start() < chosen.start():
                value = load(part[scan.start : scan.end], set()) or []
                behind = _FENCE.sub("", part[scan.end :])
                drafts.append((value, any(map(str.isalnum, behind))))
                if _CORRECTION.search(following[0]):
                    drafts.clear()
        return drafts

    def _behind(self, line: re.Match[str], rest: str, *, several: bool, drafts: list[tuple[Any, bool]]) -> Extraction:
        self._name_line(line, several=several)
        fence = _FENCE_OPEN.match(rest)
        if fence and fence[0].strip():
            self.problems.add("code_fence")
            rest = _FENCE.sub(" ", rest[fence.end() :])
        scan = _first(rest, 0)
        assert scan is not None
        value = self._load(rest, scan)
        others = [] if scan.open else self._elsewhere(rest, scan.end)
        if not scan.open and not others:
            self._check_behind(rest[scan.end :])
        return Extraction([value], others, drafts)

    def _check_behind(self, after: str) -> None:
        """Raise where a key that names a type stands behind the dictionary, with texts of the sentence behind it."""
        for key in _KEY_BEHIND.finditer(after):
            texts = re.split(r"[\"'\[\]{},:]", after[key.end() :].partition("\n")[0])
            if self.names.find(key[1]) and any(map(self.sentence.holds, texts)):
                raise Failed("half_read")

    def _elsewhere(self, text: str, position: int) -> list[Any]:
        """Return what names types behind the dictionary: dictionaries of strict JSON, typed lines."""
        if not self.names.occur_in(text[position:]):
            return []
        values = values_in_lines(text[position:], self.names, self.sentence, set())
        for scan in _scans(text, position):
            body = text[scan.start : scan.end]
            if self.names.occur_in(body) and isinstance(value := _strict_value(body), list):
                values.append(value)
        return values

    def _other_values(self, rest: str) -> list[Any]:
        """Return what stands behind a Result line in another form: pairs without braces, typed lines."""
        if (value := self._without_braces(rest)) is not None:
            return [value]
        parts = re.split(r"[;,]\s+", rest.strip())
        if all(typed_string(part, self.names, self.sentence) for part in parts):  # Rosa (PER), Opel (ORG)
            return [parts]
        return values_in_lines(rest, self.names, self.sentence, self.problems)

    def _without_braces(self, rest: str) -> Any:
        """Return the dictionary of a paragraph that lost its outer braces; None where there is none."""
        paragraph = rest.strip().split("\n\n")[0].strip()
        match = _BRACES_LOST.match(paragraph)
        if not match or not self.names.type_of(match["type"]):
            return None
        start = "{" + (match["end"] or "") if not match["quote"] else "{"
        body = f"{start}{paragraph.strip('{}, ')}}}"
        value = load(body, set())
        if value is not None:
            self.problems.update(("unbalanced_brackets", "json_repaired"))
            self.repaired.append(body)
        return value

    def _without_result_line(self, text: str) -> Extraction:
        """Return all dictionaries that name a type, or else typed lines."""
        *_, last = [None, *_OTHER_NAMES.finditer(text)]
        if (
            last
            and text[last.end() :].strip()
            and is_nothing(text[last.end() :])
            and self._is_prose(text[: last.start()])
        ):
            self.problems.add("nothing_in_words")
            return Extraction([])
        self.problems.add("no_result_line")
        if self.cut and text.lstrip("`json \n")[:1] not in ("{", "["):
            raise Failed("truncated")  # within its reasoning; brackets there are no answer
        if "```" in text:
            self.problems.add("code_fence")
        unfenced = _FENCE.sub(" ", text)
        scans = {unfenced[scan.start : scan.end]: scan for scan in _scans(unfenced, 0)[:_MAX_DICTIONARIES]}
        typed = {body: scan for body, scan in scans.items() if self.names.occur_in(body)}
        if not any(map(_is_dictionary, typed)):
            values = values_in_lines(text, self.names, self.sentence, self.problems)
            if not values and (value := self._without_braces(unfenced)) is not None:
                values = [value]
            if values:
                return Extraction(values)
        well_formed = {body: value for body in typed if (value := _strict_value(body)) is not None}
        if well_formed:
            end = max(typed[body].end for body in well_formed)
            self._prose_behind(unfenced[end:])
            behind = self._elsewhere(unfenced, end)
            if not behind:
                self._check_behind(unfenced[end:])
            broken = [load(body, set()) for body in typed if body not in well_formed and ":" in body]
            return Extraction(list(well_formed.values()), [*behind, *(value for value in broken if value is not None)])
        likely = {body: scan for body, scan in scans.items() if ":" in body or not body.strip("{}[] \n")}
        candidates = typed or likely or scans
        if not candidates:
            refused = _REFUSAL.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
            raise Failed("refused" if refused else "no_dictionary")
        filled = [scan for body, scan in candidates.items() if body.strip("{}[] \n")]
        if not filled and any(map(str.isalnum, "".join(scans))):
            raise Failed("no_types")  # an empty list beside lists with texts
        return Extraction([self._load(unfenced, scan) for scan in filled or list(candidates.values())[-1:]])

    def _is_prose(self, text: str) -> bool:
        return "{" not in text and "[" not in text and not values_in_lines(text, self.names, self.sentence, set())

    def _prose_behind(self, after: str) -> None:
        if any(character.isalnum() for character in after):
            self.problems.add("prose_after")

    def _load(self, text: str, scan: _Scan) -> Pairs | list[Any]:
        body, after = text[scan.start : scan.end], text[scan.end :]
        self._prose_behind(after)
        if scan.open:
            if self.cut or _breaks_off(body, scan):
                body = _before_cut(body) if self.keep_truncated else ""
                if not body:
                    raise Failed("truncated")
                self.problems.add("truncated")
            else:
                self.problems.add("unbalanced_brackets")
        elif self.cut and after.lstrip()[:1] == ",":
            raise Failed("truncated")  # a list that lost its opening bracket, cut between two dictionaries
        elif after.lstrip()[:1] in ("}", "]"):
            self.problems.add("unbalanced_brackets")
        value = load(body, self.problems)
        if value is None:
            inner = _first(body, 1)  # a call or the like around a dictionary
            if inner is None or inner.open or self.names.occur_in(body[: inner.start]):
                raise Failed("no_dictionary")
            return self._load(body[: inner.end], inner)
        if {"json_repaired", "unbalanced_brackets"} & self.problems:
            ended_early = after.lstrip()[:1] in tuple(",[]{}\"'")
            self.repaired.append(body + after.partition("\n")[0] if ended_early and after.strip() else body)
        return value


def _is_dictionary(body: str) -> bool:
    """Return whether a text in brackets may have types and texts, and is not only a list of texts."""
    return body[:1] == "{" or ":" in body or "[" in body[1:]


def _strict_value(text: str) -> Pairs | list[Any] | None:
    """Return the JSON object or list that a whole text is, perhaps as a JSON string; None where it is anything else."""
    try:
        value = strict(text)
        if isinstance(value, str) and text[:1] == '"':
            value = strict(value)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def _scans(text: str, position: int) -> list[_Scan]:
    scans: list[_Scan] = []
    while (scan := _first(text, scans[-1].end if scans else position)) is not None:
        scans.append(scan)
    return scans


def _first(text: str, position: int) -> _Scan | None:
    """Return the first dictionary or list from ``position`` on, with those that follow it separated by commas only."""
    opening = _OPENING.search(text, position)
    if opening is None:
        return None
    scan = _one(text, opening.start())
    # {...}, {...}]: a list that lost its opening bracket; or a dictionary for each type, on lines of their own
    while not scan.open and (following := _FOLLOWING.match(text, scan.end)):
        scan = _one(text, following.end())
    return _Scan(opening.start(), scan.end, scan.open, scan.in_string)


def _one(text: str, start: int) -> _Scan:
    """Return the dictionary or list whose first bracket stands at ``start``."""
    try:
        _, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return _scan_brackets(text, start)
    return _Scan(start, end)


def _scan_brackets(text: str, start: int) -> _Scan:
    """Return the range from the bracket at ``start`` to its pair, brackets within strings aside."""
    open_brackets: list[str] = []
    quote = ""
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            if character == quote and closes_string(text, index):
                quote = ""
        elif opens_string(text, index):
            quote = character
        elif character in "{[":
            open_brackets.append(character)
        elif character in "}]":
            if open_brackets:
                open_brackets.pop()
            if not open_brackets:
                return _Scan(start, index + 1)
    # Not closed. A line of words after the last bracket is prose and no part of the dictionary.
    last = max(text.rfind("}"), text.rfind("]"))
    if last > start and re.match(r"[^\S\n]*\n\s*[^\s\"'{\[,]", text[last + 1 :]):
        return _Scan(start, last + 1, open_brackets)
    return _Scan(start, len(text), open_brackets, bool(quote))


def _breaks_off(body: str, scan: _Scan) -> bool:
    """Return whether an open dictionary lacks more than its closing brackets."""
    end = body.rstrip()
    if scan.in_string or end[-1] not in "\"'}]":
        return True
    return end[-1] in "\"'" and scan.open[-1] == "{" and not _VALUE_AT_END.search(end)


def _before_cut(body: str) -> str:
    """Return an open dictionary up to its last complete mention: the last complete string of a list, or object."""
    objects = [match.end() for match in re.finditer(r"[\"']\s?\}", body)]
    if objects:  # each mention is an object
        return body[: objects[-1]]
    ends = [match.end() for match in re.finditer(r"[\"'](?=\s?[,\]])", body)]
    return body[: ends[-1]] if ends else ""
