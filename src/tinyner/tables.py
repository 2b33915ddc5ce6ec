"""Tables on the terminal, at most 80 columns wide."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from tinyner.mean_std import MeanStd
from tinyner.scores import AVERAGES, MEASURES


def show_scores(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print precision, recall and F1 of each average and type.

    Args:
        title: a line above the table.
        rows: each with ``of`` (the average or type), ``support``, the measures, and, where they are means,
            their standard deviations as ``{measure}_std``, None if unknown.
    """
    table = Table()
    for header in ("", "precision", "recall", "F1", "entities"):
        table.add_column(header, justify="right" if header else "left")
    for row in rows:
        cells = [str(MeanStd(row[measure], row.get(f"{measure}_std"))) for measure in MEASURES]
        table.add_row(str(row["of"]), *cells, str(row["support"]), end_section=row["of"] == AVERAGES[-1])
    console = Console()
    console.print(title, highlight=False)
    console.print(table)


def show_rows(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows of the same keys, which are the headers; fractions to three digits."""
    table = Table()
    for header in rows[0] if rows else ():
        table.add_column(header, justify="right")
    for row in rows:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
    console = Console()
    console.print(title, highlight=False)
    console.print(table)
