"""The list of findings on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinyner.checks.findings import Findings

_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}


def show(findings: Findings) -> None:
    """Print a line for each finding, and how many errors and warnings there are."""
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings.rows:
        table.add_row(Text(finding.mark, _STYLES[finding.mark]), Text(finding.area), Text(finding.text))
    console = Console(highlight=False, emoji=False)
    console.print(table)
    console.print(f"{_counted(findings.count('error'), 'error')}, {_counted(findings.count('warning'), 'warning')}")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
