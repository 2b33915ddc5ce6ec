"""The rows of a CSV table of texts as rows of JSON, which ``labelled_row`` reads: with spans, or words and tags.

These are lists in cells. Their columns are read under the names that JSON rows have them by; a column of spans may have
any name, if no other holds labels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.corpus_files.column_lines import folded
from tinyner.corpus_files.csv_cells import are_spans, are_texts, number_or_text, value_of
from tinyner.corpus_files.csv_table import TEXT, Table
from tinyner.corpus_files.labelled_row import SPAN_KEYS, TAG_KEYS, WORD_KEYS
from tinyner.corpus_files.row_ids import ID, id_key
from tinyner.corpus_files.tag_spelling import looks_tagged
from tinyner.errors import UserError, listed

_ANSWER, _ANSWERS = "answer", {"accept", "reject", "ignore", ""}  # Prodigy's
_PLAIN = (_ANSWER, "annotation_id", "cost_usd")


@dataclass(frozen=True)
class TextColumns:
    """The places of the columns that are read.

    Attributes:
        text: of texts, None where words are given.
        row_id: of ids, None without one.
        lists: of spans, words or tags, by the keys of JSON.
        plain: of other values, by the keys of JSON.
    """

    text: int | None
    row_id: int | None
    lists: Mapping[str, int]
    plain: Mapping[str, int]


def columns_of(table: Table) -> TextColumns:
    """Return which columns of a table are read.

    Raises:
        UserError: if it has neither texts nor lists of words, or has words one a row; if a name stands twice, or it
            can't be known which of several columns holds the labels.
    """
    rows = [fields for _, fields in table.rows if fields]
    text = table.column(TEXT)
    lists = _lists(table, rows)
    if text is None and not set(WORD_KEYS) & set(lists):
        raise UserError(
            f"{table.name}:1: expected a column named text, found {', '.join(table.header)}; "
            "call the column that has the texts text"
        )
    for place, name in enumerate(table.header):
        if place != text and looks_tagged([fields[place] for fields in rows]):
            raise UserError(
                f"{table.name}:1: has tags in column {name}, so its rows are words; name the column of words word"
            )
    plain = {key: column for key in _PLAIN if (column := table.column(folded(key))) is not None}
    if _ANSWER in plain and not {fields[plain[_ANSWER]].strip() for fields in rows} <= _ANSWERS:
        del plain[_ANSWER]
    row_id = table.column(ID)
    if row_id is None:
        unread = [place for place in range(len(table.header)) if place not in (text, *lists.values(), *plain.values())]
        names = {table.header[place]: place for place in unread if table.header.count(table.header[place]) == 1}
        key = id_key([{name: fields[place] for name, place in names.items()} for fields in rows])
        row_id = None if key is None else names[key]
    return TextColumns(text, row_id, lists, plain)


def rows_of(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each row that is not empty, with its place, under the keys of JSON.

    Raises:
        UserError: as ``columns_of``; if a row has no text, or something else than a list in a column of lists.
    """
    columns = columns_of(table)
    for number, fields in table.rows:
        if not fields:
            continue
        where = f"{table.name}:{number}"
        row: dict[str, Any] = {}
        if columns.text is not None:
            row[TEXT] = fields[columns.text]
            if not row[TEXT].strip():
                raise UserError(f"{where}: this row has no text")
        if columns.row_id is not None:
            row[ID] = fields[columns.row_id].strip() or None
        for key, place in columns.lists.items():
            cell = fields[place].strip()
            row[key] = value_of(cell)
            if cell and row[key] is None:
                raise UserError(
                    f'{where}: expected a list as JSON in column {table.header[place]}, such as [[0, 8, "LOC"]], or '
                    f"[] without an entity, found {cell[:40]!r}"
                )
        row |= {key: number_or_text(fields[place].strip()) for key, place in columns.plain.items()}
        yield where, row


def holds_words(table: Table) -> bool:
    """Return whether a table has a column of lists of words."""
    return bool(set(WORD_KEYS) & set(_lists(table, [fields for _, fields in table.rows if fields])))


def _lists(table: Table, rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the places of the columns that hold lists, by the keys of JSON.

    Raises:
        UserError: if several columns without such a key hold spans, and none with one does; if a name stands twice.
    """
    keys = [folded(name).replace(" ", "_") for name in table.header]
    values = [[] if key == TEXT else [value_of(fields[place]) for fields in rows] for place, key in enumerate(keys)]
    has_words = any(
        key in WORD_KEYS and column and all(map(are_texts, column)) for key, column in zip(keys, values, strict=True)
    )
    places: dict[str, int] = {}
    others: list[int] = []
    for place, (key, column) in enumerate(zip(keys, values, strict=True)):
        lists = [value for value in column if value is not None]
        if not lists:
            continue
        hold_spans = any(map(are_spans, lists))
        if key in WORD_KEYS:
            is_read = all(map(are_texts, column))
        elif key in TAG_KEYS and not hold_spans:
            is_read = has_words or any(are_texts(value) and looks_tagged(value) for value in lists)
        else:
            is_read = key in SPAN_KEYS and (hold_spans or not any(lists))
        if is_read:
            table.column(folded(key))  # raises where two have the name
            places[key] = place
        elif hold_spans:
            others.append(place)
    if others and not places:
        if len(others) > 1:
            names = listed(table.header[place] for place in others)
            raise UserError(f"{table.name}:1: columns {names} hold lists of spans; call the one that counts label")
        places["spans"] = others[0]
    return places
