"""Read sentences in columns: those of the CoNLL shared tasks, CoNLL-U plus, GermEval, MultiCoNER, tokens in CSV.

``column_lines`` has the rules of lines, ``column_choice`` those of columns. All lines of a file have the same number of
columns; where the columns are set by parameter, name or as in CoNLL-2012, the lines of a sentence have.
"""

import re
from collections.abc import Iterable, Sequence

from tinyner.corpus_files.column_choice import Columns, choose, counts_words, is_part
from tinyner.corpus_files.column_lines import ColumnLines, Line, split_lines
from tinyner.corpus_files.labelled_row import named
from tinyner.corpus_files.raw_sentence import NO_BREAK, RawSentence, are_plain, has_white_space
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.tag_spelling import OUTSIDE, looks_tagged
from tinyner.errors import UserError

_ODD_SPACE = re.compile(rf"[^\S \t{NO_BREAK}]")


_QUOTED = '""""'


def read(lines: Iterable[str], name: str, reading: Reading) -> list[RawSentence]:
    """Return the sentences of a file in columns.

    Args:
        lines: of the file, without newlines.
        name: of the file, for messages.
        reading: with the parameters of columns; takes notes.

    Raises:
        UserError: if a line is not as expected, naming file and line, or if there are no sentences.
    """
    named = [column for column in (reading.word_column, reading.tag_column) if isinstance(column, str)]
    return of_table(split_lines(lines, name, named), name, reading)


def of_table(table: ColumnLines, name: str, reading: Reading) -> list[RawSentence]:
    """Return the sentences of lines that are split into fields; as ``read``."""
    if not table.first:
        raise UserError(f"{name}: expected sentences in CoNLL columns, found none")
    _leave_parts_out(table, name, reading)
    _check_widths(table, name, by_sentence=table.conll_2012 or bool(reading.word_column and reading.tag_column))
    columns = choose(table, name, reading)
    tags = {line.fields[columns.tag] for lines in table.words() for line in lines}
    sentences = []
    for lines in table.sentences:
        if lines and not lines[0].may_be_comment:  # comments come first
            sentences.append(_raw(lines, columns, name, reading))
            continue
        words = []
        for line in lines:
            if _is_comment(line, table, columns, tags):
                reading.notes.add(name, "comment lines left out", f"{name}:{line.number}")
            else:
                words.append(line)
        if words:
            sentences.append(_raw(words, columns, name, reading))
    if columns.word or columns.tag != len(table.first.fields) - 1:
        what = f"sentences with words in column {columns.word + 1}, tags in column {columns.tag + 1}"
        reading.notes.add(name, what, f"{name}:{table.first.number}", len(sentences))
    return sentences


def _leave_parts_out(table: ColumnLines, name: str, reading: Reading) -> None:
    """Leave out the lines of CoNLL-U that are no words, where the first column counts them."""
    if not counts_words([[line.fields[0] for line in lines] for lines in table.words()]):
        return
    for lines in table.sentences:
        for line in [line for line in lines if is_part(line.fields[0])]:
            lines.remove(line)
            reading.notes.add(name, "lines of CoNLL-U left out that are no words", f"{name}:{line.number}")


def _check_widths(table: ColumnLines, name: str, *, by_sentence: bool) -> None:
    for lines in table.words():
        first = lines[0] if by_sentence and lines else table.first
        assert first
        for line in lines:
            if len(line.fields) != len(first.fields):
                raise UserError(
                    f"{name}:{line.number}: expected {len(first.fields)} columns as on line {first.number}, "
                    f"found {len(line.fields)}: {line.text[:40]!r}"
                )


def _is_comment(line: Line, table: ColumnLines, columns: Columns, tags: set[str]) -> bool:
    """Return whether a line that may be a comment is one: it has other columns than the words, or no tag."""
    if not line.may_be_comment:
        return False
    assert table.first
    if len(line.fields) != len(table.first.fields):
        return True
    tag = line.fields[columns.tag]
    return tag not in tags and tag not in OUTSIDE and not looks_tagged([tag])


def _raw(lines: Sequence[Line], columns: Columns, name: str, reading: Reading) -> RawSentence:
    words, tags = ([line.fields[column] for line in lines] for column in (columns.word, columns.tag))
    if not are_plain(words) or not are_plain(tags) or _may_be_odd(lines, words):
        _check(lines, columns, name, reading)
        words = [line.fields[columns.word] for line in lines]
    places = [f"{name}:{line.number}" for line in lines]
    if reading.tag_names is not None:
        tags = [tag for tag, place in zip(tags, places, strict=True) for tag in named([tag], reading.tag_names, place)]
    return RawSentence(words=words, where=places[0], tags=tags, word_places=places)


def _may_be_odd(lines: Sequence[Line], words: Sequence[str]) -> bool:
    """Return whether ``_check`` may find something in lines whose words and tags are plain."""
    return _QUOTED in words or _ODD_SPACE.search(" ".join([line.text for line in lines])) is not None


def _check(lines: Sequence[Line], columns: Columns, name: str, reading: Reading) -> None:
    """Check each line of a sentence, and read a quoted quotation mark as one.

    Raises:
        UserError: at the first line that has no word or tag, or white space in one.
    """
    for line in lines:
        word, tag = line.fields[columns.word], line.fields[columns.tag]
        if not word or not tag:
            raise UserError(f"{name}:{line.number}: has no {'tag' if word else 'word'}: {line.text[:40]!r}")
        if has_white_space(word) or has_white_space(tag) or _ODD_SPACE.search(line.text):
            raise UserError(f"{name}:{line.number}: expected columns without white space in them: {line.text[:40]!r}")
        if word == _QUOTED and "\t" in line.text:
            line.fields[columns.word] = '"'
            reading.notes.add(
                name, f"words {_QUOTED}, quoted as in CSV, read as a quotation mark", f"{name}:{line.number}"
            )
