"""The rows that stages hand to each other, each a JSON object (``tinyner.files`` reads and writes them).

>>> text_of({"id": "conll-test-00000", "words": ["EU", "rejects"]})
'EU rejects'
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

_ZERO_WIDTH_SPACE = "\u200b"  # white space to tinyner.sentences.WHITE, but not to Python


class Sentence(TypedDict):
    """A sentence of a corpus, with ``tags`` (IOB2, one a word) where people labelled it.

    ``text`` is there if it is not the words with spaces between them, since the script has none; it has nothing but
    the words, with a single space or none between two of them.
    """

    id: str
    words: list[str]
    text: NotRequired[str]
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
    """A student's tags of a sentence, one a word, and the probability of each of its entities, in their order.

    ``uncalibrated`` are the probabilities before the temperature. Tags by argmax need not be valid IOB2.
    """

    id: str
    tags: list[str]
    probabilities: list[float]
    uncalibrated: list[float]


def text_of(sentence: Sentence) -> str:
    """Return the text of a sentence: its own, or its words joined by single spaces."""
    return sentence.get("text") or " ".join(sentence["words"])


def squeezed(words: Sequence[str]) -> str:
    """Return the text of words without white space: the same for all ways to split the text into words.

    Two sentences are the same if this is the same of both, wherever the pipeline compares sentences.

    >>> squeezed(["St.", "Louis"]) == squeezed(["St", ".", "Lou", "is"]) == squeezed(["St.\\u00a0Louis"])
    True
    """
    return "".join("".join(words).replace(_ZERO_WIDTH_SPACE, "").split())


def places_of(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return the places of words in the text of their sentence: half-open ranges of characters.

    >>> places_of(["東京", "へ"], "東京へ"), places_of(["to", "Rome"], "to Rome")
    ([(0, 2), (2, 3)], [(0, 2), (3, 7)])
    """
    places: list[tuple[int, int]] = []
    position = 0
    for word in words:
        start = text.index(word, position)
        position = start + len(word)
        places.append((start, position))
    return places


def text_of_words(sentence: Sentence, start: int, end: int) -> str:
    """Return the text of a half-open range of words, as it stands in the sentence; empty for an empty range.

    >>> text_of_words({"id": "a", "words": ["林", "さ", "ん"], "text": "林さん"}, 0, 3)
    '林さん'
    """
    if start >= end or "text" not in sentence:
        return " ".join(sentence["words"][start:end])
    places = places_of(sentence["words"], sentence["text"])
    return sentence["text"][places[start][0] : places[end - 1][1]]
