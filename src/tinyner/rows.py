"""The rows that stages hand to each other, a JSON object each (``tinyner.files`` reads and writes them).

>>> text_of({"id": "conll-test-00000", "words": ["EU", "rejects"]})
'EU rejects'
"""

from typing import NotRequired, TypedDict

Span = tuple[int, int, str]
"""Half-open range of words, and its label: ``(start, end, label)``."""


class Sentence(TypedDict):
    """A sentence of a corpus; ``tags`` (IOB2, one a word) where people labelled it."""

    id: str
    words: list[str]
    tags: NotRequired[list[str]]


class Reply(TypedDict):
    """What an annotator answered for one sentence, verbatim, with what the server said of it.

    ``prompt_sha256`` is that of the template with all fields but the sentence filled in.
    """

    id: str
    text_sha256: str
    annotator: str
    prompt_sha256: str
    sample: NotRequired[int]  # which of several replies to the same question, 0 where absent
    reply: str
    finish_reason: NotRequired[str]
    prompt_tokens: NotRequired[int]
    cached_tokens: NotRequired[int]  # of the prompt's
    completion_tokens: NotRequired[int]
    cost_usd: NotRequired[float]  # by the prices of the time


class PromptRow(TypedDict):
    """A template that was asked, with all fields but the sentence filled in."""

    prompt_sha256: str
    template: str


class Mention(TypedDict):
    """A surface text with a type, as the annotator gave it."""

    type: str
    text: str


class Annotation(TypedDict):
    """The mentions of one reply; ``status`` is ok, repaired or failed, ``problems`` say how or why.

    A sentence that was asked of several prompts, or several times, has as many, one behind the other.
    """

    id: str
    prompt_sha256: str
    status: str
    mentions: list[Mention]
    problems: list[str]


class SpanRow(TypedDict):
    """A span of words, half-open; ``share``: of the replies that have it, where there were several."""

    start: int
    end: int
    label: str
    share: NotRequired[float]


class Unflattened(TypedDict):
    """An entity as the annotator gave it: nested or in pieces. ``fragments`` are half-open ranges."""

    label: str
    fragments: list[list[int]]


class Example(TypedDict):
    """A labelled sentence. ``unflattened`` holds every entity, where ``tags`` can't.

    Where the sentence was asked several times, a span has its ``share`` of the replies that did not fail,
    and ``weights`` (one a word) are the shares of those that gave the word its tag.
    """

    id: str
    words: list[str]
    tags: list[str]
    spans: list[SpanRow]
    weights: NotRequired[list[float]]
    unflattened: NotRequired[list[Unflattened]]


class LedgerRow(TypedDict):
    """What became of one mention. ``span``: its half-open places, or fragments; None if none.

    Where the sentence was asked several times, ``vote`` is the reply's number from 0 and ``share`` the largest
    share of the replies that have one of the mention's places under its type (0 where it has none).
    """

    id: str
    type: str
    text: str
    outcome: str
    span: list[list[int]] | None
    vote: NotRequired[int]
    share: NotRequired[float]


class Prediction(TypedDict):
    """A student's tags, one a word, valid or not as IOB2: the argmax of each first subword."""

    id: str
    tags: list[str]


def text_of(sentence: Sentence) -> str:
    """The text of a sentence: its words joined by one space."""
    return " ".join(sentence["words"])
