"""The sentences of a file in CoNLL columns, a word a line; a sentence in memory at a time.

Only the words are read. Which column has them is told by the first lines of the file, by the rules of stage prepare.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tinyner.corpus_files.column_choice import counts_words, is_part, word_column
from tinyner.corpus_files.column_lines import WORD_NAMES, ColumnLines, Line, blocks, folded, split_lines
from tinyner.corpus_files.tag_spelling import OUTSIDE, looks_tagged
from tinyner.errors import UserError
from tinyner.predict.parted import check_length, check_word
from tinyner.predict.source import Source
from tinyner.predict.text import WORDS, TextOrError, text_of_words
from tinyner.predict.text_column import number_of

_CONLL_2012_WORD = 3
_QUOTED = '""""'


@dataclass(frozen=True)
class _Columns:
    word: int
    width: int | None  # None: the lines of a sentence are equally wide
    tagged: Sequence[int]  # columns that hold tags
    header: Sequence[str]
    counts: bool  # the first column counts words, as in CoNLL-U
    leave_out_empty: bool  # tabs only line the columns up
    by_tabs: bool

    def fields(self, line: Line) -> list[str]:
        """Return the fields of a line, levelled as stage prepare does."""
        fields = [field for field in line.fields if field] if self.leave_out_empty else line.fields
        return [*fields, *[""] * (len(self.header) - len(fields))]

    def is_comment(self, line: Line, width: int) -> bool:
        """Return whether a line that may be a comment is one: it has other columns than words, no number or no tag."""
        if not line.may_be_comment:
            return False
        fields = self.fields(line)
        if len(fields) != width or self.counts or (self.by_tabs and width > 1 and "\t" not in line.text):
            return True
        return any(fields[column] not in OUTSIDE and not looks_tagged([fields[column]]) for column in self.tagged)


def texts_of_columns(source: Source, column: str | None) -> Iterator[TextOrError]:
    """Yield the sentences of a file in columns, or why one is none.

    Args:
        source: the file.
        column: of words, as the user says it: its number from 1, or its name in a header; None: found out.

    Raises:
        UserError: where it can't be known which column is meant, or nothing parts the sentences.
    """
    names = [] if column is None or number_of(column) is not None else [column]
    head = split_lines((line.decode(errors="replace") for _, line in source.head), source.name, names)
    if not head.first:
        if any(line.strip() for _, line in source.head):
            raise UserError(f"{source.name}: expected sentences in CoNLL columns, found none in its first lines")
        return
    columns = _columns(head, head.first, column, source.name)
    table = ColumnLines()
    for lines in blocks(_parted(source), source.name, table, names):
        try:
            words, first = _words(lines, columns, source.name)
        except UserError as error:
            yield error
            continue
        if words:
            yield text_of_words(words, first, {WORDS: words})


def _parted(source: Source) -> Iterable[str]:
    """Yield the lines; bytes that are no UTF-8 are escaped."""
    count = 0
    for number, line in source.lines():
        text = line.decode(errors="surrogateescape")
        count = count + 1 if text.strip() else 0
        check_length(count, f"{source.name}:{number}")
        yield text


def _words(lines: Sequence[Line], columns: _Columns, name: str) -> tuple[list[str], int]:
    """Return the words of a sentence, and the number of its first line.

    Raises:
        UserError: naming a line that has other columns, or no word.
    """
    sure = next((line for line in lines if not line.may_be_comment), lines[0])
    width = columns.width or len(columns.fields(sure))
    words: list[str] = []
    first = sure.number
    for line in lines:
        fields = columns.fields(line)
        where = f"{name}:{line.number}"
        if columns.is_comment(line, width) or (columns.counts and is_part(fields[0])):
            continue
        if len(fields) != width:
            raise UserError(f"{where}: expected {width} columns as before, found {len(fields)}: {line.text[:40]!r}")
        word = fields[columns.word] if columns.word < width else ""
        check_word(word, where)
        first = first if words else line.number
        words.append('"' if word == _QUOTED and "\t" in line.text else word)
    return words, first


def _columns(head: ColumnLines, first: Line, column: str | None, name: str) -> _Columns:
    """Return how the first lines of a file are to be read.

    Raises:
        UserError: where it can't be known which column has the words.
    """
    where = f"{name}:{first.number}"
    sentences = [[line.fields for line in lines] for lines in head.words() if lines]
    rows = [fields for lines in sentences for fields in lines]
    width = min(map(len, rows))
    values = [[fields[place] for fields in rows] for place in range(width)]
    tagged = [place for place in range(width) if looks_tagged(values[place])]
    first_fields = [[fields[0] for fields in lines] for lines in sentences]
    word = _named(head.header, column, max(map(len, rows)), where)
    if word is None and head.conll_2012 and width > _CONLL_2012_WORD:
        word = _CONLL_2012_WORD
    if word is None and width == 1:
        word = 0
    if word is None:
        tag = 0 if 0 in tagged and (width - 1) not in tagged else -1
        if tag and _are_plain_tags(values):
            tag = 0
        word = word_column(first_fields, tag, width, where, "--column")
    return _Columns(
        word=word,
        width=None if head.conll_2012 or column is not None else len(rows[0]),
        tagged=tagged,
        header=head.header,
        counts=counts_words(first_fields),
        leave_out_empty=not head.header and len({_width(line) for lines in head.words() for line in lines}) > 1,
        by_tabs="\t" in first.text,
    )


def _width(line: Line) -> int:
    """Return how many columns a line has as it is written, empty ones too."""
    return (
        len(line.text.split("\t")) if "\t" in line.text else len(line.text.split(" ")) - line.text.split(" ").count("")
    )


def _named(header: Sequence[str], column: str | None, width: int, where: str) -> int | None:
    """Return the column that the user, or else the header, names; None where neither does.

    Raises:
        UserError: where there is none, or there are several.
    """
    number = number_of(column)
    if number is not None:
        if not 1 <= number <= width:
            raise UserError(f"{where}: has {width} columns, and --column is {column}")
        return number - 1
    meant = WORD_NAMES if column is None else {folded(column)}
    places = [place for place, name in enumerate(header) if folded(name) in meant]
    if len(places) > 1 or (column is not None and not places):
        has = f"its columns are {', '.join(header)}" if header else "its columns have no names; give a number from 1"
        raise UserError(f"{where}: it can't be known which column has the words: {has}; say --column")
    return places[0] if places else None


def _are_plain_tags(values: Sequence[Sequence[str]]) -> bool:
    """Return whether the first column has few values, O among them, and another one has many: tags before words."""
    first, last = set(values[0]), set(values[-1])
    return len(values) > 1 and "O" in first and len(values[0]) > 5 and 2 * len(first) <= len(last)
