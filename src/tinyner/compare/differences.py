"""Significance tests between runs, as sentences and as tables of differences, intervals and p-values."""

from collections.abc import Sequence

from tinyner.bio import tags_to_spans
from tinyner.compare.table import Column, Table
from tinyner.errors import UserError
from tinyner.runs.gold import gold_of
from tinyner.runs.run import Run
from tinyner.stats.significance import Counts, Difference, count
from tinyner.stats.significance import differences as tested

_LEAST_P = 0.001  # a smaller p is printed as less than this
_P = Column("p", least=_LEAST_P, field="p_value")  # in CSV, p is precision


def pairs(runs: Sequence[tuple[Run, Run]], entity_type: str | None = None) -> list[Difference]:
    """Return the first less the second run of each pair; p is adjusted over all pairs, if there are several.

    A pair that is given again, in either order, is the same comparison and is tested once.

    Args:
        runs: the pairs.
        entity_type: the type whose entities are counted; None: all.

    Raises:
        UserError: if runs can't be compared, or gold has no such type.
    """
    distinct: dict[frozenset[str], tuple[str, str]] = {}
    for a, b in runs:
        if a.name == b.name:
            raise UserError(f"--significance {a.name} {b.name}: a run is compared with others, not with itself")
        distinct.setdefault(frozenset((a.name, b.name)), (a.name, b.name))
    counts = _counts([run for pair in runs for run in pair], entity_type)
    return tested(list(counts.values()), pairs=list(distinct.values()))


def against(runs: Sequence[Run], reference: str | None, entity_type: str | None = None) -> list[Difference]:
    """Return every other run less the one named ``reference``; without one, every run less each after it.

    Args:
        runs: all runs, the reference among them.
        reference: a run's name.
        entity_type: the type whose entities are counted; None: all.

    Raises:
        UserError: if runs can't be compared, or gold has no such type.
    """
    return tested(list(_counts(runs, entity_type).values()), reference)


def _counts(runs: Sequence[Run], entity_type: str | None) -> dict[str, Counts]:
    """Return the entity counts of the runs by name.

    Raises:
        UserError: if predictions or gold are missing, or are not of the same sentences.
    """
    runs_by_name = {run.name: run for run in runs}
    gold = gold_of(runs_by_name.values())
    types = sorted({kind for tags in gold for _, _, kind in tags_to_spans(tags)})
    if entity_type is not None and entity_type not in types:
        raise UserError(
            f"--type {entity_type}: no such entity in data/prepared/test.jsonl; there are {', '.join(types)}"
        )
    try:
        return {name: count(name, gold, run.predictions, run.test, entity_type) for name, run in runs_by_name.items()}
    except ValueError as error:
        raise UserError(
            f"{error}; they are damaged: make the run's predictions, or its archive, again, or leave it out"
        ) from None


def sentences(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Return a sentence for each difference."""
    return tuple(f"{difference.sentence()}." for difference in differences)


def tables(differences: Sequence[Difference]) -> list[Table]:
    """Return the differences as a table, in points of F1 x 100; before it, of a single one, the parts of its error.

    The column ``p, sentences`` is for other test sentences alone, by approximate randomisation, and is not adjusted.
    """
    whole = _differences_table(differences)
    return [_parts_table(differences[0]), whole] if len(differences) == 1 else [whole]


def _differences_table(differences: Sequence[Difference]) -> Table:
    columns = [Column(name) for name in ("run", "less")]
    columns += [Column(name, digits=2) for name in (_f1_header(differences[0]), "std", "low", "high")]
    columns += [_P, *(Column(name, "p,", least=_LEAST_P) for name in ("Holm", "sentences"))]
    columns += [Column("seeds"), Column("shown")]
    rows = [
        (
            difference.a,
            difference.b,
            100 * difference.mean,
            None if difference.std is None else 100 * difference.std,
            100 * difference.combined.low,
            100 * difference.combined.high,
            difference.combined.p,
            difference.adjusted,
            difference.by_sentence.p,
            len(difference.seeds),
            "yes" if difference.significant else "no",
        )
        for difference in differences
    ]
    title = f"Differences, {100 * differences[0].level:g} % CI"
    return Table(title, tuple(columns), tuple(rows), sentences(differences))


def _parts_table(difference: Difference) -> Table:
    """Return what seeds (Student's t), sentences (bootstrap, p by randomisation) and both contribute."""
    columns = [Column("over"), *(Column(name, digits=2) for name in (_f1_header(difference), "error", "low", "high"))]
    parts = [("test sentences", difference.by_sentence)]
    if difference.by_seed is not None:
        parts = [("seeds", difference.by_seed), *parts, ("both", difference.combined)]
    else:  # of a single seed, the combined result is over sentences alone, by Student's t
        parts.append(("sentences, t", difference.combined))
    rows = tuple(
        (over, 100 * difference.mean, 100 * part.error, 100 * part.low, 100 * part.high, part.p) for over, part in parts
    )
    title = (
        f"{difference.a} less {difference.b}: {len(difference.seeds)} seeds, {difference.sentences} sentences, "
        f"{100 * difference.level:g} % CI"
    )
    return Table(title, (*columns, _P), rows)


def _f1_header(difference: Difference) -> str:
    return "F1 x 100" if difference.label is None else f"{difference.label} F1 x 100"
