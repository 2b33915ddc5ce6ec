"""The scorer of the paper (arXiv 2402.09282), reconstructed from its supports; not the field's strict score.

Each subword carries its word's tag, so that a B- word of several subwords is several entities. [CLS] is tagged O.
For [SEP] an O is inserted *before the last element* of the tags instead of behind it, so that the last subword
gets O and its tag falls on [SEP]. The tags are truncated to 128, and entities are counted as seqeval's default
does: an I- that continues nothing starts one. docs/paper.md goes through it step by step.

>>> tags = by_subword(["B-PER", "I-PER"], [2, 2])  # nad ##im, lad ##ki: one person
>>> tags
['B-PER', 'B-PER', 'I-PER', 'I-PER']
>>> with_special_tokens(tags)
['O', 'B-PER', 'B-PER', 'I-PER', 'O', 'I-PER']
>>> entities(with_special_tokens(tags))  # three of them
[(1, 2, 'PER'), (2, 4, 'PER'), (5, 6, 'PER')]
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from tokenizers import Tokenizer

from tinyner.bio import Span
from tinyner.evaluate.subwords import count_subwords
from tinyner.scores import Score
from tinyner.span_counts import SpanCounts, TypePair, pair_types

MAX_LENGTH = 128  # tags of a sentence that the paper keeps, those of [CLS] and [SEP] included


def by_subword(tags: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Return a sentence's tags, each as often as its word has subwords.

    >>> by_subword(["B-LOC", "O", "O"], [2, 0, 1])
    ['B-LOC', 'B-LOC', 'O']
    """
    return [tag for tag, count in zip(tags, counts, strict=True) for _ in range(count)]


def with_special_tokens(tags: Sequence[str]) -> list[str]:
    """Return the tags from [CLS] to [SEP], whose O is inserted before the last element.

    >>> with_special_tokens([])
    ['O', 'O']
    """
    result = ["O", *tags]
    result.insert(-1, "O")
    return result


def entities(tags: Sequence[str]) -> list[Span]:
    """Return the entities of B-, I- and O tags as seqeval's default (and conlleval) counts them: non-strict.

    >>> entities(["I-PER", "I-LOC", "B-LOC", "I-LOC"])
    [(0, 1, 'PER'), (1, 2, 'LOC'), (2, 4, 'LOC')]
    """
    spans: list[Span] = []
    start, label = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        if label and tag != f"I-{label}":
            spans.append((start, index, label))
            label = ""
        if not label and tag != "O":
            start, label = index, tag[2:]
    return spans


def paper_scores(
    words: Sequence[Sequence[str]],
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    tokenizer: Tokenizer,
    types: Sequence[str],
    *,
    max_length: int = MAX_LENGTH,
) -> dict[str, Score]:
    """Return scores by average (micro, macro, weighted), then by type, in the order of ``types``.

    Args:
        words: the sentences.
        gold: IOB2 tags, one a word.
        predicted: the student's tags, one a word; they are carried to subwords, [CLS] and [SEP] as gold's are.
        tokenizer: one from ``load_tokenizer``; with that of bert-base-uncased the supports are the paper's.
        types: as in ``scores.strict``: one without any entity scores 0, and does not count in the macro average.
        max_length: tags of a sentence that are kept, those of [CLS] and [SEP] included.

    Raises:
        ValueError: if the three differ in sentences or words.
    """
    counts = count_subwords(words, tokenizer)
    return scores_of(paper_entities(gold, counts, max_length), paper_entities(predicted, counts, max_length), types)


def paper_entities(
    tags: Sequence[Sequence[str]], counts: Sequence[Sequence[int]], max_length: int = MAX_LENGTH
) -> list[list[Span]]:
    """Return each sentence's entities as the paper counts them; positions count from [CLS], which is 0.

    Args:
        tags: of each sentence, one a word.
        counts: ``count_subwords`` of the same sentences.
        max_length: as in ``paper_scores``.

    Raises:
        ValueError: if the two differ in sentences or words.
    """
    return [
        entities(with_special_tokens(by_subword(word_tags, word_counts))[:max_length])
        for word_tags, word_counts in zip(tags, counts, strict=True)
    ]


def scores_of(
    gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]], types: Sequence[str]
) -> dict[str, Score]:
    """Return scores of each sentence's entities, in any way of counting, in the shape of ``scores.strict``.

    Raises:
        ValueError: if the two differ in sentences.
    """
    pairs: Counter[TypePair] = Counter()
    for gold_spans, spans in zip(gold, predicted, strict=True):
        pairs.update(pair_types(gold_spans, spans))
    labels = sorted({label for pair in pairs for label in pair if label is not None})
    counts = {label: SpanCounts.of(pairs.elements(), label) for label in labels}
    by_type = {label: _score(counts[label]) for label in labels}
    total = SpanCounts.of(pairs.elements())
    return {
        "micro": _score(total),
        "macro": _mean(by_type, dict.fromkeys(labels, 1), total.gold),
        "weighted": _mean(by_type, {label: counts[label].gold for label in labels}, total.gold),
        **{name: by_type.get(name) or _score(SpanCounts(0, 0, 0)) for name in types},
    }


def _score(counts: SpanCounts) -> Score:
    true, predicted, gold = counts
    precision = true / predicted if predicted else 0.0
    recall = true / gold if gold else 0.0
    f1 = 2 * true / (predicted + gold) if true else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "support": gold}


def _mean(by_type: Mapping[str, Score], weights: Mapping[str, int], support: int) -> Score:
    """Return the weighted mean of the types' measures; all are 0 without any weight, as the measures then are."""
    total = sum(weights.values()) or 1

    def mean(measure: Literal["precision", "recall", "f1"]) -> float:
        return sum(score[measure] * weights[name] for name, score in by_type.items()) / total

    return {"precision": mean("precision"), "recall": mean("recall"), "f1": mean("f1"), "support": support}
