"""The list of findings: a table on a terminal, a line a finding elsewhere."""

from rich.table import Table
from rich.text import Text

from tinyner.checks.findings import Findings
from tinyner.terminal import harmless_console

_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}
_MARK_WIDTH = max(map(len, _STYLES))


def show(findings: Findings) -> None:
    """Print each finding, and how many errors and warnings there are.

    A terminal has long texts folded in their column. In a pipe or file a finding is a line, whatever its length.
    """
    console = harmless_console(highlight=False, emoji=False)
    if console.is_terminal:
        table = Table.grid(padding=(0, 2))
        for _ in range(3):
            table.add_column(overflow="fold")
        for finding in findings.rows:
            table.add_row(Text(finding.mark, _STYLES[finding.mark]), Text(finding.area), Text(finding.text))
        console.print(table)
    else:
        area_width = max((len(finding.area) for finding in findings.rows), default=0)
        for finding in findings.rows:
            print(f"{finding.mark:<{_MARK_WIDTH}}  {finding.area:<{area_width}}  {finding.text}")
    counts = f"{_counted(findings.count('error'), 'error')}, {_counted(findings.count('warning'), 'warning')}"
    print(counts, flush=True)  # before anything goes to stderr


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
