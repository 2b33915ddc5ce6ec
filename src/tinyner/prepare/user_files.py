"""Read the user's sentences: JSON lines with ``text`` or ``words``, perhaps ``id`` and ``tags``; CSV with ``text``."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import read_lines, read_rows
from tinyner.prepare.gold_tags import checked_iob2
from tinyner.rows import Sentence
from tinyner.words import words_of


def read(path: Path, prefix: str, types: Collection[str]) -> list[Sentence]:
    """Return the sentences of a file; a missing id becomes ``{prefix}-{index:05d}``.

    Raises:
        UserError: if a line is not as expected, naming file and line, or if there are no sentences.
    """
    sentences: list[Sentence] = []
    lines: dict[str, int] = {}
    for number, row in _read_csv(path) if path.suffix.lower() == ".csv" else read_rows(path):
        sentence = from_row(row, f"{prefix}-{len(sentences):05d}", types, f"{path}:{number}")
        if sentence["id"] in lines:
            raise UserError(f"{path}:{number}: id {sentence['id']!r} stands already on line {lines[sentence['id']]}")
        lines[sentence["id"]] = number
        sentences.append(sentence)
    if not sentences:
        raise UserError(f"{path}: expected sentences, one JSON object a line or one row of CSV, found none")
    return sentences


def _read_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a CSV file with a column ``text`` and perhaps ``id``, each with the number of its last line."""
    lines = (f"{line}\n" for line in read_lines(path))
    reader = csv.DictReader(lines, strict=True)
    try:
        columns = reader.fieldnames or []
        if "text" not in columns:
            raise UserError(f"{path}:1: expected a column named text, found {', '.join(columns) or 'no header'}")
        for row in reader:
            if any(value for name, value in row.items() if name is not None):  # spreadsheets write empty rows as commas
                yield reader.line_num, {name: row[name] for name in ("id", "text") if row.get(name)}
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: no valid CSV: {error}") from None


def from_row(row: dict[str, Any], default_id: str, types: Collection[str], where: str) -> Sentence:
    """Return the sentence that a row describes; keys other than id, text, words and tags are ignored.

    Raises:
        UserError: if the row is not as expected; the message begins with ``where``.
    """
    sentence_id, text, words, tags = (row.get(key) for key in ("id", "text", "words", "tags"))
    if words is None and isinstance(text, str):
        if tags is not None:
            raise UserError(f"{where}: tags belong to words; give words, not text")
        words = words_of(text)
    if not _strings(words):
        raise UserError(f'{where}: expected "text", a string, or "words", a list of strings')
    if not words:
        raise UserError(f"{where}: the sentence has no words")
    if not all(map(_is_text, (*words, str(sentence_id)))):
        raise UserError(f"{where}: half a surrogate pair (an escape such as \\ud83d alone) is no character")
    for index, word in enumerate(words):
        if not word or any(character.isspace() for character in word):
            raise UserError(f"{where}: word {index} is {word!r}; a word is not empty and has no white space")
    if sentence_id is not None and not (isinstance(sentence_id, str) and sentence_id):
        raise UserError(f"{where}: expected a string as id, found {sentence_id!r}")
    sentence: Sentence = {"id": sentence_id or default_id, "words": words}
    if tags is not None:
        if not _strings(tags) or len(tags) != len(words):
            raise UserError(f"{where}: expected {len(words)} tags, one a word")
        sentence["tags"] = checked_iob2(tags, types, lambda index: f"{where}: word {index}")
    return sentence


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text(value: str) -> bool:
    """Return whether UTF-8 can encode a string, which JSON's escapes of half a surrogate pair prevent."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
