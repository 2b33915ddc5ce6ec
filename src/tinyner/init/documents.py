"""Which document each row of a labelled file is of: rows of one document stay together when a file is split."""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinyner.corpus_files import json_values
from tinyner.corpus_files.column_lines import begins_document, folded
from tinyner.corpus_files.labelled_row import read_row
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.errors import UserError
from tinyner.init.file_lines import FileLines

NONE = "none"
"""In place of a key: documents make no difference."""

KEYS = ("document", "document id", "doc", "doc id", "docid", "file", "filename", "file name")
"""Columns of CSV, and keys of JSON rows or of their ``meta``, that say which document a row is of."""

_NO_NAMES = ("text", "words", "tokens", "answer")  # keys whose values name no document


def names_of(
    lines: FileLines, raw: Sequence[RawSentence], tag_names: Sequence[str] | None, key: str | None
) -> tuple[list[str], str | None]:
    """Return the name of each row's document, "" without one, and the key or column that has it, None without one.

    Args:
        lines: of the file.
        raw: its sentences.
        tag_names: ``prepare.tag_names``.
        key: that the user names, None without one.

    Raises:
        UserError: if no row has a value under the user's key.
    """
    first_parts = [sentence for sentence in raw if sentence.part == 0]
    if lines.format == "JSON":
        values = json_values.rows(lines.lines, lines.name)
        rows = [dict(_values(value)) for where, value in values if read_row(value, where, tag_names)]
    elif lines.is_table:
        fields_by_line = dict(lines.table.rows)
        cells = [map(str.strip, fields_by_line[_line(sentence)]) for sentence in first_parts]
        rows = [dict(zip(lines.table.header, fields, strict=True)) for fields in cells]
    else:
        return _between_lines(lines, raw, key), None
    keys = _keys(rows, lines.name, key)
    return [next((str(row[key]) for key in keys if row.get(key, "") != ""), "") for row in rows], next(iter(keys), None)


def _between_lines(lines: FileLines, raw: Sequence[RawSentence], key: str | None) -> list[str]:
    """Return the names of documents that begin with a line.

    Raises:
        UserError: if the user names a key, as there is none.
    """
    if key is not None:
        raise UserError(
            f"--document {key}: {lines.name} is in columns without names; its documents begin with -DOCSTART- lines; "
            f"leave it out, or say --document {NONE} to part them"
        )
    starts = [number for number, line in enumerate(lines.lines, 1) if begins_document(line)]
    return [str(bisect.bisect(starts, _line(sentence))) if len(starts) > 1 else "" for sentence in raw]


def _keys(rows: Sequence[Mapping[str, Any]], name: str, key: str | None) -> list[str]:
    """Return the keys that name documents, the surest first: the user's alone, or those of ``KEYS`` that are there.

    Raises:
        UserError: if no row has a value under the user's key.
    """
    filled = dict.fromkeys(key for row in rows for key, value in row.items() if value != "")
    if key is None:
        return [usual for fold in KEYS for usual in filled if folded(usual) == fold]
    keys = [other for other in filled if folded(other) == folded(key)]
    if not keys:
        others = ", ".join(other for other in filled if other not in _NO_NAMES)
        has = f"the keys with one are {others}" if others else "nor under any other, so leave --document out"
        raise UserError(f"--document {key}: no row of {name} has a text or a whole number under this key; {has}")
    return keys


def _values(row: Any) -> Iterator[tuple[str, str | int]]:
    """Yield the texts and whole numbers of a row, those of its ``meta`` and ``data`` before its own."""
    content = row[1] if isinstance(row, list) else row
    for mapping in (content.get("data"), content.get("meta"), content):
        if isinstance(mapping, dict):
            for key, value in mapping.items():
                if isinstance(value, str | int) and not isinstance(value, bool):
                    yield key, value


def _line(sentence: RawSentence) -> int:
    return int(sentence.where.rpartition(":")[2])
