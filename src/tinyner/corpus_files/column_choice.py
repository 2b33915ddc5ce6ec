"""Which column of a file holds the words, and which the tags.

What the parameters or a header say is taken. Else the words are in the first column, or behind one that counts 1, 2,
3 ...; and the tags are in the only column all of whose values are tags of the scheme's types, or in the last one where
no column has any. Whatever else could be meant is refused, and names the parameter that settles it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.corpus_files.column_lines import TAG_NAMES, WORD_NAMES, ColumnLines, folded
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.scheme_types import SchemeTypes
from tinyner.corpus_files.tag_spelling import OUTSIDE, is_tagged, looks_tagged
from tinyner.errors import UserError, listed

# Types of the chunk tags beside the words in CoNLL-2000 and CoNLL-2003, which are no entities.
_CHUNKS = {"NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "INTJ", "CONJP", "LST", "UCP", "NC", "VC", "PC"}
_PART = re.compile(r"\d+[-.]\d+")  # CoNLL-U's id of several words in one, and of a word that is left out
_CONLL_2012_WORD, _CONLL_2012_TAG = 3, 10


@dataclass(frozen=True)
class Columns:
    """Places of the columns, from 0."""

    word: int
    tag: int


def choose(table: ColumnLines, name: str, reading: Reading) -> Columns:
    """Return the columns of words and tags.

    Raises:
        UserError: where they can't be known, naming the file, its first line and the parameter to set.
    """
    first = table.first
    assert first
    where = f"{name}:{first.number}"
    rows = [line.fields for lines in table.words() for line in lines]
    width = min(map(len, rows))
    if width < 2:
        raise UserError(f"{where}: expected columns, word to tag, found {width}: {first.text[:40]!r}")
    tag = _named(table, "tag_column", reading.tag_column, TAG_NAMES, where)
    word = _named(table, "word_column", reading.word_column, WORD_NAMES, where)
    if table.conll_2012 and width > _CONLL_2012_TAG:
        tag, word = tag if tag is not None else _CONLL_2012_TAG, word if word is not None else _CONLL_2012_WORD
    if tag is None:
        tag = _tag_column([{fields[column] for fields in rows} for column in range(width)], where, reading.types)
    if word is None:
        first_fields = [[line.fields[0] for line in lines] for lines in table.words()]
        word = word_column(first_fields, tag, width, where, "prepare.word_column")
    if word == tag:
        raise UserError(
            f"{where}: column {word + 1} can't hold both words and tags; set prepare.word_column and "
            "prepare.tag_column (counted from 1)"
        )
    return Columns(word, tag)


def tagged_columns(table: ColumnLines) -> list[int]:
    """Return the columns whose values look like tags with positions of any types, those of chunks aside."""
    rows = [line.fields for lines in table.words() for line in lines]
    columns = [{fields[column] for fields in rows} for column in range(min(map(len, rows), default=0))]
    return [column for column, values in enumerate(columns) if looks_tagged(values) and not _are_chunks(values)]


def _are_chunks(values: set[str]) -> bool:
    return {re.sub(r"^.[-_]|[-_].$", "", value) for value in values - set(OUTSIDE)} <= _CHUNKS


def counts_words(first_fields: Sequence[Sequence[str]]) -> bool:
    """Return whether the first fields of the lines of each sentence count words: from 0 or 1, or on through the file.

    >>> counts_words([["1", "2", "3"], ["1", "2-3", "2", "3"]])
    True
    """
    last, longest = -1, 0
    for fields in first_fields:
        numbers = [field for field in fields if not is_part(field)]
        if not all(number.isascii() and number.isdigit() for number in numbers):
            return False
        counted = [int(number) for number in numbers]
        if not counted:
            continue
        if counted[0] not in (0, 1, last + 1) or counted != list(range(counted[0], counted[0] + len(counted))):
            return False
        last, longest = counted[-1], max(longest, len(counted))
    return longest > 1


def is_part(number: str) -> bool:
    """Return whether CoNLL-U's column of ids has that of no word: 3-4, of words in one, or 5.1, of one left out."""
    return bool(_PART.fullmatch(number))


def _named(table: ColumnLines, key: str, setting: int | str | None, usual: set[str], where: str) -> int | None:
    """Return the column that a parameter, or else the header, names."""
    if isinstance(setting, int):
        width = len(table.first.fields) if table.first else 0
        if setting > width:
            raise UserError(f"{where}: has {width} columns, and prepare.{key} is {setting}")
        return setting - 1
    names = [folded(name) for name in table.header]
    if setting is not None:
        if names.count(folded(setting)) != 1:
            has = f"its columns are {', '.join(table.header)}" if names else "it names no columns; give a number"
            raise UserError(f"{where}: prepare.{key} is {setting!r}, and {has}")
        return names.index(folded(setting))
    places = [place for place, name in enumerate(names) if name in usual]
    if len(places) > 1:
        raise UserError(f"{where}: {listed(table.header[place] for place in places)} could be meant; set prepare.{key}")
    return places[0] if places else None


def _tag_column(values: Sequence[set[str]], where: str, types: SchemeTypes) -> int:
    last = len(values) - 1
    tagged = [column for column in range(len(values)) if is_tagged(values[column], types)]
    if len(tagged) > 1:
        raise UserError(
            f"{where}: columns {', '.join(str(column + 1) for column in tagged)} all hold tags; "
            "set prepare.tag_column to the one that counts (from 1)"
        )
    if tagged:
        return last if looks_tagged(values[last]) else tagged[0]
    if values[last] <= set(OUTSIDE):
        for column in range(1, last):
            if looks_tagged(values[column]) and not _are_chunks(values[column]):
                raise UserError(
                    f"{where}: the last column has no tag but O, and column {column + 1} has tags such as "
                    f"{sorted(values[column] - set(OUTSIDE))[0]}; set prepare.tag_column (counted from 1)"
                )
    return last


def word_column(first_fields: Sequence[Sequence[str]], tag: int, width: int, where: str, setting: str) -> int:
    """Return the column of words: the first, unless its fields, of each sentence, are none.

    Args:
        first_fields: the first field of each line, by sentence.
        tag: the column of tags.
        width: how many columns there are.
        where: file and line, for messages.
        setting: the parameter or option that settles it, for messages.

    Raises:
        UserError: where it can't be known.
    """
    fields = [field for row in first_fields for field in row]
    setting = f"set {setting} (counted from 1)"
    if counts_words(first_fields):
        if width < 3:
            raise UserError(f"{where}: the words are 1, 2, 3 ..., and no other column but the tags' has them")
        return 1
    if tag == 0:
        if width == 2:
            return 1
        raise UserError(f"{where}: the tags are in the first column; {setting}")
    if all(re.fullmatch(r"\d[\d.-]*", field) for field in fields) and (len(fields) > 1 or width > 2):
        raise UserError(f"{where}: all words are numbers, such as {fields[0]}; {setting}")
    several = [row for row in first_fields if len(row) > 1]
    if width > 2 and any(len(row) > 2 for row in several) and all(len(set(row)) == 1 for row in several):
        raise UserError(
            f"{where}: the first column has the same on every line of a sentence, such as {several[0][0]!r}, so it "
            f"holds no words; {setting}"
        )
    return 0
