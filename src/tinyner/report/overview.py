"""Lists of the runs: the setting that they share, all of them in a table, and what the replies cost."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tinyner.compare.references import columns_by_kind, titled
from tinyner.compare.table import Column, Table, Value
from tinyner.report import cost_chart
from tinyner.report.html_table import html_table
from tinyner.report.inputs import Inputs
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, best, by_agreement, schedule_name, with_colon

STUDENTS = {"wheel": "MiniLM, 6 layers of 384, from a wheel"}
"""Descriptions of values of prepare.student."""


def setting(runs: Sequence[ScoredRun], inputs: Inputs) -> Markup:
    """List the values that the runs' parameters take, and the archives that the runs were read from."""
    rows: list[tuple[str, str]] = [
        ("teachers", ", ".join(dict.fromkeys(run.teacher for run in runs))),
        ("student", _values(STUDENTS.get(run.prepare.student, run.prepare.student) for run in runs)),
        (
            "distilled sentences",
            f"{_values(run.target for run in runs)} target{_held_out(runs)}; "
            f"{_values(run.related for run in runs)} related",
        ),
        ("original sentences", _values("none" if _lacks_original(run) else run.original for run in runs)),
        ("epochs", _values(run.train.epochs for run in runs)),
        ("seeds", _values(len(run.train.seeds) for run in runs)),
        (
            "batch, longest",
            f"{_values(run.train.batch_size for run in runs)} sentences, "
            f"{_values(run.train.max_length for run in runs)} subwords",
        ),
        (
            "learning rate",
            f"{_values(f'{run.train.lr:g}' for run in runs)}; "
            f"factor an epoch {_values(f'{run.train.lr_decay:g}' for run in runs)}",
        ),
    ]
    for split in next((run.metrics["prepare"]["splits"] for run in runs if "prepare" in run.metrics), []):
        if split["split"] == "test":
            rows.append(("test", f"{split['sentences']:,} sentences{_stand_in(runs)}"))
    rows += [("read from", f"{name}, sha256 {sha256[:12]}…") for name, sha256 in inputs.archives.items()]
    items = [element("div", element("dt", key), element("dd", text)) for key, text in rows]
    return element("dl", *items, class_="setting")


def _lacks_original(run: ScoredRun) -> bool:
    """Return whether a run's corpus has no train split, and so no original sentences, whatever their size."""
    splits = run.metrics.get("prepare", {}).get("splits", [])
    return any(row["split"] == "original" and not row["sentences"] for row in splits)


def _held_out(runs: Sequence[ScoredRun]) -> str:
    """Return what is said of the number of target sentences where some of them are held out of training."""
    return ", with those that stand in as test or dev set" if any(run.with_stand_ins for run in runs) else ""


def _stand_in(runs: Sequence[ScoredRun]) -> str:
    """Return what is said of the test set where nobody labelled it."""
    by_teacher = {run.by_teacher for run in runs}
    if True not in by_teacher:
        return ""
    return f", {'in some experiments ' if False in by_teacher else ''}labelled by the teacher, not by people"


def all_runs(runs: Sequence[ScoredRun]) -> Table:
    """Return a table with a row for each run, the best F1 of each origin in bold; runs whose scores may be ranked."""
    agreement = runs[0].agreement if runs else ""
    origins = dict.fromkeys(run.origin for run in runs)
    tops = {best([run for run in runs if run.origin == origin]).key for origin in origins}
    rows: list[tuple[Value, ...]] = []
    for run in runs:
        micro, macro = run.scores["micro"], run.scores["macro"]
        scores = (micro["precision"].score, micro["recall"].score, macro["f1"].score)
        schedule = schedule_name(run.kind, run.train.schedule)
        rows.append(
            (
                run.name,
                replace(micro["f1"].score, best=run.key in tops),
                *scores,
                run.teacher,
                run.train.group,
                schedule,
                run.train.lr_decay,
                run.original,
                len(run.train.seeds),
            )
        )
    columns = [Column(name, spread=True) for name in ("F1", "precision", "recall", "macro F1")]
    columns = [Column("experiment"), *columns_by_kind([bool(agreement)], columns)]
    columns += [Column("teacher"), Column("group"), Column("schedule"), Column("lr ×", digits=2)]
    columns += [Column("original"), Column("seeds")]
    title = "Strict scores on test, mean ± standard deviation over seeds; in bold each teacher’s best F1"
    return Table(f"{title}{with_colon(agreement)}", tuple(columns), tuple(rows))


def costs(runs: Sequence[ScoredRun]) -> Markup:
    """List dollars and F1 of the runs whose replies have a price, and say which have none."""
    notes = cost_chart.unpriced(runs)
    tables = [_cost_table([run for run in alike if cost_chart.dollars(run)]) for alike in by_agreement(runs)]
    return joined([*(element("p", note) for note in notes), *tables])


def _cost_table(runs: Sequence[ScoredRun]) -> Markup | None:
    """Return dollars and F1 of runs whose scores may be ranked; None without any."""
    if not runs:
        return None
    kinds = [runs[0].by_teacher]
    costs = [(run, run.metrics["evaluate"]) for run in runs]
    rows = tuple((run.name, cost["cost_usd"], run.micro_f1.score, cost.get("f1_per_usd")) for run, cost in costs)
    columns = [Column("experiment"), Column("US dollars", digits=4)]
    columns += columns_by_kind(kinds, [Column("F1", spread=True), Column("F1 a dollar")])
    title = titled(kinds, "US dollars for the replies that an experiment draws")
    table = Table(title, tuple(columns), rows)
    return html_table(table.without_empty_columns() if runs[0].by_teacher else table)


def _values(values: Iterable[object]) -> str:
    """Return the distinct values in a row, sorted if all are numbers."""
    distinct = list(dict.fromkeys(values))
    numbers = [value for value in distinct if isinstance(value, (int, float))]
    in_order = sorted(numbers) if len(numbers) == len(distinct) else distinct
    return ", ".join("all" if value is None else str(value) for value in in_order)
