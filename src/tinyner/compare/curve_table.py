"""The learning curve as tables: F1 over the number of original sentences."""

from collections.abc import Sequence

from tinyner.compare.notes import hidden_differences, parameter_text
from tinyner.compare.run_scores import over_seeds, score
from tinyner.compare.table import Column, Table, with_best
from tinyner.errors import UserError
from tinyner.runs.run import Run

_PARAMETERS = ("train.group", "train.original_size", "prepare.original_size", "train.lr_decay")
"""Parameters that the curve shows."""


def curve_tables(runs: Sequence[Run]) -> list[Table]:
    """Return F1 by number of original sentences, a column per group that has some, a table per lr_decay.

    A note names the runs that are no points of the curve, and why: without original sentences, or not on the group's
    own schedule.

    Raises:
        UserError: if two runs are the same point, or no run is a point.
    """
    points: dict[str, dict[tuple[str, int], Run]] = {}  # by lr_decay, then by group and size
    left_out: list[str] = []
    for run in runs:
        group, size = parameter_text(run.params.get("train.group")), _original_size(run)
        reason = _why_no_point(run, group)
        if reason is not None or size is None:
            left_out.append(f"{run.name} ({reason or 'size not known'})")
            continue
        same_policy = points.setdefault(parameter_text(run.params.get("train.lr_decay")), {})
        other = same_policy.setdefault((group, size), run)
        if other is not run:
            raise UserError(
                f"{other.name} and {run.name}: both are group {group} on {size} original sentences; name the runs "
                "of the curve, or their study: --study FILE"
            )
    if not points:
        raise UserError(
            "no run with original sentences (group A, D or E) on its group's own schedule; `tinyner study curve` "
            "makes such runs"
        )
    tables = [_curve(lr_decay, same_policy) for lr_decay, same_policy in points.items()]
    if left_out:
        tables[-1] = tables[-1].with_notes(f"Left out, as no points of the curve: {', '.join(left_out)}.")
    return tables


def _why_no_point(run: Run, group: str) -> str | None:
    """Return why a run is no point of the curve, whatever its size; None if it is."""
    if group not in ("A", "D", "E"):
        return f"group {group}"
    schedule = parameter_text(run.params.get("train.schedule.type", "group"))
    return None if schedule == "group" else f"schedule {schedule}"


def _original_size(run: Run) -> int | None:
    """Return the number of original sentences that a run draws from, None if it is unknown."""
    if run.params.get("train.original_size") is None:  # all that were prepared
        return run.param("prepare.original_size", int)
    return run.param("train.original_size", int)


def _curve(lr_decay: str, points: dict[tuple[str, int], Run]) -> Table:
    groups = sorted({group for group, _ in points})
    sizes = sorted({size for _, size in points})
    columns = [Column("original sentences"), *(Column(group, "group", spread=True) for group in groups)]
    rows = [(size, *(score(points.get((group, size)), "micro", "f1") for group in groups)) for size in sizes]
    runs = list(points.values())
    title = f"Micro F1 on test over original sentences, lr_decay {lr_decay}, {over_seeds(runs)}"
    return with_best(Table(title, tuple(columns), tuple(rows), tuple(hidden_differences(runs, _PARAMETERS))), "row")
