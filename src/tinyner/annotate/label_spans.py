"""Carry the spans of a file of labels over to a sentence that has the same text, but perhaps other words."""

import itertools
from collections.abc import Callable, Iterable, Sequence

from tinyner.bio import Span
from tinyner.corpus_files.character_spans import CharacterSpan, cover
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.rows import Sentence, squeezed
from tinyner.words import WHITE, word_places

Place = tuple[int, int]
"""Half-open range."""


def squeezed_spans(words: Sequence[str], spans: Iterable[Span]) -> list[Span]:
    """Return spans of words as spans of characters of the squeezed text.

    >>> squeezed_spans(["in", "St.", "Louis"], [(1, 3, "LOC")])
    [(2, 10, 'LOC')]
    """
    ends = list(itertools.accumulate(len(squeezed([word])) for word in words))
    starts = [0, *ends]
    return [(starts[start], ends[end - 1], label) for start, end, label in spans]


def carried_over(raw: RawSentence, sentence: Sentence, file: str, reading: Reading) -> list[Span]:
    """Return the spans of a row of a file as spans of the words of its sentence, which has the same squeezed text.

    Args:
        raw: the row.
        sentence: that it belongs to.
        file: for notes.
        reading: says what becomes of a span that ends inside a word of the sentence; takes notes.

    Raises:
        UserError: if a span ends inside a word of the sentence, unless ``prepare.span_edges`` is snap.
    """
    assert raw.spans is not None
    if raw.words == sentence["words"]:
        return raw.spans
    what = "rows with other words than their sentence, whose spans are carried over by characters"
    reading.notes.add(file, what, raw.where)
    text = " ".join(sentence["words"])
    seen = [index for index, sign in enumerate(text) if sign not in WHITE]
    spans = []
    for start, end, label in squeezed_spans(raw.words, raw.spans):
        if start < end:
            spans.append(CharacterSpan(seen[start], seen[end - 1] + 1, label))
        else:
            reading.notes.add(file, "spans left out that cover only white space", raw.where)
    ends = list(itertools.accumulate(len(word) + 1 for word in sentence["words"]))
    places = [(end - 1 - len(word), end - 1) for word, end in zip(sentence["words"], ends, strict=True)]
    return cover(spans, text, places, reading.span_edges, file=file, where=raw.where, notes=reading.notes)


def splitter(sentences: Iterable[Sentence]) -> Callable[[str], Sequence[Place]]:
    """Return a function from a text to the places of its words: those of a sentence of this text, if there is any.

    Other texts are split as ``tinyner.words`` does.

    >>> split = splitter([{"id": "a", "words": ["Paris", "-based", "firm"]}])
    >>> split("Paris-based firm"), split("Rome-based firm")
    ([(0, 5), (5, 11), (12, 16)], [(0, 10), (11, 15)])
    """
    words_by_text: dict[str, list[str]] = {}
    for sentence in sentences:
        words_by_text.setdefault(squeezed(sentence["words"]), sentence["words"])

    def split(text: str) -> Sequence[Place]:
        words = words_by_text.get(squeezed([text]))
        places = [] if words is None else _places(words, text)
        return places or word_places(text)

    return split


def _places(words: Sequence[str], text: str) -> list[Place]:
    """Return the places of words in a text that has nothing else but white space; none where a word has some itself."""
    places: list[Place] = []
    position = 0
    for word in words:
        start = text.find(word, position)
        if start < 0 or squeezed([text[position:start]]) or not squeezed([word]):
            return []
        position = start + len(word)
        places.append((start, position))
    return places
