"""Read sentences from a file of any format that is read, recognised by its name and by how it begins."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from tinyner.corpus_files import columns, csv_rows, csv_table, json_values, written_text
from tinyner.corpus_files.file_text import FORMATS, read_lines
from tinyner.corpus_files.gold_tags import GoldTags
from tinyner.corpus_files.labelled_row import LabelledRow, read_row
from tinyner.corpus_files.raw_sentence import RawSentence
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.row_ids import ID, id_key
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


def read_labelled(path: Path, name: str, split: str, reading: Reading) -> list[Sentence]:
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


def checked_labels(raw: Sequence[RawSentence], name: str, prefix: str, reading: Reading) -> list[Sentence]:
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


def read(path: Path, name: str, prefix: str, reading: Reading) -> list[Sentence]:
    """Return the sentences of a file, with tags where it has labels, and with ids as ``checked`` gives them.

    A file none of whose labels is an entity is taken as unlabelled: so tools write what nobody has labelled yet.

    Raises:
        UserError: as ``read_labelled``, but for missing labels.
    """
    return checked(read_raw(path, name, reading, labelled=False), name, prefix, reading)


def read_raw(path: Path, name: str, reading: Reading, *, labelled: bool) -> list[RawSentence]:
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


def _without_empty_labels(raw: list[RawSentence], name: str, reading: Reading) -> list[RawSentence]:
    labelled = [row for row in raw if row.is_labelled]
    if labelled and not any(row.spans or set(row.tags or ()) - NO_ENTITY for row in labelled):
        what = "sentences with labels, none with an entity, taken as unlabelled"
        reading.notes.add(name, what, labelled[0].where, len(labelled))
        raw = [replace(row, tags=None, spans=None) for row in raw]
    return raw


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


def _raw(path: Path, name: str, reading: Reading, *, labelled: bool) -> list[RawSentence]:
    if kind_of(name) in _NOT_READ:
        raise UserError(f"{name}: {kind_of(name)} is not read; read are {FORMATS}")
    lines = read_lines(path, name)
    match format_of(lines, name, reading, labelled=labelled):
        case "JSON":
            return of_json(_with_ids(list(json_values.rows(lines, name))), name, reading)
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


def of_json(rows: Iterable[tuple[str, Any]], name: str, reading: Reading) -> list[RawSentence]:
    """Return the sentences of rows as ``labelled_row`` has them, each with its place; as ``read_labelled``."""
    sentences: list[RawSentence] = []
    for where, value in rows:
        row = read_row(value, where, reading.tag_names)
        if row is None:
            reading.notes.add(name, "rows left out that their annotator rejected or skipped", where)
        else:
            if row.has_spans_beside:
                reading.notes.add(name, "rows with tags and spans, of which the tags are read", where)
            sentences += _of_row(row, where, name, reading)
    return sentences


def _of_row(row: LabelledRow, where: str, name: str, reading: Reading) -> Iterator[RawSentence]:
    if row.words is not None and (row.tags is not None or not row.spans) and row.places is None:
        unlabelled = row.spans is None or row.tags is not None
        yield RawSentence(
            row.words,
            where,
            row.tags,
            None if unlabelled else [],
            row.row_id,
            cost_usd=row.cost_usd,
            text=None if row.text is None else written_text.of_text(row.text, row.words),
        )
    else:
        assert row.text is not None
        yield from of_text(
            row.text,
            row.places,
            row.spans,
            row.row_id,
            where=where,
            name=name,
            reading=reading,
            cost_usd=row.cost_usd,
        )


def _with_ids(rows: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return rows whose ids stand under another key than ``id`` (``row_ids``) with this key as well."""
    objects = [value if isinstance(value, dict) else {} for _, value in rows]
    key = id_key(objects)
    if key in (None, ID):
        return list(rows)
    return [(where, {**value, ID: value[key]}) for where, value in rows]


def _of_table(table: csv_table.Table, name: str, reading: Reading) -> list[RawSentence]:
    rows = list(csv_rows.rows_of(table))
    for where, row in rows:
        if "\n" in (row.get(csv_table.TEXT) or "").strip():
            reading.notes.add(name, "texts of several lines", where)
    return of_json(rows, name, reading)


def _of_plain_text(lines: Sequence[str], name: str, reading: Reading) -> list[RawSentence]:
    """Return a text a line.

    Raises:
        UserError: if most lines are a single word, as in columns that lack the tags.
    """
    texts = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if 2 * sum(len(text.split()) == 1 and len(word_places(text)) == 1 for _, text in texts) > len(texts) > 1:
        raise UserError(
            f"{name}:{texts[0][0]}: most lines are a single word; give a sentence a line, or columns of words and tags"
        )
    sentences: list[RawSentence] = []
    for number, text in texts:
        sentences += of_text(text, None, None, None, where=f"{name}:{number}", name=name, reading=reading)
    reading.notes.add(name, "lines read as plain text, a sentence each", f"{name}:{texts[0][0]}", len(texts))
    return sentences


def _looks_like_columns(lines: Iterable[str], types: Collection[str] = ()) -> bool:
    """Return whether most lines that are not blank have tabs, or end in what looks like a tag.

    What looks like one: O and its kin, a letter and a type, one of ``types``; or, where all lines have as many words, a
    last word of which there are few.

    >>> _looks_like_columns(["Jan B-PER", "slaapt O"]), _looks_like_columns(["Jan slaapt .", "Piet loopt ."])
    (True, False)
    """
    texts = [line.strip() for line in lines if line.strip()]
    rows = [text.split() for text in texts]
    last = [row[-1] for row in rows if len(row) > 1]
    tagged = sum("\t" in text for text in texts)
    tagged += sum(tag in NO_ENTITY or tag in types or looks_tagged([tag]) for tag in last)
    widths = {len(row) for row in rows}
    return 2 * tagged > len(texts) or (
        len(last) > 3
        and len(widths) == 1
        and 2 * len(set(last)) <= len(last)
        and not all(word.endswith(_SENTENCE_ENDS) for word in last)
    )
