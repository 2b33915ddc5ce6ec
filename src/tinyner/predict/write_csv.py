"""Write CSV: a row for each entity."""

import csv
import io
from collections.abc import Sequence

from tinyner.predict.labelling import Counts, Labelled
from tinyner.predict.writers import utf8

COLUMNS = ("file", "line", "id", "start", "end", "label", "entity", "score")


class Csv:
    """Where each entity is, what it says, and the ``id`` of its row; parted by commas or, as TSV, by tabs."""

    def __init__(self, separator: str) -> None:
        """Take what parts the fields."""
        self._separator = separator

    def begin(self) -> bytes:
        """Return the header."""
        return self._rows([COLUMNS])

    def block(self, texts: Sequence[Labelled], counts: Counts) -> bytes:
        """Return the rows of entities; file, id and score are empty where there is none."""
        return self._rows(
            [
                (
                    labelled.text.file,
                    labelled.text.line,
                    labelled.text.row.get("id", ""),
                    entity.start,
                    entity.end,
                    entity.label,
                    labelled.text.text[entity.start : entity.end],
                    "" if entity.score is None else entity.score,
                )
                for labelled in texts
                for entity in labelled.entities
            ]
        )

    def end(self, counts: Counts) -> bytes:
        """Return nothing."""
        return b""

    def _rows(self, rows: Sequence[Sequence[object]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self._separator, lineterminator="\n").writerows(rows)
        return utf8(text.getvalue())
