"""Counts that add up: what goes into a stage comes out of it, or is counted as failed.

A stage holds the rows that it writes against those that it read, sentence by sentence, before its files take their
places. What does not add up is a ``UserError`` that names the stage and the ids.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import read_rows
from tinyner.rows import Sentence

_IDS_SHOWN = 3
FAULT = "nothing was written; that is a fault of tinyner, please report it"
"""What to do where a stage, and none of its inputs, is to blame."""


def counted(ids: Iterable[str], count: int) -> str:
    """Return how many there are, and the first ids.

    >>> counted(["a", "b"], 2), counted(["a", "b", "c", "d", "e"], 5)
    ('2 (a, b)', '5 (a, b, c and 2 more)')
    """
    first = list(islice(ids, _IDS_SHOWN))
    more = f" and {count - len(first):,} more" if count > len(first) else ""
    return f"{count:,} ({', '.join(first)}{more})"


class Balance:
    """Collects what does not add up in the rows of a stage; ``check`` refuses it all.

    >>> balance = Balance("clean")
    >>> balance.check()
    >>> balance.add("replies without a row", "conll-train-00007")
    >>> balance.check()
    Traceback (most recent call last):
    tinyner.errors.UserError: clean: replies without a row: 1 (conll-train-00007); nothing was written; that is ...
    """

    def __init__(self, stage: str) -> None:
        """Take the name of the stage, for messages."""
        self._stage = stage
        self._counts: Counter[tuple[str, str]] = Counter()  # by what is wrong, and what to do
        self._ids: dict[tuple[str, str], list[str]] = {}  # the first ones
        self._last: dict[tuple[str, str], str] = {}  # id

    def add(self, what: str, row_id: str, cure: str = FAULT) -> None:
        """Count a sentence of which something does not add up; ``what`` is a phrase in the plural.

        A sentence counts once, if its rows come one behind the other.
        """
        if self._last.get((what, cure)) == row_id:
            return
        self._last[what, cure] = row_id
        self._counts[what, cure] += 1
        ids = self._ids.setdefault((what, cure), [])
        if len(ids) < _IDS_SHOWN:
            ids.append(row_id)

    def add_all(self, phrases: Iterable[str], row_id: str) -> None:
        """Count a sentence for each of the phrases that say what does not add up."""
        for what in phrases:
            self.add(what, row_id)

    def expect(self, what: str, total: int, parts: int) -> None:
        """Check that a total is the sum of its parts.

        Raises:
            UserError: where it isn't; first of what was added before, which names the ids.
        """
        self.check()
        if total != parts:
            raise UserError(f"{self._stage}: {what} do not add up: {total:,} in, {parts:,} out; {FAULT}")

    def check(self) -> None:
        """Raise a UserError where something was added, in the order in which it came up."""
        for (what, cure), ids in self._ids.items():
            raise UserError(f"{self._stage}: {what}: {counted(ids, self._counts[what, cure])}; {cure}")


def by_sentence(
    stage: str, sentences: Path, rows: Path, made_by: str, *, some: bool = False
) -> Iterator[tuple[Sentence, list[Any]]]:
    """Yield each sentence of a set with its rows; both files are read once, side by side.

    Args:
        stage: that reads them, for messages.
        sentences: file of the set.
        rows: file with rows of these sentences, in their order.
        made_by: the stage that writes the rows.
        some: whether only some sentences have rows; the others are left out then.

    Raises:
        UserError: where a file can't be read, a row is of no sentence or out of order, a sentence stands twice, or
            (unless ``some``) has no row.
    """
    waiting = (row for _, row in read_rows(rows))
    row = next(waiting, None)
    for _, sentence in read_rows(sentences):
        of_sentence = []
        while row is not None and row.get("id") == sentence.get("id"):
            of_sentence.append(row)
            row = next(waiting, None)
        if of_sentence:
            yield sentence, of_sentence  # type: ignore[misc]
        elif not some:
            raise _mismatch(stage, sentences, rows, made_by, some=some)
    if row is not None:
        raise _mismatch(stage, sentences, rows, made_by, some=some)


def _mismatch(stage: str, sentences: Path, rows: Path, made_by: str, *, some: bool) -> UserError:
    """Return the error of files that don't fit each other, after a look at all ids."""
    sentence_ids, row_ids = _ids(sentences), _ids(rows)
    strange = [row_id for row_id in row_ids if row_id not in sentence_ids]
    lacking = [] if some else [sentence_id for sentence_id in sentence_ids if sentence_id not in row_ids]
    twice = [sentence_id for sentence_id, count in sentence_ids.items() if count > 1]
    cure = f"run `dvc repro {made_by}`"
    for ids, what in (
        (twice, f"sentences that stand in {sentences} more than once"),
        (strange, f"rows of {rows} that are of no sentence of {sentences}"),
        (lacking, f"sentences of {sentences} without a row in {rows}"),
    ):
        if ids:
            return UserError(f"{stage}: {what}: {counted(ids, len(ids))}; {cure}")
    return UserError(f"{stage}: the rows of {rows} are not in the order of {sentences}; {cure}")


def _ids(path: Path) -> Counter[str]:
    """Return how often each id stands in a file, in their order."""
    return Counter(str(row.get("id")) for _, row in read_rows(path))
