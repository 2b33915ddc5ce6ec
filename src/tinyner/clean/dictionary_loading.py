"""Load the dictionaries that stand in an answer, those that were cut or lost a bracket too.

A dictionary is truncated if it ends within a string or after a comma or colon, or if it is open and the
server stopped at its length limit. A dictionary that lacks only closing brackets is not.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.brackets import Scan, before_cut, bodies_in, breaks_off, first_scan
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import MAX_DEPTH, Pairs, depth, load, strict
from tinyner.clean.type_names import TypeNames

_BRACES_LOST = re.compile(r"\s*(?P<quote>[\"'])?(?P<type>[^\"'\n:{}\[\]]{1,60})(?P<end>[\"'])?\s*[:=]\s*[\[\"']")


@dataclass(frozen=True)
class Loader:
    """Loads dictionaries and lists of one answer.

    Attributes:
        names: of the scheme's types.
        sentence: that was asked; what stands in it is no answer.
        problems: what had to be repaired is added to it.
        cut: whether the server stopped the reply before its end.
        keep_truncated: keep the complete mentions of a truncated dictionary.
        repaired: the texts of dictionaries that were no strict JSON.
    """

    names: TypeNames
    sentence: AskedSentence
    problems: set[str]
    cut: bool
    keep_truncated: bool
    repaired: list[str] = field(default_factory=list)

    def load(self, text: str, scan: Scan) -> Pairs | list[Any]:
        """Return the dictionary or list at a place in a text.

        Raises:
            Failed: truncated, no_dictionary (it is no JSON, and can't be repaired), echoed.
        """
        body, after = text[scan.start : scan.end], text[scan.end :]
        for single in bodies_in(body):
            self.sentence.echoes.check(single)
        self.note_prose_behind(after)
        if scan.open:
            body = self._without_cut(body, scan)
        elif self.cut and after.lstrip()[:1] == ",":
            raise Failed("truncated")  # a list that lost its opening bracket, cut between two dictionaries
        elif after.lstrip()[:1] in ("}", "]"):
            self.problems.add("unbalanced_brackets")
        value = load(body, self.problems)
        if value is None:
            inner = None if depth(body) > MAX_DEPTH else first_scan(body, 1)  # a call or the like around a dictionary
            if inner is None or inner.open or self.names.occur_in(body[: inner.start]):
                raise Failed("no_dictionary")
            return self.load(body[: inner.end], inner)
        if {"json_repaired", "unbalanced_brackets"} & self.problems:
            ended_early = after.lstrip()[:1] in tuple(",[]{}\"'")
            self.repaired.append(body + after.partition("\n")[0] if ended_early and after.strip() else body)
        return value

    def _without_cut(self, body: str, scan: Scan) -> str:
        """Return a dictionary that is open, up to its last mention if it is truncated."""
        if not self.cut and not breaks_off(body, scan):
            self.problems.add("unbalanced_brackets")
            return body
        body = before_cut(body) if self.keep_truncated else ""
        if not body:
            raise Failed("truncated")
        self.sentence.echoes.check(body)  # a cut within a word hid that it stands in the sentence
        self.problems.add("truncated")
        return body

    def load_without_braces(self, text: str) -> Pairs | list[Any] | None:
        """Return the dictionary of a paragraph that lost its outer braces; None where it is anything else."""
        paragraph = text.strip().split("\n\n")[0].strip()
        match = _BRACES_LOST.match(paragraph)
        if not match or not self.names.type_of(match["type"]):
            return None
        self.sentence.echoes.check(paragraph)
        start = "{" + (match["end"] or "") if not match["quote"] else "{"
        body = f"{start}{paragraph.strip('{}, ')}}}"
        value = load(body, set())
        if value is not None:
            self.problems.update(("unbalanced_brackets", "json_repaired"))
            self.repaired.append(body)
        return value

    def note_prose_behind(self, after: str) -> None:
        """Add the problem ``prose_after`` where words stand behind a dictionary."""
        if any(map(str.isalnum, after)):
            self.problems.add("prose_after")


def strict_value(text: str) -> Pairs | list[Any] | None:
    """Return the JSON object or list that a whole text is, perhaps as a JSON string; None where it is anything else.

    >>> strict_value('"[1]"'), strict_value("[1], [2]")
    (['1'], None)
    """
    try:
        value = strict(text)
        if isinstance(value, str) and text[:1] == '"':
            value = strict(value)
    except ValueError:
        return None
    return value if isinstance(value, list) else None
