"""Any runs as rows of a table, by their names."""

from collections.abc import Sequence

from tinyner.compare.notes import (
    decoder_notes,
    different_sentences,
    differing_parameters,
    parameter_text,
    types_without_entities,
)
from tinyner.compare.references import columns_by_kind, kinds_of, reference_notes, titled, values_by_kind
from tinyner.compare.run_scores import (
    PAPER_SCORERS,
    dev_score,
    over_seeds,
    paper_keys_of,
    paper_scores,
    score,
    types_of,
)
from tinyner.compare.table import Column, Table, with_best
from tinyner.runs.run import Run

_MOST_PARAMETERS = 4  # that have columns
_NO_PARAMETER = "No parameter differs. The text of prompts, data and code are no parameters: they may differ."


def tables_by_name(runs: Sequence[Run]) -> list[Table]:
    """Return runs as rows: those scored on gold and those scored on the teacher's tags in tables of their own."""
    kinds = kinds_of(runs)
    if len(kinds) == 1:
        return [table_by_name(runs)]
    tables = [table_by_name([run for run in runs if run.by_teacher == by_teacher]) for by_teacher in kinds]
    return [*tables[:-1], tables[-1].with_notes(*reference_notes(runs)[:1])]


def table_by_name(runs: Sequence[Run]) -> Table:
    """Return runs as rows: the parameters in which they differ, their scores, dev F1, and what their replies cost."""
    differing = differing_parameters(runs)
    keys, more = differing[:_MOST_PARAMETERS], differing[_MOST_PARAMETERS:]
    types, paper_keys = types_of(runs), paper_keys_of(runs)
    scores = [("P", "micro", "precision"), ("R", "micro", "recall"), ("F1", "micro", "f1"), ("macro F1", "macro", "f1")]
    scores += [(name, name, "f1") for name in types]
    kinds, dev_kinds = kinds_of(runs), sorted({run.dev_by_teacher for run in runs})
    columns = [Column("run"), *map(_parameter_column, keys)]
    columns += columns_by_kind(kinds, [Column(name, spread=True) for name, _, _ in scores])
    columns += columns_by_kind(dev_kinds, [Column("dev F1", spread=True)])
    columns += [Column("F1", PAPER_SCORERS[key], spread=True) for key in paper_keys]
    columns.append(Column("USD", "replies", 4))
    rows = [
        (
            run.name,
            *(parameter_text(run.params.get(key, "no such key")) for key in keys),
            *values_by_kind(kinds, run, [score(run, of, measure) for _, of, measure in scores]),
            *(dev_score(run) if run.dev_by_teacher == by_teacher else None for by_teacher in dev_kinds),
            *paper_scores(run, "micro", "f1", paper_keys),
            run.metric("evaluate").get("cost_usd"),
        )
        for run in runs
    ]
    notes = [] if differing or len(runs) < 2 else [_NO_PARAMETER]
    if more:
        notes.append(f"They differ in {len(more)} more parameters: {', '.join(more)}.")
    notes += [*decoder_notes(runs), *different_sentences(runs), *types_without_entities(runs)]
    title = titled(kinds, f"Strict scores on test, {over_seeds(runs)}")
    table = Table(title, tuple(columns), tuple(rows), tuple(notes))
    return with_best(table.without_empty_columns())


def _parameter_column(key: str) -> Column:
    section, dot, name = key.partition(".")
    return Column(name, f"{section}{dot}") if dot else Column(key)
