"""Whether one run beats another, told in sentences, and as a table of the figures behind them."""

from collections.abc import Sequence
from dataclasses import replace

from tinyner.compare.table import Column, Table
from tinyner.errors import UserError
from tinyner.revisions import Found, gold_of
from tinyner.significance import Counts, Difference, count, difference, differences, holm


def pairs(named: Sequence[tuple[Found, Found]]) -> list[Difference]:
    """The first less the second of each pair; p is adjusted over all pairs, where there are several."""
    rows = _counted([run for pair in named for run in pair])
    found = [difference(rows[a.name], rows[b.name]) for a, b in named]
    if len(found) < 2:
        return found
    adjusted = holm([one.combined.p for one in found])
    return [replace(one, adjusted=p, family=len(found)) for one, p in zip(found, adjusted, strict=True)]


def against(runs: Sequence[Found], reference: str | None) -> list[Difference]:
    """Every other run less the one named ``reference``; without one, every run less each after it."""
    return differences(list(_counted(runs).values()), reference)


def _counted(runs: Sequence[Found]) -> dict[str, Counts]:
    """Entities of the runs by name.

    Raises:
        UserError: where predictions or gold are missing, or of other sentences than each other.
    """
    whole = {run.name: run.whole() for run in runs}
    gold = gold_of(whole.values())
    try:
        return {name: count(name, gold, run.predictions, run.test) for name, run in whole.items()}
    except ValueError as error:
        raise UserError(f"{error}; run `dvc repro prepare`") from None


def sentences(found: Sequence[Difference]) -> tuple[str, ...]:
    """A plain sentence for each difference."""
    return tuple(f"{one.sentence()}." for one in found)


def table(found: Sequence[Difference]) -> Table:
    """The figures behind the sentences, in points of F1 x 100."""
    columns = [Column(name) for name in ("run", "less")]
    columns += [Column(name, digits=2) for name in ("F1 x 100", "std", "low", "high")]
    columns += [Column("p", digits=4), Column("p, Holm", digits=4), Column("seeds"), Column("shown")]
    rows = [
        (
            one.a,
            one.b,
            100 * one.mean,
            None if one.std is None else 100 * one.std,
            100 * one.combined.low,
            100 * one.combined.high,
            one.combined.p,
            one.adjusted,
            len(one.seeds),
            "yes" if one.shown else "no",
        )
        for one in found
    ]
    return Table(f"Differences, {100 * found[0].level:g} % CI", tuple(columns), tuple(rows), sentences(found))
