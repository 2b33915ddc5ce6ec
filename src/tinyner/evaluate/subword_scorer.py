"""The scorer of the paper (arXiv 2402.09282), as its supports give it away; not the field's strict score.

Each subword carries its word's own tag, so that a B- word of several subwords is several entities. [CLS]
reads O. For [SEP] an O is inserted *before the last element* of the tags, not behind it, so that the last
subword reads O and its tag falls on [SEP]. The tags are cut to 128, and entities are counted as seqeval's
default does: an I- that continues nothing starts one. docs/paper.md walks through it.

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
from pathlib import Path
from typing import Literal

from tokenizers import Tokenizer

from tinyner.errors import UserError
from tinyner.rows import Span
from tinyner.scores import Score

MAX_LENGTH = 128  # tags that the paper keeps of a sentence, those of [CLS] and [SEP] included


def load_tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer of a student in the Hugging Face format, which neither cuts nor pads.

    Raises:
        UserError: where the folder has none.
    """
    path = folder / "tokenizer.json"
    try:
        if path.is_file():
            tokenizer = Tokenizer.from_file(str(path))
        else:  # a vocabulary alone, from which transformers makes one; slow to import
            from transformers import AutoTokenizer  # noqa: PLC0415

            tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    except Exception as error:  # the two libraries raise whatever they like
        reason = str(error).partition("\n")[0]
        raise UserError(f"{folder}: no fast tokenizer can be read from it: {reason}; run `dvc repro prepare`") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def subwords(words: Sequence[Sequence[str]], tokenizer: Tokenizer) -> list[list[int]]:
    """How many subwords each word of each sentence has, each word taken by itself as the paper does.

    A word may have none: a lone control character. ``tokenizer`` is as ``load_tokenizer`` gives it.
    """
    encodings = tokenizer.encode_batch([list(row) for row in words], is_pretokenized=True, add_special_tokens=False)
    counts = []
    for row, encoding in zip(words, encodings, strict=True):
        found = Counter(encoding.word_ids)
        counts.append([found[index] for index in range(len(row))])
    return counts


def by_subword(tags: Sequence[str], counts: Sequence[int]) -> list[str]:
    """A sentence's tags, each as often as its word has subwords.

    >>> by_subword(["B-LOC", "O", "O"], [2, 0, 1])
    ['B-LOC', 'B-LOC', 'O']
    """
    return [tag for tag, count in zip(tags, counts, strict=True) for _ in range(count)]


def with_special_tokens(tags: Sequence[str]) -> list[str]:
    """Tags from [CLS] to [SEP], the latter's O inserted before the last element, wherever that is.

    >>> with_special_tokens([])
    ['O', 'O']
    """
    result = ["O", *tags]
    result.insert(-1, "O")
    return result


def entities(tags: Sequence[str]) -> list[Span]:
    """Entities of B-, I- and O tags as seqeval's default (and conlleval) has them: non-strict.

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
    """Scores by average (micro, macro, weighted), then by type, in the order of ``types``, as the paper counts.

    Args:
        words: the sentences.
        gold: IOB2 tags, one a word.
        predicted: the student's tags, one a word; they are carried to subwords, [CLS] and [SEP] as gold's are.
        tokenizer: as ``load_tokenizer`` gives it; with that of bert-base-uncased the supports are the paper's.
        types: as ``scores.strict`` has them: one without any entity scores 0, and does not count in the macro average.
        max_length: tags kept of a sentence, [CLS] and [SEP] included.

    Raises:
        ValueError: where the three differ in sentences or words.
    """
    counts = subwords(words, tokenizer)
    return scores_of(paper_entities(gold, counts, max_length), paper_entities(predicted, counts, max_length), types)


def paper_entities(
    tags: Sequence[Sequence[str]], counts: Sequence[Sequence[int]], max_length: int = MAX_LENGTH
) -> list[list[Span]]:
    """Each sentence's entities as the paper counts them, in places from [CLS] (0) on; ``counts`` are ``subwords``.

    Raises:
        ValueError: where the two differ in sentences or words.
    """
    return [
        entities(with_special_tokens(by_subword(row, one))[:max_length]) for row, one in zip(tags, counts, strict=True)
    ]


def scores_of(
    gold: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]], types: Sequence[str]
) -> dict[str, Score]:
    """Scores of each sentence's entities, however they were counted, in the shape of ``scores.strict``.

    Raises:
        ValueError: where the two differ in sentences.
    """
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold_spans, spans in zip(gold, predicted, strict=True):
        wanted.update(label for _, _, label in gold_spans)
        found.update(label for _, _, label in spans)
        right.update(label for _, _, label in set(gold_spans) & set(spans))
    one = {name: _score(right[name], found[name], wanted[name]) for name in sorted(wanted | found)}
    support = wanted.total()
    return {
        "micro": _score(right.total(), found.total(), support),
        "macro": _mean(one, dict.fromkeys(one, 1), support),
        "weighted": _mean(one, wanted, support),
        **{name: one.get(name) or _score(0, 0, 0) for name in types},
    }


def _score(right: int, found: int, wanted: int) -> Score:
    precision = right / found if found else 0.0
    recall = right / wanted if wanted else 0.0
    f1 = 2 * right / (found + wanted) if right else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "support": wanted}


def _mean(one: Mapping[str, Score], weights: Mapping[str, int], support: int) -> Score:
    """The mean of the types' measures; all 0 without any weight, as the measures then are."""
    total = sum(weights.values()) or 1

    def mean(measure: Literal["precision", "recall", "f1"]) -> float:
        return sum(score[measure] * weights[name] for name, score in one.items()) / total

    return {"precision": mean("precision"), "recall": mean("recall"), "f1": mean("f1"), "support": support}
