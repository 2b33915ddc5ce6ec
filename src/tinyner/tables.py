"""Tables on the terminal, at most 80 columns wide."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

from rich.table import Table

from tinyner.mean_std import MeanStd
from tinyner.scores import AVERAGES, MEASURES
from tinyner.terminal import harmless_console

_COARSE = 0.1  # half the width of an interval, from which a test set is said to be small


def show_scores(
    title: str, rows: Sequence[Mapping[str, Any]], *, f1: str = "F1", predicted: Sequence[Collection[str]] = ()
) -> None:
    """Print precision, recall and F1 of each average and type, and a note on types without an entity.

    Args:
        title: a line above the table.
        rows: each with ``of`` (the average or type), ``support``, the measures, and, where they are means,
            their standard deviations as ``{measure}_std``, None if unknown.
        f1: what the last of the measures is called.
        predicted: the types that each seed predicts; without any, there is no note.
    """
    table = Table()
    for header in ("", "precision", "recall", f1, "entities"):
        table.add_column(header, justify="right" if header else "left")
    for row in rows:
        cells = [str(MeanStd(row[measure], row.get(f"{measure}_std"))) for measure in MEASURES]
        table.add_row(str(row["of"]), *cells, str(row["support"]), end_section=row["of"] == AVERAGES[-1])
    console = harmless_console()
    console.print(title, highlight=False)
    console.print(table)
    for line in notes_on_types({row["of"]: row["support"] for row in rows}, predicted):
        print(line)


def note_on_size(entities: int, score: str = "an F1") -> str:
    """Return how well a test set with so many entities tells two students apart.

    >>> note_on_size(31)
    '31 entities: an F1 of .70 is known to ±.16 (95 %); smaller differences say nothing, so label more when you can'
    """
    small = "; smaller differences say nothing, so label more when you can" if is_small(entities) else ""
    width = f"{_half_width(entities):.2f}".lstrip("0")
    return (
        f"{entities:,} {'entity' if entities == 1 else 'entities'}: {score} of .70 is known to ±{width} (95 %){small}"
    )


def is_small(entities: int) -> bool:
    """Return whether a test set has so few entities that its scores are known only roughly.

    >>> is_small(72), is_small(5648)
    (True, False)
    """
    return _half_width(entities) >= _COARSE


def _half_width(entities: int) -> float:
    """Return half the width of a 95 % interval of a score of .70, by the normal approximation of a share."""
    return 1.96 * sqrt(0.7 * 0.3 / max(1, entities))


def notes_on_types(
    support: Mapping[str, int], predicted: Sequence[Collection[str]], of: str = "seeds"
) -> Iterator[str]:
    """Yield what macro does with the types that have no entity, as seqeval and ``scores.strict`` do.

    Args:
        support: the number of entities by average and type.
        predicted: the types that each of several predictions has.
        of: what these are of, for people.

    >>> list(notes_on_types({"micro": 3, "PER": 3, "LOC": 0, "ORG": 0}, [{"PER"}, {"PER", "ORG"}]))[0]
    'no entity of LOC to find, so the score there can only be 0; macro leaves it out, as seqeval does'
    """
    if not predicted:
        return
    counts = {
        name: sum(name in types for types in predicted)
        for name, count in support.items()
        if not count and name not in AVERAGES
    }
    for among in sorted(set(counts.values())):
        names = ", ".join(name for name, count in counts.items() if count == among)
        where = "" if among == len(predicted) else f" for the {among} of {len(predicted)} {of} that predict it"
        does = f"counts it{where}" if among else "leaves it out"
        yield f"no entity of {names} to find, so the score there can only be 0; macro {does}, as seqeval does"


def show_rows(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows of the same keys, which are the headers; fractions to three digits."""
    table = Table()
    for header in rows[0] if rows else ():
        table.add_column(header, justify="right")
    for row in rows:
        table.add_row(*(f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values()))
    console = harmless_console()
    console.print(title, highlight=False)
    console.print(table)
