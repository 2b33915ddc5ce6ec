"""Label a file: texts in, JSON lines with entities out, a block of texts in memory at a time."""

import itertools
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tinyner.bio import tags_to_spans
from tinyner.calibration import threshold_for
from tinyner.errors import UserError
from tinyner.files import check_output, line_of, output
from tinyner.predict.model_card import ModelCard
from tinyner.predict.source import READ, Source
from tinyner.predict.tagger import Tagger
from tinyner.predict.texts import Place, Skipped, Text, read_texts

BLOCK = 4096  # texts in memory at a time,
BLOCK_WORDS = 200_000  # or fewer, once they have so many words
_DIGITS = 4  # of a score
_UNSEEN = frozenset(("Cc", "Cf"))  # categories of signs that can't be seen: controls, soft hyphens, direction marks


def label_file(
    path: Path,
    model: Path,
    target: Path | None,
    *,
    int8: bool = False,
    threads: int | None = None,
    skip_bad_lines: bool = False,
    min_score: float = 0.0,
    precision: float | None = None,
) -> None:
    """Label the texts of ``path``, and write a row for each to standard output or to the file ``target``.

    All lines of a file are read before the first is labelled, so that a bad line costs no time and nothing is written.
    Standard input can't be read twice: without ``target``, rows before a bad line may be written.

    Args:
        path: a file; ``-``: standard input.
        model: folder of the model.
        target: is written whole or not at all; None: standard output.
        int8: compute with 8-bit weights.
        threads: of the processor; None: all.
        min_score: leave out entities that are less probable.
        precision: leave out so many that on dev this share of the others was right; None: no further ones.
        skip_bad_lines: go on behind a line that can't be read, and say on standard error how many there were.

    Raises:
        UserError: where the file, the model or the target can't be used.
    """
    is_stdin = str(path) == "-"
    if not is_stdin and (path.is_dir() or not path.exists()):
        raise UserError(f"{path}: no such file; expected {READ}, or - for standard input")
    check_output(target)
    skipped = Skipped() if skip_bad_lines else None
    source = Source(path)
    if skipped is None and path.is_file() and not is_stdin:
        for _ in read_texts(Source(path)):
            pass
    tagger = Tagger(model, int8, threads)
    if precision is not None:
        min_score = max(min_score, _score_for(precision, tagger.card, model))
    rows = labelled(_with_a_word_on_none(read_texts(source, skipped), source.name), tagger, min_score)
    if target is None:
        sys.stdout.buffer.writelines(map(line_of, rows))
    else:
        with output(target) as file:
            file.writelines(map(line_of, rows))
    if skipped is not None and skipped.count:
        lines = "1 bad line" if skipped.count == 1 else f"{skipped.count} bad lines"
        print(f"tinyner: {lines} skipped, the first: {skipped.first}", file=sys.stderr)


def _with_a_word_on_none(texts: Iterable[Text], name: str) -> Iterator[Text]:
    """Yield the texts of a source; say on standard error where there is none."""
    first = next(iterator := iter(texts), None)
    if first is None:
        print(f"tinyner: {name} has no text, so there is nothing to label", file=sys.stderr)
        return
    yield first
    yield from iterator


def _score_for(precision: float, card: ModelCard, model: Path) -> float:
    """Return the lowest score at which a precision was reached on dev, and say so on standard error.

    Raises:
        UserError: where there was no dev set, or the precision was never reached.
    """
    if not card.dev_curve:
        raise UserError(
            f"--precision: {model} does not say how right its entities are on dev; train with train.dev_size, or give "
            "--min-score"
        )
    threshold = threshold_for(card.dev_curve, precision)
    if threshold is None:
        highest = max(row[1] for row in card.dev_curve)
        raise UserError(f"--precision: {precision:g} was not reached on dev, at most {highest:.3f}")
    reached, recall = next(row[1:] for row in card.dev_curve if row[0] == threshold)
    print(
        f"tinyner: entities with a score of {threshold:.4f} or more: on dev ({card.dev_entities} entities) their "
        f"precision is {reached:.3f} and their recall {recall:.3f}",
        file=sys.stderr,
    )
    return threshold


def labelled(texts: Iterable[Text], tagger: Tagger, min_score: float = 0.0) -> Iterator[dict[str, Any]]:
    """Yield a row for each text: its line, the fields that it came with, its text and its entities.

    The line is ``line``, or ``input_line`` where the row came with ``line``. Entities are ``spans``, or
    ``predicted_spans`` where it came with ``spans``, each with start, end, label, text and score; start and end count
    characters of the text. The score is the entity's probability; those below ``min_score`` are left out.
    """
    entities = strays = 0
    for block in _blocks(texts):
        rows = [(text, places) for text, sentences in block for places in sentences]
        tagged = iter(tagger.label([[text.text[slice(*place)] for place in places] for text, places in rows]))
        for text, sentences in block:
            spans = []
            for places in sentences:
                sentence = next(tagged)
                strays += sum(tag.startswith("I-") for tag in sentence.tags)
                found = tags_to_spans(sentence.tags)
                scores: Sequence[float | None] = sentence.probabilities or [None] * len(found)
                for (begin, end, label), score in zip(found, scores, strict=True):
                    strays -= end - begin - 1
                    if score is None or score >= min_score:
                        spans.append(_span(text.text, places[begin][0], places[end - 1][1], label, score))
            entities += len(spans)
            line_key = _free_key(text.row, "line", "input_line")
            spans_key = _free_key(text.row, "spans", "predicted_spans")
            yield {line_key: text.line, **text.row, "text": text.text, spans_key: spans}
    if strays > entities:
        print(
            f"tinyner: {strays} words have a tag I- that continues no entity, and are left out; there are {entities} "
            "entities. Are the model's tags IOB2?",
            file=sys.stderr,
        )


def _span(text: str, start: int, end: int, label: str, score: float | None) -> dict[str, Any]:
    """Return an entity; signs at its edges that can't be seen are no part of it."""
    while unicodedata.category(text[start]) in _UNSEEN:
        start += 1
    while unicodedata.category(text[end - 1]) in _UNSEEN:
        end -= 1
    span = {"start": start, "end": end, "label": label, "text": text[start:end]}
    return span if score is None else {**span, "score": round(score, _DIGITS)}


def _free_key(row: Mapping[str, Any], first: str, second: str) -> str:
    """Return where a value of ours goes: no key of the user's is lost.

    >>> [_free_key(row, "line", "input_line") for row in ({"id": 7}, {"line": 7}, {"line": 7, "input_line": 1})]
    ['line', 'input_line', 'input_line_2']
    """
    keys = itertools.chain((first, second), (f"{second}_{number}" for number in itertools.count(2)))
    return next(key for key in keys if key not in row)


def _blocks(texts: Iterable[Text]) -> Iterator[list[tuple[Text, list[list[Place]]]]]:
    """Yield texts with the words of their sentences, those that can be seen."""
    block: list[tuple[Text, list[list[Place]]]] = []
    words = 0
    for text in texts:
        sentences = [[place for place in places if _is_visible(text.text, place)] for places in text.sentences()]
        block.append((text, [places for places in sentences if places]))
        words += sum(map(len, sentences))
        if len(block) == BLOCK or words >= BLOCK_WORDS:
            yield block
            block, words = [], 0
    if block:
        yield block


def _is_visible(text: str, place: Place) -> bool:
    word = text[slice(*place)]
    return (word.isascii() and word.isprintable() and word != "") or any(
        unicodedata.category(character) not in _UNSEEN for character in word
    )
