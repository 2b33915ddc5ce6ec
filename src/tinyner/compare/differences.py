"""Whether one run beats another, told in sentences, and as a table of the figures behind them."""

from collections.abc import Sequence

from tinyner.bio import tags_to_spans
from tinyner.compare.table import Column, Table
from tinyner.errors import UserError
from tinyner.runs.gold import gold_of
from tinyner.runs.run import Run
from tinyner.stats.significance import Counts, Difference, count, differences

_P = 0.001  # a smaller p is told as less than this
_P_VALUE = Column("p", least=_P, field="p_value")  # the scores of the same CSV have a p, which is precision


def pairs(named: Sequence[tuple[Run, Run]], label: str | None = None) -> list[Difference]:
    """The first less the second of each pair; p is adjusted over all pairs, where there are several.

    A pair that is named again, in either order, is the same comparison, and counts once.

    Args:
        named: the runs.
        label: the one type whose entities count; None: all do.

    Raises:
        UserError: where runs can't be compared, or gold has no such type.
    """
    distinct: dict[frozenset[str], tuple[str, str]] = {}
    for a, b in named:
        if a.name == b.name:
            raise UserError(f"--proof {a.name} {b.name}: a run is compared with others, not with itself")
        distinct.setdefault(frozenset((a.name, b.name)), (a.name, b.name))
    rows = _counted([run for pair in named for run in pair], label)
    return differences(list(rows.values()), pairs=list(distinct.values()))


def against(runs: Sequence[Run], reference: str | None, label: str | None = None) -> list[Difference]:
    """Every other run less the one named ``reference``; without one, every run less each after it. See ``pairs``."""
    return differences(list(_counted(runs, label).values()), reference)


def _counted(runs: Sequence[Run], label: str | None) -> dict[str, Counts]:
    """Entities of the runs by name.

    Raises:
        UserError: where predictions or gold are missing, or of other sentences than each other.
    """
    by_name = {run.name: run for run in runs}
    gold = gold_of(by_name.values())
    types = sorted({kind for tags in gold for _, _, kind in tags_to_spans(tags)})
    if label is not None and label not in types:
        raise UserError(f"--type {label}: no such entity in data/prepared/test.jsonl; there are {', '.join(types)}")
    try:
        return {name: count(name, gold, run.predictions, run.test, label) for name, run in by_name.items()}
    except ValueError as error:
        raise UserError(
            f"{error}; they are damaged: make the run's predictions, or its archive, again, or leave it out"
        ) from None


def sentences(found: Sequence[Difference]) -> tuple[str, ...]:
    """A plain sentence for each difference."""
    return tuple(f"{one.sentence()}." for one in found)


def tables(found: Sequence[Difference]) -> list[Table]:
    """The figures behind the sentences, in points of F1 x 100; of a single difference also what they are made of.

    ``p, sentences`` is of other test sentences alone, by randomisation, and not adjusted.
    """
    return [_parts(found[0]), _all(found)] if len(found) == 1 else [_all(found)]


def _all(found: Sequence[Difference]) -> Table:
    columns = [Column(name) for name in ("run", "less")]
    columns += [Column(name, digits=2) for name in (_of(found[0]), "std", "low", "high")]
    columns += [_P_VALUE, *(Column(name, "p,", least=_P) for name in ("Holm", "sentences"))]
    columns += [Column("seeds"), Column("shown")]
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
            one.by_sentence.p,
            len(one.seeds),
            "yes" if one.shown else "no",
        )
        for one in found
    ]
    return Table(f"Differences, {100 * found[0].level:g} % CI", tuple(columns), tuple(rows), sentences(found))


def _parts(one: Difference) -> Table:
    """By seed (Student's t), by sentence (the bootstrap, and p by randomisation), and by both, the headline."""
    columns = [Column("over"), *(Column(name, digits=2) for name in (_of(one), "error", "low", "high"))]
    parts = [("test sentences", one.by_sentence)]
    if one.by_seed is not None:
        parts = [("seeds", one.by_seed), *parts, ("both", one.combined)]
    else:  # with a single seed the headline is over sentences too, but by Student's t
        parts.append(("sentences, t", one.combined))
    rows = tuple(
        (over, 100 * one.mean, 100 * part.error, 100 * part.low, 100 * part.high, part.p) for over, part in parts
    )
    title = f"{one.a} less {one.b}: {len(one.seeds)} seeds, {one.sentences} sentences, {100 * one.level:g} % CI"
    return Table(title, (*columns, _P_VALUE), rows)


def _of(one: Difference) -> str:
    return "F1 x 100" if one.label is None else f"{one.label} F1 x 100"
