"""What the checks find: a list of lines with a mark each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from tinyner.errors import UserError

Mark = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One line of the list: ``text`` says what, where, and what to do."""

    mark: Mark
    area: str
    text: str


class Findings:
    """The findings so far, in their order, each once.

    >>> findings = Findings()
    >>> findings.ok("params", "params.yaml: every key is right")
    >>> with findings.collected("data"):
    ...     raise UserError("data/own/train.txt:3: expected two columns, found one")
    >>> [finding.mark for finding in findings.rows], findings.count("error")
    (['ok', 'error'], 1)
    """

    def __init__(self) -> None:
        """Begin without findings."""
        self.rows: list[Finding] = []

    def ok(self, area: str, text: str) -> None:
        """Add what is as it should be."""
        self._add("ok", area, text)

    def warning(self, area: str, text: str) -> None:
        """Add what the pipeline runs with, but gives reason for doubt."""
        self._add("warning", area, text)

    def error(self, area: str, text: str) -> None:
        """Add what the pipeline will stop at."""
        self._add("error", area, text)

    def count(self, mark: Mark) -> int:
        """Return the number of findings with a mark."""
        return sum(finding.mark == mark for finding in self.rows)

    @contextmanager
    def collected(self, area: str) -> Iterator[None]:
        """Add a ``UserError`` of the block as an error, and go on."""
        try:
            yield
        except UserError as error:
            self.error(area, str(error))

    def _add(self, mark: Mark, area: str, text: str) -> None:
        finding = Finding(mark, area, " ".join(text.split()))
        if finding not in self.rows:
            self.rows.append(finding)
