"""The texts of a CSV file, a row a text, or a row a word; a row or a sentence in memory at a time."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tinyner.corpus_files.column_lines import WORD_NAMES, folded, is_header
from tinyner.corpus_files.csv_cells import value_of
from tinyner.corpus_files.csv_table import SENTENCE_NAMES, TEXT, check_fields, not_csv
from tinyner.errors import UserError
from tinyner.predict.csv_header import check_is_header, header_line
from tinyner.predict.parted import check_length, check_word
from tinyner.predict.source import Source
from tinyner.predict.text import (
    TOKENS,
    WORDS,
    TextOrError,
    are_texts,
    check_decoded,
    text_of_row,
    text_of_words,
)
from tinyner.predict.text_column import named_column, number_of, text_column

_LONGEST_CELL = 1 << 24  # characters; Python's default is 131,072
Row = tuple[int, list[str]]
"""The number of the line where a row begins, and its fields; none where all are empty."""


def texts_of_csv(source: Source, column: str | None) -> Iterator[TextOrError]:
    """Yield the texts of a CSV file, or why a row is none.

    A text's row has all fields but its text, by the names of the header; lists of words in cells are lists.

    Args:
        source: the file.
        column: that has the texts or words, as the user names or numbers it; None: found out by the header.

    Raises:
        UserError: where it has no header, or it can't be known which column is meant.
    """
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
    head = [line.decode(errors="replace") for _, line in source.head]
    if not any(line.strip() for line in head):
        return
    before, separator = header_line(head, column, source.name)
    lines = (f"{line.decode(errors='surrogateescape')}\n" for _, line in itertools.islice(source.lines(), before, None))
    rows = _rows(lines, before, separator, source.name)
    first = next(rows, None)
    if first is None or isinstance(first, UserError):
        raise first or UserError(f"{source.name}: has no header")
    where = f"{source.name}:{first[0]}"
    names = [name.strip() or f"column_{number}" for number, name in enumerate(first[1], 1)]
    check_decoded("".join(names), where)
    seen: list[Row | UserError] = []
    for item in rows:
        seen.append(item)
        if not isinstance(item, UserError) and item[1]:
            break
    filled = next((item[1] for item in seen if not isinstance(item, UserError) and item[1]), [])
    rows = itertools.chain(seen, rows)
    values = _values(names, filled)
    if number_of(column) is not None:
        check_is_header(first[1], filled, where)
    is_of_texts = TEXT in map(folded, names) or any(are_texts(value) for value in values.values())
    named = None if column is None else named_column(names, column, where)
    if is_header(names) and not is_of_texts and (named is None or folded(named) in WORD_NAMES):
        yield from _sentences(rows, names, separator, _word_column(names, named, where), source.name)
        return
    chosen = text_column(names, column, first_row=values, where=where, say=source.say)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{where}: has {names.count(twice)} columns {twice}; give each a name of its own")
    for item in rows:
        if isinstance(item, UserError):
            yield item
        elif item[1]:
            yield _text(item, names, separator, chosen, f"{source.name}:{item[0]}")


def _text(row: Row, names: Sequence[str], separator: str, chosen: str, where: str) -> TextOrError:
    number, fields = row
    try:
        _check(fields, names, separator, where)
        values = _values(names, fields)
        has_both = chosen == TEXT and are_texts(values.get(WORDS))
        return text_of_row(values, number, where, None if has_both else chosen, separator.join(fields))
    except UserError as error:
        return error


def _sentences(
    rows: Iterable[Row | UserError], names: Sequence[str], separator: str, word_column: int, name: str
) -> Iterator[TextOrError]:
    """Yield the sentences of a table of words: an empty row, or another name of a sentence, begins one."""
    sentence_column = next((place for place, other in enumerate(names) if folded(other) in SENTENCE_NAMES), None)
    sentence, words, first, error = "", list[str](), 0, None

    def ended() -> TextOrError:
        row = {WORDS: words, **({} if sentence_column is None else {names[sentence_column]: sentence})}
        return error or text_of_words(words, first, row)

    for item in rows:
        if isinstance(item, UserError):
            error = error or item
            continue
        number, fields = item
        where = f"{name}:{number}"
        try:
            if fields:
                _check(fields, names, separator, where)
            label = fields[sentence_column].strip() if fields and sentence_column is not None else ""
            if not fields or (label and label != sentence):
                if words or error:
                    yield ended()
                words, error = [], None
            sentence = label or sentence
            if fields:
                first = first if words else number
                words.append(fields[word_column].strip(" "))
                check_word(words[-1], where)
        except UserError as mistake:
            error = error or mistake
        check_length(len(words), where)
    if words or error:
        yield ended()


def _word_column(names: Sequence[str], column: str | None, where: str) -> int:
    """Return the place of the column of words.

    Raises:
        UserError: where several have such a name.
    """
    meant = WORD_NAMES if column is None else {folded(column)}
    places = [place for place, name in enumerate(names) if folded(name) in meant]
    if len(places) != 1:
        listing = " and ".join(names[place] for place in places) or f"no {column}"
        raise UserError(f"{where}: the words could be in {listing}; say --column NAME; columns are {', '.join(names)}")
    return places[0]


def _check(fields: Sequence[str], names: Sequence[str], separator: str, where: str) -> None:
    check_decoded("".join(fields), where)
    check_fields(fields, names, separator, where)


def _values(names: Sequence[str], fields: Sequence[str]) -> dict[str, Any]:
    """Return fields by the names of their columns; a list of words is one."""
    values: dict[str, Any] = dict(zip(names, fields, strict=False))
    for name, cell in zip(names, fields, strict=False):
        if folded(name) in (WORDS, TOKENS) and are_texts(listed := value_of(cell)):
            values[name] = listed
    return values


def _rows(lines: Iterable[str], before: int, separator: str, name: str) -> Iterator[Row | UserError]:
    """Yield the rows, or why what stands there is none; ``before`` lines come before the first one."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        number = before + reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield not_csv(f"{name}:{number}", error)
            continue
        yield number, fields if any(field.strip() for field in fields) else []
