"""The paper's Table 2 (groups), Table 3 (schedules) and Figure 3 (weight curves), with its scores beside ours."""

from collections.abc import Mapping, Sequence

from tinyner.compare import paper
from tinyner.compare.notes import hidden_differences, parameter_text
from tinyner.compare.references import columns_by_kind, kinds_of, titled, values_by_kind
from tinyner.compare.run_scores import (
    MEASURE_NAMES,
    on_conll,
    over_seeds,
    paper_columns,
    paper_keys_of,
    paper_scores,
    score,
    scorer_notes,
    types_of,
)
from tinyner.compare.table import Column, Table, Value, with_best
from tinyner.errors import UserError
from tinyner.params import Schedule
from tinyner.runs.run import Run
from tinyner.schedules import shares_by_epoch
from tinyner.scores import MEASURES
from tinyner.study.plans import BLENDED, GROUP, LR_POLICIES, PAPERS_GROUP, Changes, table2, table3

_POLICIES = {"fixed": "fixed lr", "decay": "decayed lr"}
"""What the policies of the learning rate are called in headers."""


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
    kinds, paper_keys, beside_paper = kinds_of(runs.values()), paper_keys_of(runs.values()), on_conll(runs.values())
    columns = [Column("group")]
    for policy in LR_POLICIES:
        title = _POLICIES[policy]
        columns += columns_by_kind(kinds, [Column("F1", title, spread=True)])
        columns += [*paper_columns(paper_keys, title), Column("paper", title)]
    rows = []
    for group in "ABCDE":
        row: list[Value] = [group]
        for policy in LR_POLICIES:
            run = runs.get(f"{group}-{policy}")
            row += values_by_kind(kinds, run, [score(run, "micro", "f1")])
            row += paper_scores(run, "micro", "f1", paper_keys)
            row.append(paper.TABLE2[group, policy] if beside_paper else None)
        rows.append(tuple(row))
    table = Table(
        titled(kinds, f"Table 2: micro F1 on test by group, {over_seeds(runs.values())}"),
        tuple(columns),
        tuple(rows),
        (*(scorer_notes(paper_keys) if beside_paper else ()), *_unplanned_differences(runs, planned)),
    )
    return with_best(table.without_empty_columns())


def schedule_tables(recorded: Mapping[str, Run], prefix: str = "") -> list[Table]:
    """Return Table 3, a table per policy of the learning rate, then what else can be read of the paper's.

    Args:
        recorded: experiments of the study by name.
        prefix: before the experiments' names.

    Raises:
        UserError: if an experiment has other parameters than the study gives it, or they are of several groups.
    """
    group = _blended_group(recorded, prefix)
    planned = table3(group)
    runs = _as_planned(recorded, planned, prefix)
    paper_keys, beside_paper = paper_keys_of(runs.values()), on_conll(runs.values())
    schedules = list(dict.fromkeys(name.rpartition("-")[0] for name in planned))
    types = types_of(runs.values())
    tables = [
        _schedules_under_policy(policy, runs, schedules, types, paper_keys, group=group, beside_paper=beside_paper)
        for policy in LR_POLICIES
        if any(name.endswith(f"-{policy}") for name in runs)
    ]
    notes = _unplanned_differences(runs, planned)
    if beside_paper:
        if group == PAPERS_GROUP:
            tables.append(_other_scores(runs, paper_keys))
        *others, last = sorted(paper.AS_SCHEDULES[group].values())
        above = f"Above, the paper's F1 is that of groups {', '.join(others)} and {last} in its Table 2."
        notes = [*scorer_notes(paper_keys), above, *notes]
    return [*tables[:-1], tables[-1].with_notes(*notes)]


def _schedules_under_policy(
    policy: str,
    runs: Mapping[str, Run],
    schedules: Sequence[str],
    types: Sequence[str],
    paper_keys: Sequence[str],
    *,
    group: str,
    beside_paper: bool,
) -> Table:
    of_policy = [run for name, run in runs.items() if name.endswith(f"-{policy}")]
    kinds, averages = kinds_of(of_policy), ("macro", *types)
    columns = [Column("schedule")]
    columns += columns_by_kind(kinds, [Column(name, spread=True) for name in MEASURE_NAMES.values()])
    columns += [*paper_columns(paper_keys), Column("paper")]
    columns += columns_by_kind(kinds, [Column(f"{name} F1", spread=True) for name in averages])
    rows = []
    for schedule in schedules:
        run = runs.get(f"{schedule}-{policy}")
        as_group = paper.AS_SCHEDULES[group].get(schedule) if beside_paper else None
        row: list[Value] = [schedule]
        row += values_by_kind(kinds, run, [score(run, "micro", measure) for measure in MEASURES])
        row += paper_scores(run, "micro", "f1", paper_keys)
        row.append(paper.TABLE2[as_group, policy] if as_group else None)
        row += values_by_kind(kinds, run, [score(run, of, "f1") for of in averages])
        rows.append(tuple(row))
    title = titled(kinds, f"Table 3: schedules on group {group}'s data, {_POLICIES[policy]}, {over_seeds(of_policy)}")
    return with_best(Table(title, tuple(columns), tuple(rows)).without_empty_columns())


def _other_scores(runs: Mapping[str, Run], paper_keys: Sequence[str]) -> Table:
    """Return the scores that can be read of the paper's Table 3, beside ours under both policies."""
    kinds = kinds_of(runs.values())
    columns = [Column("schedule"), Column("figure")]
    for policy in LR_POLICIES:
        columns += columns_by_kind(kinds, [Column("ours", _POLICIES[policy], spread=True)])
        columns += paper_columns(paper_keys, _POLICIES[policy])
    columns.append(Column("paper"))
    rows = []
    for (schedule, of, measure), paper_score in paper.TABLE3.items():
        row: list[Value] = [schedule, f"{of} {MEASURE_NAMES[measure]}"]
        for policy in LR_POLICIES:
            run = runs.get(f"{schedule}-{policy}")
            row += values_by_kind(kinds, run, [score(run, of, measure)])
            row += paper_scores(run, of, measure, paper_keys)
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


def _blended_group(recorded: Mapping[str, Run], prefix: str) -> str:
    """Return the group whose data the schedules blend: E, as in the paper, or D.

    Raises:
        UserError: if there are both.
    """
    by_group: dict[str, str] = {}
    for name in table3():
        run = recorded.get(f"{prefix}{name}")
        if run is not None and run.params.get(GROUP) in BLENDED:
            by_group.setdefault(str(run.params[GROUP]), run.name)
    if len(by_group) > 1:
        names = " and ".join(f"{name} of group {group}" for group, name in sorted(by_group.items()))
        raise UserError(
            f"{names}: a table of schedules is of one group's data; record those of each group under a --prefix of "
            "its own, and give --prefix"
        )
    return next(iter(by_group), PAPERS_GROUP)


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
