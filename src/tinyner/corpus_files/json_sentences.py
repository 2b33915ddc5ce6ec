"""The sentences of a file's rows of JSON, and which key of them has the ids."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tinyner.corpus_files import json_values, written_text
from tinyner.corpus_files.labelled_row import LabelledRow, read_row
from tinyner.corpus_files.raw_sentence import RawSentence, spooled_sentences
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.row_ids import ID, id_key
from tinyner.corpus_files.text_rows import of_text


def read(lines: Sequence[str], name: str, reading: Reading) -> Sequence[RawSentence]:
    """Return the sentences of the lines of a file of JSON; as ``of_json``."""
    rows = list(json_values.rows(lines, name)) if isinstance(lines, list) else _Values(lines, name)
    return of_json(_with_ids(rows), name, reading)


def of_json(rows: Iterable[tuple[str, Any]], name: str, reading: Reading) -> Sequence[RawSentence]:
    """Return the sentences of rows as ``labelled_row`` has them, each with its place; as ``read_labelled``."""
    return spooled_sentences(_of_json(rows, name, reading))


def _of_json(rows: Iterable[tuple[str, Any]], name: str, reading: Reading) -> Iterator[RawSentence]:
    for where, value in rows:
        row = read_row(value, where, reading.tag_names)
        if row is None:
            reading.notes.add(name, "rows left out that their annotator rejected or skipped", where)
        else:
            if row.has_spans_beside:
                reading.notes.add(name, "rows with tags and spans, of which the tags are read", where)
            yield from _of_row(row, where, name, reading)


def _of_row(row: LabelledRow, where: str, name: str, reading: Reading) -> Iterator[RawSentence]:
    if row.words is not None and (row.tags is not None or not row.spans) and row.places is None:
        unlabelled = row.spans is None or row.tags is not None
        yield RawSentence(
            row.words,
            where,
            row.tags,
            None if unlabelled else [],
            row.row_id,
            cost_usd=row.cost_usd,
            text=None if row.text is None else written_text.of_text(row.text, row.words),
        )
    else:
        assert row.text is not None
        yield from of_text(
            row.text,
            row.places,
            row.spans,
            row.row_id,
            where=where,
            name=name,
            reading=reading,
            cost_usd=row.cost_usd,
        )


class _Values:
    """The rows of a file of JSON, each with its place; read anew each time, as there may be many."""

    def __init__(self, lines: Sequence[str], name: str) -> None:
        self._lines, self._name = lines, name

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return json_values.rows(self._lines, self._name)


class _Objects:
    """The rows that are objects, and an empty one for any other; iterated as often as needed."""

    def __init__(self, rows: Iterable[tuple[str, Any]]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (value if isinstance(value, dict) else {} for _, value in self._rows)


def _with_ids(rows: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    """Return rows whose ids stand under another key than ``id`` (``row_ids``) with this key as well.

    ``rows`` can be iterated several times.
    """
    key = id_key(_Objects(rows))
    if key in (None, ID):
        return rows
    return ((where, {**value, ID: value[key]}) for where, value in rows)
