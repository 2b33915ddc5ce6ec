"""The paper's Table 2 (groups), Table 3 (schedules) and Figure 3 (weight curves), with its scores beside ours."""

from collections.abc import Mapping, Sequence

from tinyner.compare import paper
from tinyner.compare.notes import hidden_differences, parameter_text
from tinyner.compare.run_scores import (
    MEASURE_NAMES,
    over_seeds,
    paper_columns,
    paper_keys_of,
    score,
    scorer_notes,
    strict_and_paper_scores,
    types_of,
)
from tinyner.compare.table import Column, Table, Value, with_best
from tinyner.errors import UserError
from tinyner.params import Schedule
from tinyner.runs.run import Run
from tinyner.schedules import shares_by_epoch
from tinyner.scores import MEASURES
from tinyner.study.plans import LR_POLICIES, Changes, table2, table3

_POLICIES = {"fixed": "fixed lr", "decay": "decayed lr"}
"""What the policies of the learning rate are called in headers."""

_ABOVE = "Above, the paper's F1 is that of groups A, C and E in its Table 2."


def group_table(recorded: Mapping[str, Run], prefix: str = "") -> Table:
    """Return Table 2: groups A to E under both policies of the learning rate.

    Args:
        recorded: experiments of the study by name.
        prefix: before the experiments' names.

    Raises:
        UserError: if an experiment has other parameters than the study gives it.
    """
    planned = table2()
    runs = _as_planned(recorded, planned, prefix)
    paper_keys = paper_keys_of(runs.values())
    columns = [Column("group")]
    for policy in LR_POLICIES:
        title = _POLICIES[policy]
        columns += [Column("F1", title, spread=True), *paper_columns(paper_keys, title), Column("paper", title)]
    rows = []
    for group in "ABCDE":
        row: list[Value] = [group]
        for policy in LR_POLICIES:
            run = runs.get(f"{group}-{policy}")
            row += [*strict_and_paper_scores(run, "micro", "f1", paper_keys), paper.TABLE2[group, policy]]
        rows.append(tuple(row))
    table = Table(
        f"Table 2: micro F1 on test by group, {over_seeds(runs.values())}",
        tuple(columns),
        tuple(rows),
        (*scorer_notes(paper_keys), *_unplanned_differences(runs, planned)),
    )
    return with_best(table.without_empty_columns())


def schedule_tables(recorded: Mapping[str, Run], prefix: str = "") -> list[Table]:
    """Return Table 3, a table per policy of the learning rate, then what else can be read of the paper's.

    Args:
        recorded: experiments of the study by name.
        prefix: before the experiments' names.

    Raises:
        UserError: if an experiment has other parameters than the study gives it.
    """
    planned = table3()
    runs = _as_planned(recorded, planned, prefix)
    paper_keys = paper_keys_of(runs.values())
    schedules = list(dict.fromkeys(name.rpartition("-")[0] for name in planned))
    types = types_of(runs.values())
    tables = [
        _schedules_under_policy(policy, runs, schedules, types, paper_keys)
        for policy in LR_POLICIES
        if any(name.endswith(f"-{policy}") for name in runs)
    ]
    notes = (*scorer_notes(paper_keys), _ABOVE, *_unplanned_differences(runs, planned))
    return [*tables, _other_scores(runs, paper_keys).with_notes(*notes)]


def _schedules_under_policy(
    policy: str, runs: Mapping[str, Run], schedules: Sequence[str], types: Sequence[str], paper_keys: Sequence[str]
) -> Table:
    columns = [Column("schedule"), *(Column(name, spread=True) for name in MEASURE_NAMES.values())]
    columns += [*paper_columns(paper_keys), Column("paper"), Column("macro F1", spread=True)]
    columns += [Column(f"{name} F1", spread=True) for name in types]
    rows = []
    for schedule in schedules:
        run = runs.get(f"{schedule}-{policy}")
        group = paper.AS_SCHEDULES.get(schedule)
        row: list[Value] = [schedule, *(score(run, "micro", measure) for measure in MEASURES)]
        row += [score(run, "micro", "f1", key) for key in paper_keys]
        row.append(paper.TABLE2[group, policy] if group else None)
        row += [score(run, of, "f1") for of in ("macro", *types)]
        rows.append(tuple(row))
    over = over_seeds(run for name, run in runs.items() if name.endswith(f"-{policy}"))
    title = f"Table 3: schedules on group E's data, {_POLICIES[policy]}, {over}"
    return with_best(Table(title, tuple(columns), tuple(rows)).without_empty_columns())


def _other_scores(runs: Mapping[str, Run], paper_keys: Sequence[str]) -> Table:
    """Return the scores that can be read of the paper's Table 3, beside ours under both policies."""
    columns = [Column("schedule"), Column("figure")]
    for policy in LR_POLICIES:
        columns += [Column("ours", _POLICIES[policy], spread=True), *paper_columns(paper_keys, _POLICIES[policy])]
    columns.append(Column("paper"))
    rows = []
    for (schedule, of, measure), paper_score in paper.TABLE3.items():
        row: list[Value] = [schedule, f"{of} {MEASURE_NAMES[measure]}"]
        for policy in LR_POLICIES:
            row += strict_and_paper_scores(runs.get(f"{schedule}-{policy}"), of, measure, paper_keys)
        rows.append((*row, paper_score))
    table = Table("What else can be read of the paper's Table 3", tuple(columns), tuple(rows))
    return table.without_empty_columns()


def share_table(epochs: int) -> Table:
    """Return Figure 3 as a table: w0 of every schedule by epoch, counted from 1."""
    rows: dict[str, tuple[Value, ...]] = {}
    for experiment, changes in table3().items():
        name = experiment.rpartition("-")[0]
        settings = {field: changes[f"train.schedule.{field}"] for field in Schedule.model_fields}
        rows[name] = (name, *(w0 for w0, _ in shares_by_epoch(Schedule.model_validate(settings), "E", epochs)))
    return Table(
        f"Figure 3: w0, the share of distilled sentences, by epoch, T = {epochs}",
        (Column("schedule"), *(Column(str(t + 1), "epoch", digits=2) for t in range(epochs))),
        tuple(rows.values()),
        ("The share of original sentences, w1, is 1 - w0; under all, both are 1.",),
    )


def _as_planned(recorded: Mapping[str, Run], planned: Mapping[str, Changes], prefix: str) -> dict[str, Run]:
    """Return the runs by their names in the study, without prefix.

    Raises:
        UserError: if a run has other parameters than the study gives it.
    """
    runs = {name: recorded[f"{prefix}{name}"] for name in planned if f"{prefix}{name}" in recorded}
    for name, run in runs.items():
        for key, value in planned[name].items():
            if run.params.get(key) != value:
                raise UserError(
                    f"{run.name}: has {key} {parameter_text(run.params.get(key))}, and what `tinyner study` calls "
                    f"{name} has {parameter_text(value)}; record it under another name, or set --prefix"
                )
    return runs


def _unplanned_differences(runs: Mapping[str, Run], planned: Mapping[str, Changes]) -> list[str]:
    return hidden_differences(list(runs.values()), {key for changes in planned.values() for key in changes})
