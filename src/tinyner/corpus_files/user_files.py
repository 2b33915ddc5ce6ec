"""Read sentences from a file of any format that is read, recognised by its name and by how it begins."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tinyner.corpus_files import columns, csv_rows, csv_table, json_sentences, json_values
from tinyner.corpus_files.file_text import FORMATS, read_lines
from tinyner.corpus_files.gold_tags import GoldTags
from tinyner.corpus_files.raw_sentence import RawSentence, spooled_sentences
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.sentences import check, checked
from tinyner.corpus_files.tag_spelling import NO_ENTITY, looks_tagged
from tinyner.corpus_files.text_rows import of_text
from tinyner.errors import UserError
from tinyner.rows import Sentence
from tinyner.words import word_places

_JSON = (".jsonl", ".ndjson", ".jsonlines", ".json")
_TABLES = (".csv", ".tsv", ".tab")
_SENTENCE_ENDS = tuple(".!?\u3002\uff01\uff1f\u0964\u06d4\u061f\u1362")
Format = Literal["JSON", "CSV", "CSV, a row a word", "columns", "plain text"]
"""What a file is recognised as."""

_NOT_READ = (
    *(".xml", ".html", ".htm", ".yaml", ".yml", ".md", ".ann", ".rtf"),
    *(".xls", ".xlsx", ".doc", ".docx", ".pdf", ".parquet", ".arrow", ".feather", ".pkl", ".pickle", ".spacy"),
    *(".zip", ".tar", ".tgz", ".bz2", ".xz", ".zst", ".7z"),
)


def kind_of(name: str) -> str:
    """Return the ending of a file's name in small letters, without that of gzip.

    >>> kind_of("data/Mine.JSONL.gz"), kind_of("eng.train"), kind_of("https://example.org/a.csv?raw=true")
    ('.jsonl', '.train', '.csv')
    """
    path = Path(name.lower().partition("?")[0] if "://" in name else name.lower())
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix


def read_labelled(path: Path, name: str, split: str, reading: Reading) -> Sequence[Sentence]:
    """Return the labelled sentences of a file.

    Those that have no id get ``conll-{split}-{index:05d}`` in columns, ``own-{split}-{index:05d}`` in other formats.

    Args:
        path: of the file.
        name: of the file as the user gave it, for messages.
        split: for the ids.
        reading: types and parameters; takes notes.

    Raises:
        UserError: if a line is not as expected or has no labels, naming file and line, or there are no sentences.
    """
    raw = read_raw(path, name, reading, labelled=True)
    in_columns = any(sentence.word_places for sentence in raw)
    return checked_labels(raw, name, f"{'conll' if in_columns else 'own'}-{split}", reading)


def checked_labels(raw: Sequence[RawSentence], name: str, prefix: str, reading: Reading) -> Sequence[Sentence]:
    """Return labelled sentences as ``checked`` does.

    Raises:
        UserError: also if one has no labels, or no text has a span.
    """
    check_labelled(raw)
    _check_some_span(raw, name)
    sentences = checked(raw, name, prefix, reading)
    if not any(set(sentence["tags"]) - NO_ENTITY for sentence in sentences):
        reading.notes.add(name, "sentences, none with an entity", raw[0].where, len(sentences))
    return sentences


def check_labelled(raw: Sequence[RawSentence]) -> None:
    """Check that every sentence has labels.

    Raises:
        UserError: naming the place of one that has none.
    """
    unlabelled = next((sentence for sentence in raw if not sentence.is_labelled), None)
    if unlabelled:
        raise UserError(
            f"{unlabelled.where}: expected labels with every sentence (words with tags, or a text with spans, [] where "
            "it has no entity), this one has none"
        )


def read(path: Path, name: str, prefix: str, reading: Reading) -> Sequence[Sentence]:
    """Return the sentences of a file, with tags where it has labels, and with ids as ``checked`` gives them.

    A file none of whose labels is an entity is taken as unlabelled: so tools write what nobody has labelled yet.

    Raises:
        UserError: as ``read_labelled``, but for missing labels.
    """
    return checked(read_raw(path, name, reading, labelled=False), name, prefix, reading)


def read_raw(path: Path, name: str, reading: Reading, *, labelled: bool) -> Sequence[RawSentence]:
    """Return the sentences of a file with their labels as written there.

    Args:
        path: of the file.
        name: of the file as the user gave it, for messages.
        reading: types and parameters; takes notes.
        labelled: whether all of them have to be; else labels none of which is an entity are taken out.

    Raises:
        UserError: if the file is of no format that is read, or a line is not as its format has it.
    """
    raw = _raw(path, name, reading, labelled=labelled)
    return raw if labelled else _without_empty_labels(raw, name, reading)


def _without_empty_labels(raw: Sequence[RawSentence], name: str, reading: Reading) -> Sequence[RawSentence]:
    count, first = 0, ""
    for row in raw:
        if row.is_labelled:
            if row.spans or set(row.tags or ()) - NO_ENTITY:
                return raw
            count, first = count + 1, first or row.where
    if not count:
        return raw
    reading.notes.add(name, "sentences with labels, none with an entity, taken as unlabelled", first, count)
    return spooled_sentences(replace(row, tags=None, spans=None) for row in raw)


def read_spans(path: Path, name: str, reading: Reading) -> list[RawSentence]:
    """Return the sentences of a labelled file with their labels as spans of the scheme's types, which may overlap.

    ``spans`` of a sentence is None where the file has no labels for it; ``tags`` is None throughout. Ids are those of
    the file, and may stand several times.

    Raises:
        UserError: as ``read_labelled``, but for overlaps, ids, and labels that some sentences lack.
    """
    raw = _raw(path, name, reading, labelled=True)
    labelled = [sentence for sentence in raw if sentence.is_labelled]
    if not labelled:
        raise UserError(f"{name}: expected labels (words with tags, or texts with spans), no sentence has any")
    _check_some_span(labelled, name)
    for sentence in raw:
        check(sentence, name, reading)
    spans = GoldTags(name, reading.types, reading.notes).spans(raw)
    typed = [replace(row, tags=None, spans=row_spans) for row, row_spans in zip(raw, spans, strict=True)]
    if not any(sentence.spans for sentence in typed):
        reading.notes.add(name, "sentences, none with an entity", labelled[0].where, len(labelled))
    return typed


def _check_some_span(raw: Sequence[RawSentence], name: str) -> None:
    if raw and all(sentence.spans == [] for sentence in raw):
        raise UserError(f"{name}: no text has a span; is it labelled?")


def _raw(path: Path, name: str, reading: Reading, *, labelled: bool) -> Sequence[RawSentence]:
    if kind_of(name) in _NOT_READ:
        raise UserError(f"{name}: {kind_of(name)} is not read; read are {FORMATS}")
    lines = read_lines(path, name)
    match format_of(lines, name, reading, labelled=labelled):
        case "JSON":
            return json_sentences.read(lines, name, reading)
        case "CSV, a row a word":
            return columns.of_table(csv_table.tokens(_table(lines, name)), name, reading)
        case "CSV":
            return _of_table(_table(lines, name), name, reading)
        case "plain text":
            return _of_plain_text(lines, name, reading)
        case "columns":
            return columns.read(lines, name, reading)


def format_of(lines: Sequence[str], name: str, reading: Reading, *, labelled: bool) -> Format:
    """Return the format of a file's lines; ``labelled``: plain text is none.

    Raises:
        UserError: if the file has nothing but blank lines, or its table no header.
    """
    if not any(line.strip() for line in lines):
        raise UserError(f"{name}: expected sentences, found none")
    kind = kind_of(name)
    if _is_json(lines, kind):
        return "JSON"
    if kind == ".csv" or (csv_table.is_table(lines) and not csv_table.is_raw(lines)):
        table = _table(lines, name)
        return "CSV, a row a word" if csv_table.is_of_tokens(table) and not csv_rows.holds_words(table) else "CSV"
    return "columns" if labelled or _looks_like_columns(lines, reading.types.names) else "plain text"


def _table(lines: Sequence[str], name: str) -> csv_table.Table:
    return csv_table.read_table(lines, name, tabs=kind_of(name) != ".csv")


def _is_json(lines: Sequence[str], kind: str) -> bool:
    return kind in _JSON or (kind not in _TABLES and json_values.looks_like_json(lines))


def _of_table(table: csv_table.Table, name: str, reading: Reading) -> Sequence[RawSentence]:
    rows = list(csv_rows.rows_of(table))
    for where, row in rows:
        if "\n" in (row.get(csv_table.TEXT) or "").strip():
            reading.notes.add(name, "texts of several lines", where)
    return json_sentences.of_json(rows, name, reading)


def _of_plain_text(lines: Sequence[str], name: str, reading: Reading) -> Sequence[RawSentence]:
    """Return a text a line.

    Raises:
        UserError: if most lines are a single word, as in columns that lack the tags.
    """
    count = single_words = first = 0
    for number, text in _filled(lines):
        first = first or number
        count += 1
        single_words += len(text.split()) == 1 and len(word_places(text)) == 1
    if 2 * single_words > count > 1:
        raise UserError(
            f"{name}:{first}: most lines are a single word; give a sentence a line, or columns of words and tags"
        )
    sentences = spooled_sentences(
        sentence
        for number, text in _filled(lines)
        for sentence in of_text(text, None, None, None, where=f"{name}:{number}", name=name, reading=reading)
    )
    reading.notes.add(name, "lines read as plain text, a sentence each", f"{name}:{first}", count)
    return sentences


def _filled(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, without white space around them, each with its number."""
    return ((number, text) for number, line in enumerate(lines, 1) if (text := line.strip()))


