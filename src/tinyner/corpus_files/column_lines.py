"""The lines of a file in columns: fields, sentences, comments, headers.

Tabs part the fields of a line that has any, else blanks; other white space parts nothing. A blank line, a -DOCSTART-
line or the end of the file ends a sentence. A line that begins with # before a sentence's first word may be a comment
or a word (a hashtag): its reader decides, who knows the columns and the tags.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tinyner.errors import UserError

WORD_NAMES = {"word", "words", "token", "tokens", "form"}
TAG_NAMES = {
    "tag",
    "tags",
    "ner",
    "ner tag",
    "ner tags",
    "nertag",
    "ne",
    "label",
    "labels",
    "entity",
    "iob",
    "bio",
    "iob2",
}
"""Names that a header may give the columns of words and of tags, as ``folded`` returns them."""

_ENDS = "\r\n\t "
"""What is stripped off a line."""

_DOCUMENT = re.compile(r"-+DOCSTART")
_GLOBAL_COLUMNS = re.compile(r"#\s*global\.columns\s*=(.*)")
_CONLL_2012 = re.compile(r"#(begin|end) document\b")


class Line(NamedTuple):
    """A line of columns, with its number from 1; it may be a comment where it comes before a sentence's first word."""

    number: int
    fields: list[str]
    text: str
    may_be_comment: bool = False


@dataclass
class ColumnLines:
    """The sentences of a file in columns, each a list of lines; those that may be comments come first."""

    sentences: list[list[Line]] = field(default_factory=list)
    header: list[str] = field(default_factory=list)  # names of the columns, where the file has them
    conll_2012: bool = False

    def words(self) -> list[list[Line]]:
        """Return the lines of each sentence that are surely words."""
        return [[line for line in lines if not line.may_be_comment] for lines in self.sentences]

    @property
    def first(self) -> Line | None:
        """The first line that is surely a word."""
        return next((line for lines in self.sentences for line in lines if not line.may_be_comment), None)


def folded(name: str) -> str:
    """Return the name of a column as it is compared: case, blanks and underscores make no difference.

    >>> folded(" NER_Tag ")
    'ner tag'
    """
    return " ".join(name.replace("_", " ").split()).casefold()


def begins_document(text: str) -> bool:
    """Return whether a line says that a document begins.

    >>> begins_document("-DOCSTART- -X- O O"), begins_document("#begin document (a); part 000")
    (True, True)
    """
    return _names_document(text, _fields(text.strip(_ENDS))) or text.startswith("#begin document")


def is_header(fields: Collection[str], names: Collection[str] = ()) -> bool:
    """Return whether fields are the names of columns: one of words and one of tags, or one of ``names``."""
    folds = set(map(folded, fields))
    return bool(folds & WORD_NAMES and folds & TAG_NAMES) or bool(folds & set(map(folded, names)))


def split_lines(lines: Iterable[str], name: str, names: Collection[str] = ()) -> ColumnLines:
    """Return the sentences of a file in columns.

    Args:
        lines: of the file, without newlines.
        name: of the file, for messages.
        names: of columns that the parameters name; a first line that has one of them is a header.

    Raises:
        UserError: if the file is one of WebAnno's, whose columns are others.
    """
    table = ColumnLines()
    table.sentences.extend(blocks(lines, name, table, names))
    _level(table)
    return table


def blocks(lines: Iterable[str], name: str, table: ColumnLines, names: Collection[str] = ()) -> Iterator[list[Line]]:
    """Yield the lines of each sentence as soon as it ends; what the file says of its columns goes into ``table``.

    Raises:
        UserError: as ``split_lines``.
    """
    block: list[Line] = []
    has_words = False
    for number, text in enumerate(lines, 1):
        stripped = text.strip(_ENDS)
        fields = _fields(stripped)
        if has_words and stripped and stripped[0] != "#" and not stripped[0].isspace() and "DOCSTART" not in stripped:
            block.append(Line(number, fields, stripped))  # as nearly all are
            continue
        at_start = not block or block[-1].may_be_comment
        document_2012 = stripped.startswith("#") and _CONLL_2012.match(stripped) is not None
        if document_2012 or not stripped or stripped.isspace() or _names_document(stripped, fields):
            table.conll_2012 |= document_2012
            if block:
                yield block
            block = []
        elif stripped.startswith("#") and (match := _GLOBAL_COLUMNS.fullmatch(stripped)):
            table.header = match[1].split()
        elif stripped.startswith("#FORMAT=WebAnno"):
            raise UserError(f"{name}:{number}: WebAnno TSV is not read; export it as CoNLL 2002")
        elif at_start and not table.header and not has_words and is_header(fields, names):
            table.header = fields
        else:
            block.append(Line(number, fields, stripped, at_start and stripped.startswith("#")))
            has_words |= not block[-1].may_be_comment
    if block:
        yield block


def _names_document(text: str, fields: list[str]) -> bool:
    return "DOCSTART" in text and any(map(_DOCUMENT.match, fields[:2]))


def _fields(stripped: str) -> list[str]:
    if "\t" in stripped:
        return [field.strip(" \r") for field in stripped.split("\t")]
    fields = stripped.split(" ")
    return fields if "" not in fields else [*filter(None, fields)]


def _level(table: ColumnLines) -> None:
    """Make lines equally wide: fill up those that end early under a header, or else leave empty fields out."""
    if table.header:
        for lines in table.words():
            for line in lines:
                line.fields.extend([""] * (len(table.header) - len(line.fields)))
    widths = {len(line.fields) for lines in table.sentences for line in lines if not line.may_be_comment}
    if len(widths) > 1 and not table.header:  # perhaps of tabs that only line columns up
        for lines in table.sentences:
            for line in lines:
                line.fields[:] = [field for field in line.fields if field]
