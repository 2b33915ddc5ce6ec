"""How ``tinyner init`` reads the user's files: as stage prepare does, and types that nobody has named yet."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tinyner import fetch
from tinyner.corpus_files import column_choice, column_lines, user_files
from tinyner.corpus_files.file_text import BINARY, read_lines
from tinyner.corpus_files.notes import Notes
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.scheme_types import SchemeTypes, folded_name
from tinyner.corpus_files.sentences import checked
from tinyner.corpus_files.tag_spelling import NO_POSITION, SpellingError, parts_of
from tinyner.errors import UserError, listed
from tinyner.init import documents
from tinyner.init.file_lines import FileLines
from tinyner.params import Prepare
from tinyner.prepare.corpus import SPLITS, files_of, is_named_as_a_split
from tinyner.prepare.ranking import ranked
from tinyner.rows import Sentence

__all__ = [
    "SPLITS",
    "Content",
    "Notes",
    "Reading",
    "SchemeTypes",
    "UserFile",
    "check_labels",
    "files_of",
    "folded_name",
    "is_named_as_a_split",
    "label_counts",
    "opened",
    "ranked",
    "read_gold",
    "read_sentences",
    "reading_of",
    "texts_of_several",
]

_GZIP = b"\x1f\x8b"
_LARGEST_DOCUMENT = 1 / 3  # of the rows
_MOST_TYPES = 200


@dataclass(frozen=True)
class UserFile:
    """A file of the user's: where it can be read as UTF-8, and its name in messages."""

    path: Path
    name: str
    encoding: str = "UTF-8"  # that it was in

    @property
    def base_name(self) -> str:
        """The name without folders.

        >>> UserFile(Path(), "my/notes?.csv").base_name
        'notes?.csv'
        >>> UserFile(Path(), "https://example.org/my%20notes.csv?raw=true").base_name
        'my notes.csv'
        """
        return Path(unquote(urlsplit(self.name).path) if fetch.is_url(self.name) else self.name).name


@dataclass(frozen=True)
class Content:
    """What a file has: sentences, and for each the row that it is of and its document, numbered from 0."""

    file: UserFile
    format: str
    sentences: Sequence[Sentence]
    rows: list[int]
    documents: list[int]
    notes: Notes
    columns: str = ""  # what a table's columns are read as, in words


def opened(source: str, encoding: str | None, scratch: Path, flag: str) -> UserFile:
    """Return a file given by path or URL; one that is no UTF-8 is copied into ``scratch`` as UTF-8.

    Args:
        source: its path or URL.
        encoding: of a file that is not UTF-8, None where the user named none.
        scratch: a folder.
        flag: that names it, for messages.

    Raises:
        UserError: if it is not there, or can't be read in this encoding, or there is no such encoding.
    """
    try:
        path, name = fetch.file(source), fetch.address(source)
    except UserError as error:
        raise UserError(f"{flag}: {error}") from None
    data = path.read_bytes()
    if data.startswith(_GZIP):
        return UserFile(path, name)  # its readers say what is wrong with it
    try:
        data.decode()
    except UnicodeDecodeError:
        if encoding is None and not data.startswith(BINARY):
            raise UserError(f"{_not_utf_8(path, name)}; or say --encoding NAME, and it is copied as UTF-8") from None
    else:
        if not data.isascii():
            return UserFile(path, name)
    if encoding is None:
        return UserFile(path, name)
    try:
        text = data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise UserError(f"{name}: --encoding {encoding}: {error}") from None
    if text.encode() == data:  # of ASCII alone, and no encoding that escapes other signs, as ISO-2022-JP does
        return UserFile(path, name)
    copy = scratch / f"{len(list(scratch.iterdir()))}-{Path(name).name}"
    copy.write_bytes(text.encode())
    return UserFile(copy, name, encoding)


def _not_utf_8(path: Path, name: str) -> str:
    try:
        read_lines(path, name)
    except UserError as error:
        return str(error)
    raise AssertionError(name)


def reading_of(prepare: Prepare, types: SchemeTypes) -> Reading:
    """Return a reading of these types by the parameters of ``prepare``, without notes yet."""
    return Reading(
        types=types,
        word_column=prepare.word_column,
        tag_column=prepare.tag_column,
        tag_names=prepare.tag_names,
        span_edges=prepare.span_edges,
        split_texts=prepare.split_texts,
    )


def texts_of_several(file: UserFile, reading: Reading, *, labelled: bool) -> tuple[int, int]:
    """Return how many rows a file has, and how many of them are a text of several sentences.

    Raises:
        UserError: as the readers do.
    """
    reading = replace(reading, split_texts=True, span_edges="snap", notes=Notes())
    raw = user_files.read_raw(file.path, file.name, reading, labelled=labelled)
    return sum(row.part == 0 for row in raw), sum(row.part == 1 for row in raw)


def check_labels(file: UserFile, reading: Reading) -> None:
    """Check that a file of a teacher's labels can be read, and has known types; where spans end is looked at later.

    Raises:
        UserError: as the readers do.
    """
    user_files.read_spans(file.path, file.name, replace(reading, span_edges="snap", notes=Notes()))


