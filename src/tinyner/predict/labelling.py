"""Texts become texts with entities, a block of them in memory at a time."""

import unicodedata
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tinyner.bio import stray_words, tags_to_spans
from tinyner.plurals import number
from tinyner.predict.text import Place, Text

BLOCK = 4096  # texts in memory at a time,
BLOCK_WORDS = 200_000  # or fewer, once they have so many words
_DIGITS = 4  # of a score
_UNSEEN = frozenset(("Cc", "Cf"))  # categories of signs that can't be seen: controls, soft hyphens, direction marks


class Tagged(Protocol):
    """A sentence's IOB2 tags, one a word, and the probability of each of its entities; None: the model gives none."""

    @property
    def tags(self) -> Sequence[str]: ...  # noqa: D102

    @property
    def probabilities(self) -> Sequence[float] | None: ...  # noqa: D102


class Tagger(Protocol):
    """What gives every word of sentences its tag."""

    def label(self, sentences: Sequence[Sequence[str]]) -> Sequence[Tagged]: ...  # noqa: D102


class SteppedTagger(Protocol):
    """What labels as ``Tagger.label``, and pauses between its steps."""

    def steps(self, sentences: Sequence[Sequence[str]]) -> Generator[None, None, Sequence[Tagged]]: ...  # noqa: D102


@dataclass(frozen=True)
class Entity:
    """An entity in its text: half-open, in characters."""

    start: int
    end: int
    label: str
    score: float | None  # its probability


@dataclass(frozen=True)
class Labelled:
    """A text with its entities in their order; ``sentences`` has the words of each sentence, those unseen too."""

    text: Text
    sentences: list[list[Place]]
    entities: list[Entity]


@dataclass
class Counts:
    """What was labelled so far."""

    texts: int = 0
    sentences: int = 0
    strays: int = 0  # words with a tag I- that continues nothing
    labels: dict[str, int] = field(default_factory=dict)  # entities by type

    @classmethod
    def of(cls, types: Iterable[str]) -> "Counts":
        """Return counts before the first text, of types in an order that stays, and with it their colours."""
        return cls(labels=dict.fromkeys(types, 0))

    @property
    def entities(self) -> int:
        """How many entities there are."""
        return sum(self.labels.values())

    def summary(self) -> str:
        """Return how many texts, sentences and entities there are, in words.

        >>> Counts(1, 1200, 0, {"PER": 2, "LOC": 1}).summary()
        '1 text, 1,200 sentences, 3 entities'
        """
        entities = number(self.entities, "entity", "entities")
        return f"{number(self.texts, 'text')}, {number(self.sentences, 'sentence')}, {entities}"


def labelled(texts: Iterable[Text], tagger: Tagger, min_score: float = 0.0) -> Iterator[Labelled]:
    """Yield texts with their entities; ``labelled_blocks`` in blocks of the usual size."""
    for block in labelled_blocks(texts, tagger, Counts(), min_score):
        yield from block


def labelled_blocks(
    texts: Iterable[Text],
    tagger: Tagger,
    counts: Counts,
    min_score: float = 0.0,
    first: int | None = None,
    *,
    grows: bool = True,
) -> Iterator[list[Labelled]]:
    """Yield blocks of texts with their entities, those less probable than ``min_score`` left out.

    Args:
        texts: are read a block at a time.
        tagger: labels their words.
        counts: of what was labelled before; is counted on.
        min_score: lowest probability of an entity.
        first: texts in the first block; None: ``BLOCK``.
        grows: whether each later block has as many texts as all before it, up to ``BLOCK``.
    """
    limit = BLOCK if first is None else min(first, BLOCK)
    for block in _blocks(texts, limit, grows=grows):
        split = [_Split.of(text, sentences) for text, sentences in block]
        tagged = iter(tagger.label([words for text in split for words in text.words()]))
        result = [text.labelled(tagged, min_score, counts) for text in split]
        counts.texts += len(block)
        yield result


Steps = Generator[None, None, Labelled]
"""Labels a text, and pauses between its steps; returns the text with its entities."""


def labelled_in_steps(text: Text, tagger: SteppedTagger, min_score: float = 0.0) -> Steps:
    """Split a text, at once, and return what labels it, as ``labelled`` does, in steps."""
    split = _Split.of(text, text.sentences())

    def steps() -> Steps:
        tagged = yield from tagger.steps(split.words())
        return split.labelled(iter(tagged), min_score, Counts())

    return steps()


@dataclass(frozen=True)
class _Split:
    """A text, the words of its sentences, and those of them that can be seen."""

    text: Text
    sentences: list[list[Place]]
    seen: list[list[Place]]  # of sentences that have any

    @classmethod
    def of(cls, text: Text, sentences: list[list[Place]]) -> "_Split":
        seen = ([place for place in places if _is_visible(text.text, place)] for places in sentences)
        return cls(text, sentences, [places for places in seen if places])

    def words(self) -> list[list[str]]:
        """Return what is to be tagged."""
        return [[self.text.text[slice(*place)] for place in places] for places in self.seen]

    def labelled(self, tagged: Iterator[Tagged], min_score: float, counts: Counts) -> Labelled:
        """Return the text with the entities of its sentences, which come next in ``tagged``; count them."""
        entities: list[Entity] = []
        for places in self.seen:
            counts.sentences += 1
            entities += _entities(self.text.text, places, next(tagged), min_score, counts)
        return Labelled(self.text, self.sentences, entities)


def _entities(text: str, places: Sequence[Place], tagged: Tagged, min_score: float, counts: Counts) -> Iterator[Entity]:
    spans = tags_to_spans(tagged.tags)
    scores: Sequence[float | None] = [None] * len(spans) if tagged.probabilities is None else tagged.probabilities
    counts.strays += stray_words(tagged.tags)
    for (begin, end, label), score in zip(spans, scores, strict=True):
        if score is None or score >= min_score:
            counts.labels[label] = counts.labels.get(label, 0) + 1
            start, stop = trimmed(text, places[begin][0], places[end - 1][1])
            yield Entity(start, stop, label, None if score is None else round(score, _DIGITS))


def trimmed(text: str, start: int, end: int) -> Place:
    """Return a range of a text without the signs at its edges that can't be seen."""
    while unicodedata.category(text[start]) in _UNSEEN:
        start += 1
    while unicodedata.category(text[end - 1]) in _UNSEEN:
        end -= 1
    return start, end


def _blocks(texts: Iterable[Text], limit: int, *, grows: bool) -> Iterator[list[tuple[Text, list[list[Place]]]]]:
    """Yield texts with the words of their sentences."""
    block: list[tuple[Text, list[list[Place]]]] = []
    words = done = 0
    for text in texts:
        sentences = text.sentences()
        block.append((text, sentences))
        words += sum(map(len, sentences))
        if len(block) == limit or words >= BLOCK_WORDS:
            done += len(block)
            yield block
            block, words = [], 0
            limit = max(limit, min(done, BLOCK)) if grows else limit
    if block:
        yield block


def _is_visible(text: str, place: Place) -> bool:
    word = text[slice(*place)]
    return (word.isascii() and word.isprintable() and word != "") or any(
        unicodedata.category(character) not in _UNSEEN for character in word
    )
