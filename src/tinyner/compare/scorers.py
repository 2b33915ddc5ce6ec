"""``tinyner scorers``: how the strict scorer and the paper's differ, on the workspace's own predictions.

Each row of a Markdown table scores the same tags of the same students, on the official test set and on CoNLL++; from
row to row the rules change from the field's to the paper's, one rule at a time. ``--sentence ID`` prints the
entities of one sentence step by step.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from tinyner.bio import Span, tags_to_spans
from tinyner.compare.render import markdown_table
from tinyner.errors import UserError
from tinyner.evaluate.predictions import read_predictions
from tinyner.evaluate.subword_scorer import (
    MAX_LENGTH,
    by_subword,
    entities,
    paper_entities,
    scores_of,
    with_special_tokens,
)
from tinyner.evaluate.subwords import STUDENT, count_subwords, load_tokenizer
from tinyner.files import load
from tinyner.mean_std import MeanStd
from tinyner.params import load_params
from tinyner.rows import Sentence
from tinyner.runs.reference import TEST
from tinyner.stand_ins import is_stand_in

Counts = Sequence[int]
"""Number of subwords of each word of a sentence."""

Rule = Callable[[Sequence[str], Counts], list[Span]]
"""A rule for a sentence's entities: from its words' tags and its words' subwords."""


def _inserted(tags: Sequence[str]) -> list[Span]:
    return entities(with_special_tokens(tags))


RULES: Mapping[str, tuple[Rule, Rule]] = {
    # A pair: the rule for gold and the rule for predictions. They are the same except in the last row.
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
"""Rules by their names in the table, from the field's to the paper's."""


def f1_by_rule(
    gold: Sequence[Sentence], predictions: Mapping[int, Sequence[Sequence[str]]], counts: Sequence[Counts]
) -> dict[str, tuple[MeanStd, int]]:
    """Return, for each rule, micro F1 over seeds, and the number of gold entities."""
    result = {}
    for name, (gold_rule, predicted_rule) in RULES.items():
        gold_entities = [gold_rule(row["tags"], words) for row, words in zip(gold, counts, strict=True)]
        scores = [
            scores_of(gold_entities, [predicted_rule(*pair) for pair in zip(tags, counts, strict=True)], [])["micro"]
            for tags in predictions.values()
        ]
        result[name] = MeanStd.of([score["f1"] for score in scores]), scores[0]["support"]
    return result


def _gold() -> list[Sentence]:
    """Read the test sentences.

    Raises:
        UserError: if nobody labelled them.
    """
    gold: list[Sentence] = load(TEST)
    if is_stand_in(gold):
        raise UserError(
            f"scorers: {TEST} has no gold, for which the teacher's tags stand in; both scorers need a test split that "
            "people labelled (prepare.corpus)"
        )
    return gold


def table(conllpp: str | None) -> str:
    """Return micro F1 by every rule, as Markdown.

    Args:
        conllpp: a file of CoNLL++; None: the test set that stage prepare made from one, if any.

    Raises:
        UserError: if there are no predictions, or the sentences of CoNLL++ are not those of the test set.
    """
    gold = _gold()
    if conllpp:
        from tinyner.corpus_files.reading import Reading  # noqa: PLC0415
        from tinyner.prepare import corpus  # noqa: PLC0415, not before it is needed

        corrected = corpus.labelled(conllpp, "test", Reading.of(load_params()))
        if [row["words"] for row in corrected] != [row["words"] for row in gold]:
            raise UserError(f"--conllpp {conllpp}: its sentences are not those of {TEST}")
    else:
        corrected = load("data/prepared/test_conllpp.jsonl")
    predictions = read_predictions(gold)
    counts = count_subwords([row["words"] for row in gold], load_tokenizer(STUDENT))
    columns = {"official test": f1_by_rule(gold, predictions, counts)}
    if corrected:
        without_last = {seed: tags[:-1] for seed, tags in predictions.items()}  # as in the paper
        columns["CoNLL++"] = f1_by_rule(corrected[:-1], without_last, counts[:-1])
    header = ["", *(part for name in columns for part in (f"F1, {name}", "entities"))]
    rows = [[rule, *(str(part) for column in columns.values() for part in column[rule])] for rule in RULES]
    over = f"{'seed' if len(predictions) == 1 else 'seeds'} {', '.join(map(str, predictions))}"
    return f"Micro F1 of {over}.\n\n{markdown_table(header, rows)}"


def steps(tags: Sequence[str], counts: Counts, pieces: Sequence[str]) -> list[str]:
    """Return lines that lead from a sentence's tags to its entities by both scorers: one a subword, one a scorer.

    Args:
        tags: one a word.
        counts: number of subwords of each word.
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
    piece_tags = by_subword(tags, counts)
    whole = ["[CLS]", *pieces, "[SEP]"]
    starts = [0, *accumulate(counts)]
    word_tags = {start: tag for start, tag, count in zip(starts, tags, counts, strict=False) if count}
    columns = {
        "subword": whole,
        "by word": ["", *(word_tags.get(index, "") for index in range(len(piece_tags))), ""],
        "by subword": ["", *piece_tags, ""],
        "O inserted": with_special_tokens(piece_tags),
    }
    widths = [max(map(len, (name, *cells))) for name, cells in columns.items()]
    rows = [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    strict = [(starts[start] + 1, starts[end] + 1, label) for start, end, label in tags_to_spans(tags)]
    for name, spans in {"strict": strict, "the paper's": paper_entities([tags], [counts])[0]}.items():
        listed = "; ".join(f"{label} {' '.join(whole[start:end])}" for start, end, label in spans)
        lines.append(f"{name}, {len(spans)}: {listed}".rstrip(": "))
    return lines


def sentence(name: str) -> str:
    """Return the ``steps`` of a test sentence's gold tags.

    Raises:
        UserError: if the test set has no sentence of that id.
    """
    row = next((row for row in _gold() if row["id"] == name), None)
    if row is None:
        raise UserError(f"--sentence {name}: {TEST} has no sentence of that id")
    tokenizer = load_tokenizer(STUDENT)
    pieces = tokenizer.encode(row["words"], is_pretokenized=True, add_special_tokens=False).tokens
    return "\n".join(steps(row["tags"], count_subwords([row["words"]], tokenizer)[0], pieces))