def label_counts(file: UserFile, reading: Reading, *, every_row: bool = True) -> Counter[str]:
    """Return the names of the types in a labelled file, and how often each stands in a span or at a word.

    Args:
        file: to be read.
        reading: types and parameters.
        every_row: whether every row has to have labels.

    Raises:
        UserError: as the readers do; if tags name no type, or so many that they are none.
    """
    reading = replace(reading, types=SchemeTypes({}), span_edges="snap", notes=Notes())
    _check_columns(file, reading)
    raw = user_files.read_raw(file.path, file.name, reading, labelled=True)
    if every_row:
        user_files.check_labelled(raw)
    counts = Counter(label for sentence in raw for _, _, label in sentence.spans or ())
    tags = Counter(tag for sentence in raw for tag in sentence.tags or ())
    try:
        parts = parts_of(tags)
    except SpellingError as error:
        raise UserError(f"{_place_of(error.tag, raw)}: {error}") from None
    bare = [tag for tag, (position, _) in parts.items() if position == NO_POSITION]
    if bare and (len(bare) == len(tags) or len(bare) > _MOST_TYPES or set(bare) <= set("BIESLUMW")):
        raise UserError(
            f"{_place_of(bare[0], raw)}: no types can be taken from tags such as {', '.join(map(repr, bare[:3]))}; "
            "name the types with --types, and the column of the tags, if it is another, with -S prepare.tag_column=N"
        )
    for tag, (position, label) in parts.items():
        if position != "O":
            counts[label] += tags[tag]
    return counts


def _check_columns(file: UserFile, reading: Reading) -> None:
    """Check that one column alone holds tags, unless a parameter or the file itself says which one counts.

    Raises:
        UserError: naming the columns.
    """
    lines = read_lines(file.path, file.name)
    if reading.tag_column is not None or user_files.format_of(lines, file.name, reading, labelled=True) != "columns":
        return
    table = column_lines.split_lines(lines, file.name)
    columns = [] if table.header or table.conll_2012 else column_choice.tagged_columns(table)
    if len(columns) > 1:
        raise UserError(
            f"{file.name}: columns {listed(column + 1 for column in columns)} hold tags; say which one "
            "counts: -S prepare.tag_column=N (from 1)"
        )


def _place_of(tag: str, raw: Sequence[RawSentence]) -> str:
    return next(row.place_of(row.tags.index(tag)) for row in raw if row.tags is not None and tag in row.tags)


def read_sentences(file: UserFile, reading: Reading, *, labels: bool = True) -> Content:
    """Return the sentences of a file for the LLM, with the ids that stage prepare gives them.

    Args:
        file: to be read.
        reading: types and parameters.
        labels: whether labels are read, where it has any.

    Raises:
        UserError: as the readers do.
    """
    reading = replace(reading, notes=Notes())
    raw = user_files.read_raw(file.path, file.name, reading, labelled=False)
    if not labels:
        raw = [replace(row, tags=None, spans=None) for row in raw]
    sentences = checked(raw, file.name, "own", reading)
    lines = FileLines.of(file.path, file.name, reading, labelled=False)
    rows, columns = _rows(raw), lines.columns_in_words()
    return Content(file, _format_in_words(lines.format, raw), sentences, rows, rows, reading.notes, columns)


def read_gold(file: UserFile, split: str, reading: Reading, document_key: str | None = None) -> Content:
    """Return the labelled sentences of a file, with the ids that stage prepare gives those of a split.

    Args:
        file: to be read.
        split: for the ids.
        reading: types and parameters.
        document_key: the key or column that names a row's document; ``none``: documents make no difference.

    Raises:
        UserError: as the readers do.
    """
    reading = replace(reading, notes=Notes())
    raw = user_files.read_raw(file.path, file.name, reading, labelled=True)
    prefix = f"{'conll' if any(row.word_places for row in raw) else 'own'}-{split}"
    sentences = user_files.checked_labels(raw, file.name, prefix, reading)
    lines = FileLines.of(file.path, file.name, reading, labelled=True)
    rows = _rows(raw)
    if document_key == documents.NONE:
        numbers, used_key = rows, None
    else:
        names, used_key = documents.names_of(lines, raw, reading.tag_names, document_key)
        numbers = _numbers(names, rows, file, reading.notes, parts_large_documents=document_key is None)
    columns = lines.columns_in_words(used_key)
    return Content(file, _format_in_words(lines.format, raw), sentences, rows, numbers, reading.notes, columns)


def _rows(raw: Sequence[RawSentence]) -> list[int]:
    """Return the number of the row that each sentence is of."""
    return [count - 1 for count in itertools.accumulate(int(sentence.part == 0) for sentence in raw)]


def _format_in_words(file_format: str, raw: Sequence[RawSentence]) -> str:
    if any(sentence.spans is not None for sentence in raw):
        return f"{file_format}, texts with spans"
    if file_format == "JSON" and any(sentence.tags is not None for sentence in raw):
        return f"{file_format}, words with tags"
    return file_format


def _numbers(
    names: Sequence[str], rows: Sequence[int], file: UserFile, notes: Notes, *, parts_large_documents: bool
) -> list[int]:
    """Return the number of each sentence's document; a row without a name of its document is one by itself."""
    counts = Counter(filter(None, names))
    largest = max(counts.values(), default=0)
    if parts_large_documents and largest > len(names) * _LARGEST_DOCUMENT:
        if len(counts) > 1:
            what = "rows of one document, so many that it is parted (--document KEY keeps documents together)"
            notes.add(file.name, what, file.name, largest)
        return list(rows)
    by_name: dict[str, int] = {}
    return [by_name.setdefault(names[row] or f"\0{row}", len(by_name)) for row in rows]
