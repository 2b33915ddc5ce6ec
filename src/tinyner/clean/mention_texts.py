"""The texts that a string of a reply holds: one mention, several, or a mention with its type."""

import re
from typing import NamedTuple

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.failed import Failed
from tinyner.clean.type_names import TypeNames

FRAGMENTS = " ... "  # joins the fragments of a discontinuous mention, as LLMs do

_FOUND = r"( (was|were))?( (found|present|identified|here))?"
_NOTHING = re.compile(
    r"\W*(none|null|nil|n/?a|nothing|empty|no|-+|not applicable|none (found|present|identified)"
    rf"|no (\w+ )?(named )?(entit(y|ies)|names?|mentions?){_FOUND})\W*",
    re.I,
)
BULLET = re.compile(
    r"^([ \t]*+)(?:(?:[a-h][.)]|[-*+\u2022\u2023\u00b7\u2013\u2014]|\d{1,2}[.)])[ \t]+|-(?=[^\W\d_]))", re.M
)
"""What stands before an element of a list, on a line of its own."""

_LOOSE_SEPARATORS = re.compile(r"\s*[|;,/]\s*|\s+(?:and|&|und|et|y|e|og|och|en)\s+")
_SEPARATORS = re.compile(r"[,;]\s+|[\uff0c\u3001\uff1b]|\s*\n\s*")
_ABBREVIATION = re.compile(r"(?:\w\.)+|[A-Z]{2}|[A-Z]\w{0,5}\.")  # what belongs to a name behind a comma: D.C., Inc.
_TYPED = (
    re.compile(
        r"(?P<text>.+?)\s*[(\[\uff08]\s*(?P<type>[^()\[\]\uff08\uff09]+)[)\]\uff09]\.?(?:\s*[:\u2013-]\s.*)?", re.S
    ),  # Rosa (PER)
    re.compile(r"[(\[]\s*(?P<type>[^()\[\]]+)[)\]]\s*(?P<text>.+)", re.S),  # [PER] Rosa
    re.compile(
        r"(?P<text>.+?)\s*(?::|\uff1a|=|->|=>|\u2192|\||/|\s[-\u2013\u2014])\s*(?P<type>[^:|/]+)", re.S
    ),  # Rosa - PER
    re.compile(
        r"(?P<type>[^:|/]+?)\s*(?::|\uff1a|=|->|=>|\u2192|\||/|\s[-\u2013\u2014]\s)\s*(?P<text>.+)", re.S
    ),  # PER: Rosa
)


class TypedText(NamedTuple):
    """A text with its type as written."""

    label: str
    text: str


def is_nothing(text: str) -> bool:
    """Return whether a text says that there is no entity."""
    return len(text) < 100 and (not text.strip() or bool(_NOTHING.fullmatch(text.strip())))


def split_string(string: str, sentence: AskedSentence) -> list[str]:
    """Return the mentions that a string holds where a list was asked for.

    It is one mention if the sentence has it whole and nothing separates parts in it, or what stands behind the
    comma is an abbreviation (``Washington, D.C.``).

    Raises:
        Failed: unclear_string (the sentence has the whole and each part: one mention, or several side by side).

    >>> split_string("Washington, D.C., Paris", AskedSentence("From Washington , D.C. to Paris".split()))
    ['Washington, D.C.', 'Paris']
    """
    parts = [
        part if sentence.holds(part) else BULLET.sub("", part).strip()
        for part in map(str.strip, _SEPARATORS.split(string))
    ]
    parts = [part for part in parts if part]
    if len(parts) < 2:
        loose = [] if sentence.holds(string) else [part for part in _LOOSE_SEPARATORS.split(string) if part.strip()]
        return loose if len(loose) > 1 and all(map(sentence.holds, loose)) else parts or [string]
    texts: list[str] = []
    for part in parts:
        whole = f"{texts[-1]}, {part}" if texts else part
        if texts and _ABBREVIATION.fullmatch(part) and sentence.holds(whole):
            texts[-1] = whole
        else:
            texts.append(part)
    if len(texts) > 1 and sentence.holds(string) and all(map(sentence.holds, texts)):
        raise Failed("unclear_string")
    return texts


def typed_string(string: str, names: TypeNames, sentence: AskedSentence, *, anywhere: bool = False) -> TypedText | None:
    """Return the text and the type of a string such as ``Rosa (PER)`` or ``PER: Rosa``, None for any other.

    The type is of the scheme, and the text stands in the sentence. With ``anywhere`` it may be one that does not, if
    its type stands in brackets behind it.
    """
    whole = string[:200].strip()
    if "\n" in whole:
        return None
    for written in dict.fromkeys((whole, BULLET.sub("", whole))):
        for pattern in _TYPED[:1] if anywhere else _TYPED:
            match = pattern.fullmatch(written.strip().strip("*`_\"'").strip())
            if match:
                label, text = match["type"].strip(" *`_\"'"), match["text"].strip(" *`_\"'")
                if names.type_of(label) and (anywhere or sentence.holds(text)):
                    return TypedText(label, text)
    return None
