"""The lines of a user's file with its format, and what its columns are read as."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinyner.corpus_files import csv_rows, csv_table, json_values, user_files
from tinyner.corpus_files.file_text import read_lines
from tinyner.corpus_files.labelled_row import WORD_KEYS
from tinyner.corpus_files.reading import Reading
from tinyner.corpus_files.row_ids import ID, id_key


@dataclass(frozen=True)
class FileLines:
    """The lines of a file, its name for messages, and its format."""

    lines: Sequence[str]
    name: str
    format: user_files.Format

    @classmethod
    def of(cls, path: Path, name: str, reading: Reading, *, labelled: bool) -> "FileLines":
        """Return the lines of a file; raise as ``user_files.format_of`` does."""
        lines = read_lines(path, name)
        return cls(lines, name, user_files.format_of(lines, name, reading, labelled=labelled))

    @property
    def is_table(self) -> bool:
        """Whether it is CSV."""
        return self.format.startswith("CSV")

    @cached_property
    def table(self) -> csv_table.Table:
        """The table of a CSV file."""
        return csv_table.read_table(self.lines, self.name, tabs=user_files.kind_of(self.name) != ".csv")

    def columns_in_words(self, document_key: str | None = None) -> str:
        """Return which columns of a table of texts are read, and as what; of JSON only an unusual key of ids.

        ``document_key`` names the column that has the documents, None without one.
        """
        if self.format == "JSON":
            key = id_key([value for _, value in json_values.rows(self.lines, self.name) if isinstance(value, dict)])
            return "" if key in (None, ID) else f"key {key} has the ids"
        if self.format != "CSV":
            return ""
        header, columns = self.table.header, csv_rows.columns_of(self.table)
        read = {columns.text: "texts", columns.row_id: "ids"}
        read |= {place: "words" if key in WORD_KEYS else "labels" for key, place in columns.lists.items()}
        if document_key is not None:
            read.setdefault(header.index(document_key), "documents")
        names = [f"{header[place]} the {what}" for place, what in read.items() if place is not None]
        which = f"column {', '.join(names).replace(' the ', ' has the ', 1)}"
        if columns.row_id is None:
            which += "; no column has ids, so sentences are numbered"
        others = [name for place, name in enumerate(header) if place not in {*read, *columns.plain.values()}]
        return f"{which}; not read: {', '.join(name or 'one without a name' for name in others)}" if others else which
