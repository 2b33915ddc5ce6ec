"""Read the files of an annotator whose labels are in files: its answer to each sentence is a row of them."""

import math
from collections.abc import Sequence
from dataclasses import replace

from tinyner import fetch
from tinyner.annotate.file_labels import FileLabels, SentenceKey
from tinyner.annotate.label_matching import Row, match_rows
from tinyner.annotate.label_spans import carried_over, splitter
from tinyner.annotate.requests import Corpora
from tinyner.corpus_files import user_files
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.errors import UserError
from tinyner.files import sha256_text
from tinyner.params import Params
from tinyner.rows import Reply, Sentence, text_of

_LONGEST_TEXT = 60  # characters of a text in a message


def read_labels(params: Params, corpora: Corpora, name: str) -> FileLabels:
    """Read the files of an annotator, and find the sentences of their rows.

    Raises:
        UserError: if a file is not as expected, naming the line; no row belongs to a sentence; a span ends inside a
            word; or it can't be known which labels a sentence has.
    """
    annotator = params.annotate.annotators[name]
    sentences = {(corpus, sentence["id"]): sentence for corpus, of_corpus in corpora.items() for sentence in of_corpus}
    reading = replace(Reading.of(params), word_places=splitter(sentences.values()))
    rows = _rows(annotator.label_files, reading)
    matches = match_rows(rows, corpora, reading.notes)
    if not matches.rows:
        first = rows[0].raw
        text = first.text_of(0, len(first.words))[:_LONGEST_TEXT]
        raise UserError(
            f"annotate.annotators.{name}.labels: none of the {len(rows)} labelled rows has the text of a target or "
            f"related sentence; the first is {text!r} ({first.where})"
        )
    ids = {sentence_id for _, sentence_id in sentences}
    for row in matches.of_no_sentence:
        what = "rows of no target or related sentence"
        if row.raw.sentence_id in ids:
            what = "rows with the id of a target or related sentence, but another text"
        reading.notes.add(row.file, f"{what}, left out", row.raw.where)
    for row in matches.repeating:
        reading.notes.add(row.file, "rows of a text whose sentences all have a row, left out", row.raw.where)
    replies: dict[SentenceKey, Reply] = {}
    row_costs: dict[int, float] = {}
    for key, sentence in sentences.items():
        matched = matches.rows.get(key)
        replies[key] = _reply(sentence, matched, annotator.model, reading)
        if matched is not None and "cost_usd" in replies[key]:
            row_costs[matched.number] = replies[key]["cost_usd"]
    return FileLabels(
        name=name,
        files=[fetch.address(file) for file in annotator.label_files],
        replies=replies,
        rows={key: matches.rows[key].number if key in matches.rows else None for key in sentences},
        row_costs=row_costs,
        unused=len(matches.of_no_sentence) + len(matches.repeating),
        notes=reading.notes,
    )


def _rows(files: Sequence[str], reading: Reading) -> list[Row]:
    """Return the rows with labels of all files."""
    rows: list[Row] = []
    number = 0
    for source in files:
        name = fetch.address(source)
        for raw in user_files.read_spans(fetch.file(source), name, reading):
            if raw.spans is None:
                reading.notes.add(name, "rows without labels, left out", raw.where)
            else:
                rows.append(Row(number, name, raw))
            number += 1
    return rows


def _reply(sentence: Sentence, row: Row | None, model: str, reading: Reading) -> Reply:
    """Return the answer to a sentence that is in a row, or the failed one of a sentence without a row."""
    reply: Reply = {
        "id": sentence["id"],
        "text_sha256": sha256_text(text_of(sentence)),
        "annotator": model,
        "prompt_sha256": "",
        "reply": "",
        "spans": None,
    }
    if row is not None:
        spans = carried_over(row.raw, sentence, row.file, reading)
        reply["spans"] = [{"start": start, "end": end, "label": label} for start, end, label in spans]
        if row.raw.cost_usd is not None:
            reply["cost_usd"] = _cost(row.raw)
    return reply


def _cost(raw: RawSentence) -> float:
    cost = raw.cost_usd
    if not isinstance(cost, int | float) or isinstance(cost, bool) or not math.isfinite(cost) or cost < 0:
        raise UserError(f"{raw.where}: expected cost_usd as a number of US dollars, found {cost!r}")
    return float(cost)
