"""Significance tests between runs, as sentences and as tables of differences, intervals and p-values."""

from collections.abc import Sequence

from tinyner.bio import tags_to_spans
from tinyner.compare.other_gold import OtherGold, counts_of
from tinyner.compare.references import columns_by_kind, titled
from tinyner.compare.table import Column, Table
from tinyner.errors import UserError
from tinyner.runs.reference import TEST, reference_of
from tinyner.runs.run import Run
from tinyner.stand_ins import AGREEMENT, ALIGNED
from tinyner.stats.significance import Counts, Difference
from tinyner.stats.significance import differences as tested

_LEAST_P = 0.001  # a smaller p is printed as less than this
_P = Column("p", least=_LEAST_P, field="p_value")  # in CSV, p is precision


def pairs(
    runs: Sequence[tuple[Run, Run]],
    entity_type: str | None = None,
    other_gold: OtherGold | None = None,
    *,
    level: float = 0.95,
) -> list[Difference]:
    """Return the first less the second run of each pair; p is adjusted over all pairs, if there are several.

    A pair that is given again, in either order, is the same comparison and is tested once.

    Args:
        runs: the pairs.
        entity_type: the type whose entities are counted; None: all.
        other_gold: what the predictions are held against instead of what the runs were scored on.
        level: of confidence.

    Raises:
        UserError: if runs can't be compared, or gold has no such type.
    """
    distinct: dict[frozenset[str], tuple[str, str]] = {}
    for a, b in runs:
        if a.name == b.name:
            raise UserError(f"--significance {a.name} {b.name}: a run is compared with others, not with itself")
        distinct.setdefault(frozenset((a.name, b.name)), (a.name, b.name))
    counts = _counts([run for pair in runs for run in pair], entity_type, other_gold)
    return tested(list(counts.values()), pairs=list(distinct.values()), level=level)


def against(
    runs: Sequence[Run],
    reference: str | None,
    entity_type: str | None = None,
    other_gold: OtherGold | None = None,
) -> list[Difference]:
    """Return every other run less the one named ``reference``; without one, every run less each after it.

    Args:
        runs: all runs, the reference among them.
        reference: a run's name.
        entity_type: the type whose entities are counted; None: all.
        other_gold: what the predictions are held against instead of what the runs were scored on.

    Raises:
        UserError: if runs can't be compared, or gold has no such type.
    """
    return tested(list(_counts(runs, entity_type, other_gold).values()), reference)


def _counts(runs: Sequence[Run], entity_type: str | None, other_gold: OtherGold | None) -> dict[str, Counts]:
    """Return the entity counts of the runs by name.

    Raises:
        UserError: if predictions or gold are missing, are not of the same sentences, or are held against other tags.
    """
    runs_by_name = {run.name: run for run in runs}
    if other_gold is None:
        _check_alike(list(runs_by_name.values()))
    reference = (reference_of if other_gold is None else other_gold.checked)(runs_by_name.values())
    types = sorted({kind for tags in reference.tags for _, _, kind in tags_to_spans(tags)})
    if entity_type is not None and entity_type not in types:
        where = other_gold.source if other_gold else ALIGNED if reference.by_teacher else TEST
        raise UserError(f"--type {entity_type}: no such entity in {where}; there are {', '.join(types)}")
    measure = agreement_on(entity_type) if reference.by_teacher else ""
    return {name: counts_of(run, reference, entity_type, measure) for name, run in runs_by_name.items()}


def agreement_on(entity_type: str | None) -> str:
    """Return what points of F1 against the teacher's tags are, as a sentence on a difference says it.

    >>> agreement_on("PER"), agreement_on(None)
    ('points of agreement with the teacher on PER, not accuracy', 'points of agreement with the teacher, not accuracy')
    """
    agreement, comma, rest = AGREEMENT.partition(",")
    return f"points of {agreement}{f' on {entity_type}' if entity_type else ''}{comma}{rest}"


def _check_alike(runs: Sequence[Run]) -> None:
    """Raise a UserError if runs are not all held against the same kind of tags: gold, or the teacher's."""
    against_gold = next((run for run in runs if not run.by_teacher), None)
    by_teacher = next((run for run in runs if run.by_teacher), None)
    if against_gold and by_teacher:
        raise UserError(
            f"{against_gold.name} is scored against gold, and of {by_teacher.name} there is {AGREEMENT}: two "
            "quantities, whose difference says nothing; test runs of one kind"
        )
    by_reference: dict[str, str] = {}
    for run in runs:
        if run.by_teacher:
            by_reference.setdefault(run.reference, run.name)
    if len(by_reference) > 1:
        first, second, *_ = by_reference.values()
        raise UserError(
            f"{first} and {second}: not held against the same tags of the teacher (other prompts, replies or "
            "annotators), so that their difference says nothing; test runs with the same ones"
        )


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
    columns += [_mean_column(differences[0]), *(Column(name, digits=2) for name in ("std", "low", "high"))]
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
    level = f"{100 * differences[0].level:g} % CI"
    title = titled(_kinds(differences), f"Differences, each pair by its own variance over seeds, {level}")
    return Table(title, tuple(columns), tuple(rows), sentences(differences))


def _parts_table(difference: Difference) -> Table:
    """Return what seeds (Student's t), sentences (bootstrap, p by randomisation) and both contribute."""
    columns = [Column("over"), _mean_column(difference)]
    columns += [Column(name, digits=2) for name in ("error", "low", "high")]
    parts = [("test sentences", difference.by_sentence)]
    if difference.by_seed is not None:
        parts = [("seeds", difference.by_seed), *parts, ("both", difference.combined)]
    else:  # of a single seed, the combined result is over sentences alone, by Student's t
        parts.append(("sentences, t", difference.combined))
    rows = tuple(
        (over, 100 * difference.mean, 100 * part.error, 100 * part.low, 100 * part.high, part.p) for over, part in parts
    )
    title = titled(
        _kinds([difference]),
        f"{difference.a} less {difference.b}: {len(difference.seeds)} seeds, {difference.sentences} sentences, "
        f"{100 * difference.level:g} % CI",
    )
    return Table(title, (*columns, _P), rows)


def _kinds(differences: Sequence[Difference]) -> list[bool]:
    return sorted({bool(difference.measure) for difference in differences})


def _mean_column(difference: Difference) -> Column:
    """Return the column of the means: of F1, or of agreement with the teacher."""
    name = "F1 x 100" if difference.label is None else f"{difference.label} F1 x 100"
    return columns_by_kind(_kinds([difference]), [Column(name, digits=2)])[0]