def _looks_like_columns(lines: Iterable[str], types: Collection[str] = ()) -> bool:
    """Return whether most lines that are not blank have tabs, or end in what looks like a tag.

    What looks like one: O and its kin, a letter and a type, one of ``types``; or, where all lines have as many words, a
    last word of which there are few.

    >>> _looks_like_columns(["Jan B-PER", "slaapt O"]), _looks_like_columns(["Jan slaapt .", "Piet loopt ."])
    (True, False)
    """
    count = tagged = several = 0  # lines, lines with tabs and tags, lines of several words
    widths: set[int] = set()
    last: set[str] = set()  # last words, as long as all lines have as many
    has_other_ends = False
    for _, text in _filled(lines):
        row = text.split()
        count += 1
        tagged += "\t" in text
        widths.add(len(row))
        if len(row) > 1:
            several += 1
            tag = row[-1]
            tagged += tag in NO_ENTITY or tag in types or looks_tagged([tag])
            has_other_ends |= not tag.endswith(_SENTENCE_ENDS)
        if len(widths) > 1:
            last.clear()
        elif len(row) > 1:
            last.add(row[-1])
    is_narrow = several > 3 and len(widths) == 1 and 2 * len(last) <= several and has_other_ends
    return 2 * tagged > count or is_narrow
