"""The rows that stages hand to each other, each a JSON object (``tinyner.files`` reads and writes them).

>>> text_of({"id": "conll-test-00000", "words": ["EU", "rejects"]})
'EU rejects'
"""

from typing import NotRequired, TypedDict

Span = tuple[int, int, str]
"""Half-open range of words, and its label: ``(start, end, label)``."""


class Sentence(TypedDict):
    """A sentence of a corpus, with ``tags`` (IOB2, one a word) where people labelled it."""

    id: str
    words: list[str]
    tags: NotRequired[list[str]]


class Reply(TypedDict):
    """An annotator's answer for one sentence, verbatim, and the server's facts about it.

    ``prompt_sha256`` is that of the template with all fields but the sentence filled in. If the answer is a row of a
    file of labels, ``spans`` has it, None where the file has no labels for the sentence; ``reply`` and
    ``prompt_sha256`` are empty then.
    """

    id: str
    text_sha256: str
    annotator: str
    prompt_sha256: str
    spans: NotRequired["list[SpanRow] | None"]
    sample: NotRequired[int]  # which of several replies to the same prompt, 0 where absent
    reply: str
    finish_reason: NotRequired[str]
    prompt_tokens: NotRequired[int]
    cached_tokens: NotRequired[int]  # of the prompt tokens
    completion_tokens: NotRequired[int]
    cost_usd: NotRequired[float]  # by the prices when it was asked


class PromptRow(TypedDict):
    """A template that was asked, with all fields but the sentence filled in."""

    prompt_sha256: str
    template: str


class Mention(TypedDict):
    """A surface text with a type, as the annotator gave it; ``span``: its words, half-open, if it came with them."""

    type: str
    text: str
    span: NotRequired[list[int]]


class Annotation(TypedDict):
    """The mentions of one reply; ``status`` is ok, repaired or failed, ``problems`` name the repairs or the failure.

    A sentence has one annotation per reply: several where it was sent with several prompts or samples, or where several
    annotators answered. If the labels are from a file, ``annotator`` says whose.
    """

    id: str
    annotator: NotRequired[str]
    prompt_sha256: str
    status: str
    mentions: list[Mention]
    problems: list[str]


class SpanRow(TypedDict):
    """A half-open span of words; ``share`` is the share of the replies that have it, where there were several."""

    start: int
    end: int
    label: str
    share: NotRequired[float]


class Unflattened(TypedDict):
    """An entity as the annotator gave it: nested or in pieces. ``fragments`` are half-open ranges."""

    label: str
    fragments: list[list[int]]


class Example(TypedDict):
    """A labelled sentence. ``unflattened`` lists every entity where ``tags`` can't hold them all.

    Where there were several replies, ``share`` of a span is the share of valid replies (those that did not
    fail) that have it, and ``weights`` (one a word) are the shares of valid replies that gave the word its tag.
    """

    id: str
    words: list[str]
    tags: list[str]
    spans: list[SpanRow]
    weights: NotRequired[list[float]]
    unflattened: NotRequired[list[Unflattened]]


class LedgerRow(TypedDict):
    """The outcome of aligning one mention. ``span``: its half-open places or fragments, None where it has none.

    Where there were several replies, ``vote`` is the reply's index from 0, and ``share`` the share of valid
    replies that have a span at the mention's place with its type: the largest of its places, 0 without any.
    """

    id: str
    type: str
    text: str
    outcome: str
    span: list[list[int]] | None
    vote: NotRequired[int]
    share: NotRequired[float]


class Prediction(TypedDict):
    """A student's tags, one a word: the argmax at each word's first subword. They need not be valid IOB2."""

    id: str
    tags: list[str]


def text_of(sentence: Sentence) -> str:
    """Return the text of a sentence: its words joined by single spaces."""
    return " ".join(sentence["words"])
