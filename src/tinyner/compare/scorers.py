"""``tinyner scorers``: how far the strict scorer and the paper's part, on the workspace's own predictions.

The same tags of the same students are scored from the field's way to the paper's, a quirk at a time, on the
official test set and on CoNLL++; as a Markdown table. ``--sentence ID`` prints one sentence step by step.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.evaluate.__main__ import STUDENT, by_seed, std
from tinyner.evaluate.subword_scorer import (
    MAX_LENGTH,
    by_subword,
    entities,
    load_tokenizer,
    paper_entities,
    scores_of,
    subwords,
    with_special_tokens,
)
from tinyner.files import load
from tinyner.params import load_params
from tinyner.prepare import corpus
from tinyner.rows import Sentence, Span

Counts = Sequence[int]
"""Subwords of each word of a sentence."""

Way = Callable[[Sequence[str], Counts], list[Span]]
"""A way to count a sentence's entities: from its words' tags and its words' subwords."""


def _inserted(tags: Sequence[str]) -> list[Span]:
    return entities(with_special_tokens(tags))


WAYS: Mapping[str, tuple[Way, Way]] = {
    # What is counted in gold, what in the predictions: the same, but in the last row.
    "strict, by word: the field's": (lambda tags, _: tags_to_spans(tags),) * 2,
    "strict, and an O inserted": (lambda tags, _: tags_to_spans(with_special_tokens(tags)),) * 2,
    "strict, and by subword": (lambda tags, counts: tags_to_spans(by_subword(tags, counts)),) * 2,
    "non-strict": (lambda tags, _: entities(tags),) * 2,
    "non-strict, by subword": (lambda tags, counts: entities(by_subword(tags, counts)),) * 2,
    "non-strict, by subword, an O inserted": (lambda tags, counts: _inserted(by_subword(tags, counts)),) * 2,
    f"... and cut to {MAX_LENGTH}: the paper's": (lambda tags, counts: paper_entities([tags], [counts])[0],) * 2,
    "the paper's, the O inserted in gold only": (
        lambda tags, counts: paper_entities([tags], [counts])[0],
        lambda tags, counts: entities(["O", *by_subword(tags, counts), "O"][:MAX_LENGTH]),
    ),
}
"""The rows of the table."""


def compared(
    gold: Sequence[Sentence], predictions: Mapping[int, Sequence[Sequence[str]]], counts: Sequence[Counts]
) -> dict[str, tuple[list[float], int]]:
    """By way of counting: micro F1 of each seed, and how many entities gold has."""
    result = {}
    for name, (of_gold, of_predicted) in WAYS.items():
        wanted = [of_gold(row["tags"], one) for row, one in zip(gold, counts, strict=True)]
        scores = [
            scores_of(wanted, [of_predicted(tags, one) for tags, one in zip(rows, counts, strict=True)], [])["micro"]
            for rows in predictions.values()
        ]
        result[name] = [score["f1"] for score in scores], scores[0]["support"]
    return result


def table(conllpp: str | None) -> str:
    """Micro F1 by every way, as Markdown; ``conllpp`` is a file of CoNLL++, else what stage prepare made of one.

    Raises:
        UserError: where there are no predictions, or the sentences of CoNLL++ are not the test set's.
    """
    gold: list[Sentence] = load("data/prepared/test.jsonl")
    if conllpp:
        corrected = corpus.labelled(conllpp, "test", list(load_params().types))
        if [row["words"] for row in corrected] != [row["words"] for row in gold]:
            raise UserError(f"--conllpp {conllpp}: its sentences are not those of data/prepared/test.jsonl")
    else:
        corrected = load("data/prepared/test_conllpp.jsonl")
    predictions = by_seed(gold)
    counts = subwords([row["words"] for row in gold], load_tokenizer(STUDENT))
    columns = {"official test": compared(gold, predictions, counts)}
    if corrected:
        kept = {seed: rows[:-1] for seed, rows in predictions.items()}  # as the paper, without the last sentence
        columns["CoNLL++"] = compared(corrected[:-1], kept, counts[:-1])
    header = ["", *(part for name in columns for part in (f"F1, {name}", "entities"))]
    rows = [
        [way, *(part for found in columns.values() for part in (_mean(found[way][0]), str(found[way][1])))]
        for way in WAYS
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        "| " + " | ".join(f"{cell:{'>' if place else '<'}{widths[place]}}" for place, cell in enumerate(row)) + " |"
        for row in (header, ruler, *rows)
    ]
    over = f"{'seed' if len(predictions) == 1 else 'seeds'} {', '.join(map(str, predictions))}"
    return "\n".join([f"Micro F1 of {over}.", "", *lines])


def _mean(values: Sequence[float]) -> str:
    spread = std(values)
    return f"{statistics.fmean(values):.3f}" + ("" if spread is None else f" ± {spread:.3f}")


def steps(tags: Sequence[str], counts: Counts, pieces: Sequence[str]) -> list[str]:
    """A sentence from its words' tags to its entities in both ways, a line a subword and a line a way.

    Args:
        tags: one a word.
        counts: subwords of each word.
        pieces: the subwords.

    >>> print(*steps(["B-PER", "I-PER"], [2, 2], ["nad", "##im", "lad", "##ki"]), sep="\\n")
    subword  by word  by subword  O inserted
    [CLS]                         O
    nad      B-PER    B-PER       B-PER
    ##im              B-PER       B-PER
    lad      I-PER    I-PER       I-PER
    ##ki              I-PER       O
    [SEP]                         I-PER
    strict, 1: PER nad ##im lad ##ki
    the paper's, 3: PER nad; PER ##im lad; PER [SEP]
    """
    spread = by_subword(tags, counts)
    whole = ["[CLS]", *pieces, "[SEP]"]
    starts = [0, *accumulate(counts)]
    first = {start: tag for start, tag, count in zip(starts, tags, counts, strict=False) if count}
    columns = {
        "subword": whole,
        "by word": ["", *(first.get(index, "") for index in range(len(spread))), ""],
        "by subword": ["", *spread, ""],
        "O inserted": with_special_tokens(spread),
    }
    widths = [max(map(len, (name, *cells))) for name, cells in columns.items()]
    rows = [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    strict = [(starts[start] + 1, starts[end] + 1, label) for start, end, label in tags_to_spans(tags)]
    for name, spans in {"strict": strict, "the paper's": paper_entities([tags], [counts])[0]}.items():
        told = "; ".join(f"{label} {' '.join(whole[start:end])}" for start, end, label in spans)
        lines.append(f"{name}, {len(spans)}: {told}".rstrip(": "))
    return lines


def sentence(name: str) -> str:
    """A test sentence's gold tags step by step.

    Raises:
        UserError: where the test set has no sentence of that id.
    """
    row = next((one for one in load("data/prepared/test.jsonl") if one["id"] == name), None)
    if row is None:
        raise UserError(f"--sentence {name}: data/prepared/test.jsonl has no sentence of that id")
    tokenizer = load_tokenizer(STUDENT)
    pieces = tokenizer.encode(row["words"], is_pretokenized=True, add_special_tokens=False).tokens
    return "\n".join(steps(row["tags"], subwords([row["words"]], tokenizer)[0], pieces))
