"""Find the dictionaries of entities in an answer.

Which count, in this order: the whole answer, where it is one strict JSON value; the dictionary behind the last
``Result:`` line; all dictionaries and lists that name a type; lines that name types (``tinyner.clean.lines``).
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.brackets import Scan, all_scans, first_scan
from tinyner.clean.dictionary_loading import Loader, strict_value
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Pairs, load
from tinyner.clean.lines import values_in_lines
from tinyner.clean.mention_texts import is_nothing, typed_string
from tinyner.clean.plain_signs import in_plain_signs, without_fences
from tinyner.clean.result_lines import Draft, ResultLine, before_nothing, drafts_before, result_lines
from tinyner.clean.type_names import TypeNames

_MAX_DICTIONARIES = 1000  # that are considered, from the first; an answer with more of them is a loop
_FENCE_OPEN = re.compile(r"\s*(`{3,}[A-Za-z0-9]*|`+)\s*")
_REFUSAL = re.compile(
    r"\b(i('m| am) (sorry|unable|not able)|i can('t|not)|i won't|as an ai|cannot (help|assist|comply))\b", re.I
)
_DENIAL = re.compile(r"\b(not|no|never|except|without|wrong|rather than|instead)\b|n't\b", re.I)
_KEY_BEHIND = regex.compile(r"[\"'](\w[\w\p{M} ]{0,40})[\"']\s*:")


@dataclass(frozen=True)
class Extraction:
    """What to read from an answer.

    Attributes:
        values: dictionaries and lists; empty where the answer says in words that there are no entities.
        others: dictionaries that name types elsewhere in the answer, which must not say anything else.
        drafts: dictionaries behind earlier Result lines.
    """

    values: list[Any]
    others: list[Any] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)


@dataclass(frozen=True)
class Extractor:
    """Finds the dictionaries of one answer.

    Attributes:
        names: of the scheme's types.
        sentence: that was asked.
        loader: that loads what is found, and knows whether the reply was cut.
        bare: whether the server was told to answer with nothing but a JSON object.
    """

    names: TypeNames
    sentence: AskedSentence
    loader: Loader
    bare: bool

    @property
    def problems(self) -> set[str]:
        """What had to be repaired."""
        return self.loader.problems

    def extract(self, answer: str) -> Extraction:
        """Return the dictionaries or lists of entities in an answer.

        Raises:
            Failed: empty, refused, truncated, no_types, half_read, echoed or no_dictionary.
        """
        text = answer.strip().removeprefix("\ufeff").strip()
        if not text:
            raise Failed("empty")
        try:
            value = strict_value(text)
            if value is not None:
                self.sentence.echoes.check(text)
                if not self.bare or not isinstance(value, Pairs):
                    self.problems.add("no_result_line")
                return Extraction([value])
            plain = in_plain_signs(text, self.problems)
            return self._behind_result_line(plain) or self._without_result_line(plain)
        except RecursionError:  # thousands of nested brackets
            raise Failed("no_dictionary") from None

    def _behind_result_line(self, text: str) -> Extraction | None:
        """Return what stands behind the last Result line that has an answer; None where none has."""
        lines = result_lines(text)
        for index, line in reversed(list(enumerate(lines))):
            if line.has_dictionary():
                self._name_lines(line, lines)
                self._check_empty(line)
                value, others = self._load_and_compare(line.rest)
                drafts = drafts_before(lines[: index + 1], self.sentence.echoes.stands_in_sentence)
                return Extraction([value], others, drafts)
            if is_nothing(line.rest) and line.rest.strip() and not self.loader.cut:
                self.problems.add("nothing_in_words")
                self.sentence.echoes.check(line.written + line.rest)
                return Extraction([])
            if self.loader.cut and line is lines[-1]:
                raise Failed("truncated")
            if values := self._other_values(line.part):
                self._name_lines(line, lines)
                return Extraction(values)
            if line.rest.partition("\n")[0].strip() and line.written == "Result:":
                raise Failed("no_dictionary")  # an answer that can't be read; an earlier one is a draft
        return None

    def _name_lines(self, line: ResultLine, lines: list[ResultLine]) -> None:
        if len(lines) > 1:
            self.problems.add("several_results")
        if line.written != "Result:":
            self.problems.add("result_line_renamed")

    def _check_empty(self, line: ResultLine) -> None:
        """Raise where an empty dictionary stands in the sentence, with its Result line."""
        scan = first_scan(line.rest)
        if scan is not None and _is_empty(line.rest[scan.start : scan.end]):
            self.sentence.echoes.check(line.written + line.rest[: scan.end])

    def _load_and_compare(self, rest: str) -> tuple[Any, list[Any]]:
        """Return the dictionary that a text begins with, and the others behind it."""
        fence = _FENCE_OPEN.match(rest)
        if fence:
            self.problems.add("code_fence")
            rest = without_fences(rest[fence.end() :])
        scan = first_scan(rest)
        assert scan is not None
        value = self.loader.load(rest, scan)
        return value, [] if scan.open else self._values_behind(rest, scan.end)

    def _other_values(self, part: str) -> list[Any]:
        """Return what stands behind a Result line in another form: pairs without braces, typed lines."""
        if (value := self.loader.load_without_braces(part)) is not None:
            return [value]
        self.sentence.echoes.check(part)
        strings = re.split(r"[;,]\s+", part.strip())
        if all(typed_string(string, self.names, self.sentence) for string in strings):  # Rosa (PER), Opel (ORG)
            return [strings]
        return values_in_lines(part, self.names, self.sentence, self.problems)

    def _values_behind(self, text: str, position: int) -> list[Any]:
        """Return what names types behind the dictionary: dictionaries of strict JSON, typed lines.

        Raises:
            Failed: half_read (there is none, but the name of a type as a key, with texts of the sentence behind it).
        """
        after = text[position:]
        if not self.names.occur_in(after):
            return []
        is_echo = self.sentence.echoes.stands_in_sentence
        lines = "\n".join(line for line in after.split("\n") if not is_echo(line))
        values = values_in_lines(lines, self.names, self.sentence, set())
        bodies = [text[scan.start : scan.end] for scan in all_scans(text, position)]
        bodies = [body for body in bodies if not is_echo(body)]
        values += [value for body in bodies if self.names.occur_in(body) and (value := strict_value(body)) is not None]
        for key in _KEY_BEHIND.finditer(after) if not values else ():
            texts = re.split(r"[\"'\[\]{},:]", after[key.end() :].partition("\n")[0])
            if self.names.find(key[1]) and any(map(self.sentence.holds, texts)):
                raise Failed("half_read")
        return values

    def _without_result_line(self, text: str) -> Extraction:
        """Return all dictionaries that name a type, or else typed lines, or else the last dictionary.

        Raises:
            Failed: truncated, refused, no_dictionary, or no_types (lists of texts without types).
        """
        before = before_nothing(text)
        if before is not None and not self._has_values(before):
            self.problems.add("nothing_in_words")
            self.sentence.echoes.check(text[len(before) :])
            return Extraction([])
        self.problems.add("no_result_line")
        if self.loader.cut and text.lstrip("`json \n")[:1] not in ("{", "["):
            raise Failed("truncated")  # within its reasoning; brackets there are no answer
        if "```" in text:
            self.problems.add("code_fence")
        unfenced = without_fences(text)
        scans = {unfenced[scan.start : scan.end]: scan for scan in all_scans(unfenced)[:_MAX_DICTIONARIES]}
        typed = {body: scan for body, scan in scans.items() if self.names.occur_in(body)}
        if not any(map(_has_types_and_texts, typed)):
            values = values_in_lines(text, self.names, self.sentence, self.problems)
            if not values and (value := self.loader.load_without_braces(unfenced)) is not None:
                values = [value]
            if values:
                return Extraction(values)
        return self._well_formed(unfenced, typed) or self._broken(unfenced, scans, typed)

    def _has_values(self, text: str) -> bool:
        has_brackets = "{" in text or "[" in text
        return has_brackets or bool(values_in_lines(text, self.names, self.sentence, set()))

    def _well_formed(self, text: str, typed: Mapping[str, Scan]) -> Extraction | None:
        """Return the dictionaries of strict JSON, and broken ones beside them; None where there are no strict ones."""
        values = {body: value for body in typed if (value := strict_value(body)) is not None}
        if not values:
            return None
        scans = [typed[body] for body in values]
        if any(_DENIAL.search(text[scan.end : following.start]) for scan, following in itertools.pairwise(scans)):
            raise Failed("contradictory")  # {"PER": ["Rosa"]}, but not {"LOC": ["Mainz"]}
        for body in values:
            self.sentence.echoes.check(body)
        end = max(scan.end for scan in scans)
        self.loader.note_prose_behind(text[end:])
        is_echo = self.sentence.echoes.stands_in_sentence
        broken = [load(body, set()) for body in typed if body not in values and ":" in body and not is_echo(body)]
        behind = self._values_behind(text, end)
        return Extraction(list(values.values()), [*behind, *(value for value in broken if value is not None)])

    def _broken(self, text: str, scans: Mapping[str, Scan], typed: Mapping[str, Scan]) -> Extraction:
        """Return the dictionaries that need repair: those that name types, or that may be one, or all."""
        likely = {body: scan for body, scan in scans.items() if ":" in body or _is_empty(body)}
        candidates = typed or likely or scans
        if not candidates:
            refused = _REFUSAL.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
            raise Failed("refused" if refused else "no_dictionary")
        filled = [scan for body, scan in candidates.items() if not _is_empty(body)]
        if not filled and any(map(str.isalnum, "".join(scans))):
            raise Failed("no_types")  # an empty list beside lists with texts
        if not filled and any("".join(body.split()) in "".join(self.sentence.text.split()) for body in candidates):
            raise Failed("echoed")  # {} within words, and the sentence has it too
        return Extraction([self.loader.load(text, scan) for scan in filled or list(candidates.values())[-1:]])


def _has_types_and_texts(body: str) -> bool:
    """Return whether a text in brackets may have types and texts, and is not only a list of texts."""
    return body[:1] == "{" or ":" in body or "[" in body[1:]


def _is_empty(body: str) -> bool:
    return not body.strip("{}[] \n")
