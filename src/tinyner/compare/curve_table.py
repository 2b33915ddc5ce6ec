"""The learning curve as tables: F1 over the number of original sentences."""

from collections.abc import Sequence

from tinyner.compare.notes import hidden_differences, parameter_text
from tinyner.compare.references import columns_by_kind, kinds_of, reference_name, reference_notes, titled
from tinyner.compare.run_scores import over_seeds, score
from tinyner.compare.table import Column, Table, with_best
from tinyner.errors import UserError
from tinyner.runs.run import Run

_PARAMETERS = ("train.group", "train.original_size", "prepare.original_size", "train.lr_decay")
"""Parameters that the curve shows."""


def curve_tables(runs: Sequence[Run]) -> list[Table]:
    """Return F1 by number of original sentences: a column per group with original sentences, a table per lr_decay.

    Runs that are held against different tags have separate tables. A note names the runs that are no points of the
    curve, and why: without original sentences, or not on the group's own schedule.

    Raises:
        UserError: if two runs are the same point, or no run is a point.
    """
    points: dict[tuple[str, str], dict[tuple[str, int], Run]] = {}  # by lr_decay and reference, then group and size
    left_out: list[str] = []
    for run in runs:
        group, size = parameter_text(run.params.get("train.group")), original_size(run)
        reason = _why_no_point(run, group)
        if reason is not None or size is None:
            left_out.append(f"{run.name} ({reason or 'size not known'})")
            continue
        key = parameter_text(run.params.get("train.lr_decay")), reference_name(run)
        other = points.setdefault(key, {}).setdefault((group, size), run)
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
    tables = [_curve(lr_decay, comparable) for (lr_decay, _), comparable in points.items()]
    tables[-1] = tables[-1].with_notes(
        *reference_notes([run for by_size in points.values() for run in by_size.values()])
    )
    if left_out:
        tables[-1] = tables[-1].with_notes(f"Left out, as no points of the curve: {', '.join(left_out)}.")
    return tables


def _why_no_point(run: Run, group: str) -> str | None:
    """Return why a run is no point of the curve, whatever its size; None if it is."""
    if group not in ("A", "D", "E"):
        return f"group {group}"
    schedule = parameter_text(run.params.get("train.schedule.type", "group"))
    return None if schedule == "group" else f"schedule {schedule}"


def original_size(run: Run) -> int | None:
    """Return the number of original sentences that a run draws from, None if it is unknown."""
    for section in ("train", "prepare"):
        if run.params.get(f"{section}.original_size") is not None:
            return run.param(f"{section}.original_size", int)
    splits = run.metrics.get("prepare", {}).get("splits") or []  # all that were prepared
    return next((row.get("sentences") for row in splits if row.get("split") == "original"), None)


def _curve(lr_decay: str, points: dict[tuple[str, int], Run]) -> Table:
    groups = sorted({group for group, _ in points})
    sizes = sorted({size for _, size in points})
    runs = list(points.values())
    kinds = kinds_of(runs)  # a single one: all are held against the same tags
    columns = [Column("original sentences")]
    columns += columns_by_kind(kinds, [Column(group, "group", spread=True) for group in groups])
    rows = [(size, *(score(points.get((group, size)), "micro", "f1") for group in groups)) for size in sizes]
    title = titled(kinds, f"Micro F1 on test over original sentences, lr_decay {lr_decay}, {over_seeds(runs)}")
    return with_best(Table(title, tuple(columns), tuple(rows), tuple(hidden_differences(runs, _PARAMETERS))), "row")
