"""Examples of what became of mentions: for each outcome its meaning, its count, and a few sentences."""

from collections.abc import Mapping, Sequence

from tinyner.align.flatten import OUTCOMES, Outcome
from tinyner.report.inputs import Corpus
from tinyner.report.markup import Child, Markup, element
from tinyner.report.word_gaps import are_apart
from tinyner.rows import LedgerRow, Sentence, text_of_words

MEANINGS: Mapping[Outcome, str] = {
    "exact": "stands there word for word",
    "case_fixed": "stands there but for upper and lower case",
    "whitespace_fixed": "stands there but for white space",
    "boundary_snapped": "stands there but for punctuation at an edge",
    "spelling_fixed": "stands there but for signs, such as other quotes or dashes, or for accents",
    "repeated": "stands there several times; every place is labelled",
    "ambiguous": "has the same text as a mention of another type",
    "overlapping": "lies in or across a longer one",
    "discontinuous": "stands there in pieces",
    "copied_from_prompt": "is not in the sentence, but in the prompt",
    "other_case": "stands there in another case only, in which it may be a common word",
    "not_in_sentence": "is not in the sentence as whole words",
    "unknown_type": "has a type that is not in the scheme",
}

EXAMPLES = 3
"""Sentences an outcome."""

_LONG = 32
"""Words; sentences with more are examples only where there are too few shorter ones."""


def examples(corpus: Corpus) -> Markup:
    """Return a box for each outcome that the corpus has."""
    by_outcome: dict[str, list[LedgerRow]] = {}
    for row in corpus.ledger:
        by_outcome.setdefault(row["outcome"], []).append(row)
    boxes = []
    for outcome in OUTCOMES:
        rows = by_outcome.get(outcome, [])
        if rows:
            count = element("span", f" {len(rows):,}", class_="count")
            heading = element("h4", outcome.replace("_", " "), count)
            meaning = element("p", f"The mention {MEANINGS[outcome]}.", class_="note")
            items = [_example(row, corpus.sentences[row["id"]]) for row in _choose(rows, corpus)]
            boxes.append(element("div", heading, meaning, element("ul", *items), class_="outcome"))
    return element("div", *boxes, class_="outcomes")


def _choose(rows: Sequence[LedgerRow], corpus: Corpus) -> list[LedgerRow]:
    """Choose the first rows of different sentences, those of short sentences first."""
    first: dict[str, LedgerRow] = {}
    for row in rows:
        if row["id"] in corpus.sentences:
            first.setdefault(row["id"], row)
    return sorted(first.values(), key=lambda row: len(corpus.sentences[row["id"]]["words"]) > _LONG)[:EXAMPLES]


def _example(row: LedgerRow, sentence: Sentence) -> Markup:
    """Return a mention and its sentence, in which its places are marked."""
    places = row["span"] or ()
    starts = {start for start, _ in places}
    inside = {index for start, end in places for index in range(start, end)}
    parts: list[Child] = []
    apart, length = are_apart(sentence), len(sentence["words"])
    index = 0
    while index < length:
        end = index + 1
        while end < length and (end in inside) == (index in inside) and not (index in inside and end in starts):
            end += 1
        text = text_of_words(sentence, index, end)
        parts += [" " if apart[index] else None, element("mark", text) if index in inside else text]
        index = end
    mention = element("span", element("q", row["text"]), " ", element("b", row["type"]), class_="mention")
    return element("li", mention, element("span", *parts, class_="sentence"))
