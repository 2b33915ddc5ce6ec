"""The figures of runs as tables: the paper's Tables 1, 2 and 3, the learning curve, and any runs by name."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tinyner.compare import paper
from tinyner.compare.table import Cell, Column, Score, Table, few, with_best
from tinyner.errors import UserError
from tinyner.params import Schedule
from tinyner.runs.run import Run
from tinyner.schedules import weights
from tinyner.scores import AVERAGES, MEASURES
from tinyner.study.plans import LR_POLICIES, Changes, table2, table3

POLICIES = {"fixed": "fixed lr", "decay": "decayed lr"}
"""What the policies of the learning rate are called in headers."""

_SHORT = {"precision": "P", "recall": "R", "f1": "F1"}
_OF_CURVE = ("train.group", "train.original_size", "prepare.original_size", "train.lr_decay")
"""Parameters that the learning curve shows."""

_OF_TEACHER: tuple[str, ...] = (
    "types.",
    "prepare.corpus",
    "prepare.target",
    "prepare.target_size",
    "prepare.seed",
)
_OF_TEACHER += tuple(f"annotate.{name}" for name in ("definitions.", "examples", "few_shot", "shots", "output"))
_OF_TEACHER += ("clean.", "align.")
"""Beginnings of the parameters that a teacher's scores depend on, but for those in its name."""

_MOST_KNOBS = 4  # parameters that a table has columns for
_MOST_ALIKE = 9  # runs of the same teacher that are named
_CORRECTED = "conllpp_paper_summary"
_BY_PAPER = {"paper_summary": "paper's scorer, official test", _CORRECTED: "paper's scorer, CoNLL++"}
"""Columns of the scores by the paper's scorer, by their key in metrics/evaluate.json."""

_SCORERS = (
    "Ours is strict F1 on the official test; the paper's figures are by its own scorer, which counts subwords, on "
    "CoNLL++ (docs/paper.md)."
)
_NO_PARAMETER = "No parameter differs. The text of prompts, data and code are no parameters: they may differ."
_ABOVE = "Above, the paper's F1 is that of groups A, C and E in its Table 2."
_OFFICIAL = (
    "So the columns \"paper's scorer, official test\" are not on the paper's test set; set prepare.conllpp for those "
    "that are."
)


def by_name(runs: Sequence[Run]) -> Table:
    """Any runs as rows: the parameters they differ in, their scores, dev F1, and what their replies cost."""
    differing = _differing(runs)
    shown, more = differing[:_MOST_KNOBS], differing[_MOST_KNOBS:]
    types, by_paper = _types(runs), _by_paper(runs)
    scored = [("P", "micro", "precision"), ("R", "micro", "recall"), ("F1", "micro", "f1"), ("macro F1", "macro", "f1")]
    scored += [(name, name, "f1") for name in types]
    columns = [Column("run"), *map(_knob_column, shown)]
    columns += [Column(name, spread=True) for name, _, _ in scored]
    columns += [Column("dev F1", spread=True), *(Column("F1", _BY_PAPER[key], spread=True) for key in by_paper)]
    columns.append(Column("USD", "replies", 4))
    rows = []
    for run in runs:
        rows.append(
            (
                run.name,
                *(value(run.params.get(key, "no such key")) for key in shown),
                *(_score(run, of, measure) for _, of, measure in scored),
                _dev(run),
                *(_score(run, "micro", "f1", key) for key in by_paper),
                run.metric("evaluate").get("cost_usd"),
            )
        )
    notes = [] if differing or len(runs) < 2 else [_NO_PARAMETER]
    if more:
        notes.append(f"They differ in {len(more)} more parameters: {', '.join(more)}.")
    table = Table(f"Strict scores on test, {_over(runs)}", tuple(columns), tuple(rows), (*notes, *_unlike(runs)))
    return with_best(_without_empty(table))


def teachers(runs: Sequence[Run]) -> Table:
    """Table 1: teachers against gold as columns, the paper's beside those with its prompts.

    Notes name the runs that have no column: those without scores, and those whose scores another's column has.

    Raises:
        UserError: where no run has a teacher that could be scored.
    """
    distinct: dict[tuple[str, str], tuple[Run, list[Mapping[str, Any]]]] = {}
    without: list[str] = []
    alike: dict[str, list[str]] = {}
    for run in runs:
        rows = run.metric("align").get("teacher") or []
        label, prompt = _teacher(run)
        if not rows:
            without.append(run.name)
            continue
        same = next((one for (_, of), (one, known) in distinct.items() if of == prompt and known == rows), None)
        if same is not None:
            alike.setdefault(same.name, []).append(run.name)
            continue
        if (label, prompt) in distinct:
            label = f"{label} ({run.name})"
        distinct[label, prompt] = (run, rows)
    if not distinct:
        raise UserError(
            f"{', '.join(run.name for run in runs)}: no teacher scored against gold in metrics/align.json; the LLM's "
            "sentences need gold tags (prepare.target: corpus)"
        )
    columns, cells = [Column("")], []
    prompts = list(dict.fromkeys(prompt for _, prompt in distinct))
    of_first = [str(row["of"]) for row in next(iter(distinct.values()))[1]]
    keys = [(of, measure) for of in of_first for measure in MEASURES]
    for prompt in prompts:
        for (label, own), (_, rows) in distinct.items():
            if own == prompt:
                columns.append(Column(label, prompt, spread=True))
                by_key = {(row["of"], measure): float(row[measure]) for row in rows for measure in MEASURES}
                cells.append([Score(by_key[key]) if key in by_key else None for key in keys])
        if prompt in paper.TABLE1:
            columns.append(Column("paper", prompt, digits=2))
            cells.append([paper.TABLE1[prompt].get(key) for key in keys])  # type: ignore[misc]
    names = [f"{of} {_SHORT[measure]}" for of, measure in keys]
    ends = frozenset(number for number in range(len(MEASURES) - 1, len(keys) - 1, len(MEASURES)))
    rows_ = tuple(zip(names, *cells, strict=True))
    those = [run for run, _ in distinct.values()]
    others = {key for run in those for key in run.params if not key.startswith(_OF_TEACHER)}
    notes = [*_not_shown(those, others, "align", "teacher"), *_no_column(without, alike)]
    table = Table("Table 1: the teacher against gold, strict", tuple(columns), rows_, tuple(notes), ends)
    return with_best(table, "row")


def _no_column(without: Sequence[str], alike: Mapping[str, Sequence[str]]) -> list[str]:
    """Notes on runs that Table 1 has no column of: without scores, and with those of another run, by its name."""
    notes = [f"No teacher scored against gold: {', '.join(without)}."] if without else []
    for name, names in alike.items():
        notes.append(f"The same scores as {name}, so in its column: {few(names, _MOST_ALIKE)}.")
    return notes


def groups(found: Mapping[str, Run], prefix: str = "") -> Table:
    """Table 2: the groups under both policies of the learning rate, of experiments by the names of the study."""
    runs = _as_planned(found, table2(), prefix)
    by_paper = _by_paper(runs.values())
    columns = [Column("group")]
    for policy in LR_POLICIES:
        title = POLICIES[policy]
        columns += [Column("F1", title, spread=True), *_columns(by_paper, title), Column("paper", title)]
    rows = []
    for group in "ABCDE":
        row: list[Cell] = [group]
        for policy in LR_POLICIES:
            run = runs.get(f"{group}-{policy}")
            row += [*_every(run, "micro", "f1", by_paper), paper.TABLE2[group, policy]]
        rows.append(tuple(row))
    table = Table(
        f"Table 2: micro F1 on test by group, {_over(runs.values())}",
        tuple(columns),
        tuple(rows),
        (*_scorers(by_paper), *_notes(runs, table2())),
    )
    return with_best(_without_empty(table))


def schedules(found: Mapping[str, Run], prefix: str = "") -> list[Table]:
    """Table 3: the schedules, a table a policy, and what can be read of the paper's beside ours."""
    planned = table3()
    runs = _as_planned(found, planned, prefix)
    kinds = list(dict.fromkeys(name.rpartition("-")[0] for name in planned))
    types, by_paper = _types(runs.values()), _by_paper(runs.values())
    columns = [Column("schedule")]
    columns += [Column(name, spread=True) for name in ("P", "R", "F1")]
    columns += [*_columns(by_paper), Column("paper"), Column("macro F1", spread=True)]
    columns += [Column(f"{name} F1", spread=True) for name in types]
    tables = []
    for policy in LR_POLICIES:
        rows = []
        for kind in kinds:
            run = runs.get(f"{kind}-{policy}")
            group = paper.AS_SCHEDULES.get(kind)
            row: list[Cell] = [kind, *(_score(run, "micro", measure) for measure in MEASURES)]
            row += [_score(run, "micro", "f1", key) for key in by_paper]
            row.append(paper.TABLE2[group, policy] if group else None)
            row += [_score(run, of, "f1") for of in ("macro", *types)]
            rows.append(tuple(row))
        own = {name: run for name, run in runs.items() if name.endswith(f"-{policy}")}
        if own:
            title = f"Table 3: schedules on group E's data, {POLICIES[policy]}, {_over(own.values())}"
            tables.append(with_best(_without_empty(Table(title, tuple(columns), tuple(rows)))))
    columns = [Column("schedule"), Column("figure")]
    for policy in LR_POLICIES:
        columns += [Column("ours", POLICIES[policy], spread=True), *_columns(by_paper, POLICIES[policy])]
    rows = []
    for (kind, of, measure), figure in paper.TABLE3.items():
        cells = [cell for policy in LR_POLICIES for cell in _every(runs.get(f"{kind}-{policy}"), of, measure, by_paper)]
        rows.append((kind, f"{of} {_SHORT[measure]}", *cells, figure))
    read = Table(
        "What else can be read of the paper's Table 3", (*columns, Column("paper")), tuple(rows),
        (*_scorers(by_paper), _ABOVE, *_notes(runs, planned)),
    )  # fmt: skip
    return [*tables, _without_empty(read)]


def shares(epochs: int) -> Table:
    """Figure 3: w0 of every schedule by epoch, which are counted from 1."""
    rows: dict[str, tuple[Cell, ...]] = {}
    for name, changes in table3().items():
        kind = name.rpartition("-")[0]
        own = Schedule.model_validate({knob: changes[f"train.schedule.{knob}"] for knob in Schedule.model_fields})
        rows[kind] = (kind, *(w0 for w0, _ in weights(own, "E", epochs)))
    columns = (Column("schedule"), *(Column(str(t + 1), "epoch", digits=2) for t in range(epochs)))
    note = "The share of original sentences, w1, is 1 - w0; under all, both are 1."
    return Table(
        f"Figure 3: w0, the share of distilled sentences, by epoch, T = {epochs}",
        columns,
        tuple(rows.values()),
        (note,),
    )


def curve(runs: Sequence[Run]) -> list[Table]:
    """F1 over the number of original sentences, a column a group that has some, a table a policy of the rate.

    A note names the runs that are no points of it, and why: without original sentences, or not on the group's own
    schedule.

    Raises:
        UserError: where two runs are the same point, or none has original sentences.
    """
    points: dict[str, dict[tuple[str, int], Run]] = {}
    left_out: list[str] = []
    for run in runs:
        group, size = value(run.params.get("train.group")), _original(run)
        why_not = _no_point(run, group)
        if why_not is not None or size is None:
            left_out.append(f"{run.name} ({why_not or 'size not known'})")
            continue
        of_policy = points.setdefault(value(run.params.get("train.lr_decay")), {})
        other = of_policy.setdefault((group, size), run)
        if other is not run:
            raise UserError(
                f"{other.name} and {run.name}: both are group {group} on {size} original sentences; name the runs "
                "of the curve, or their study: --study FILE"
            )
    told = [f"Left out, as no points of the curve: {', '.join(left_out)}."] if left_out else []
    if not points:
        raise UserError(
            "no run with original sentences (group A, D or E) on its group's own schedule; `tinyner study curve` "
            "makes such runs"
        )
    tables = []
    for factor, found in points.items():
        used = sorted({group for group, _ in found})
        sizes = sorted({size for _, size in found})
        columns = [Column("original sentences"), *(Column(group, "group", spread=True) for group in used)]
        rows = [(size, *(_score(found.get((group, size)), "micro", "f1") for group in used)) for size in sizes]
        title = f"Micro F1 on test over original sentences, lr_decay {factor}, "
        notes = _not_shown(list(found.values()), _OF_CURVE)
        table = Table(title + _over(found.values()), tuple(columns), tuple(rows), tuple(notes))
        tables.append(with_best(table, "row"))
    return [*tables[:-1], replace(tables[-1], notes=(*tables[-1].notes, *told))]


def _no_point(run: Run, group: str) -> str | None:
    """Why a run is no point of the learning curve, whatever its size; None where it is one."""
    if group not in ("A", "D", "E"):
        return f"group {group}"
    schedule = value(run.params.get("train.schedule.type", "group"))
    return None if schedule == "group" else f"schedule {schedule}"


def _score(run: Run | None, of: str, measure: str, among: str = "summary") -> Score | None:
    if run is None:
        return None
    row = next((row for row in run.metric("evaluate").get(among, []) if row["of"] == of), None)
    return None if row is None else Score(row[measure], row[f"{measure}_std"])


def _by_paper(runs: Iterable[Run]) -> list[str]:
    """The keys of _BY_PAPER that a table shows: CoNLL++ as the paper has it, the official test for want of that."""
    among = [{key for key in _BY_PAPER if run.metric("evaluate").get(key)} for run in runs]
    known = {key for keys in among for key in keys}
    if all(_CORRECTED in keys for keys in among if keys):
        known -= {"paper_summary"}
    return [key for key in _BY_PAPER if key in known]


def _columns(by_paper: Iterable[str], group: str = "") -> list[Column]:
    return [Column(_BY_PAPER[key], group, spread=True) for key in by_paper]


def _scorers(by_paper: Sequence[str]) -> list[str]:
    return [_SCORERS, _OFFICIAL] if "paper_summary" in by_paper else [_SCORERS]


def _every(run: Run | None, of: str, measure: str, by_paper: Iterable[str]) -> list[Cell]:
    """By the strict scorer, and by the paper's."""
    return [_score(run, of, measure), *(_score(run, of, measure, key) for key in by_paper)]


def _dev(run: Run) -> Score | None:
    values = [row["dev_f1"] for row in run.metrics.get("train", {}).get("seeds", []) if row["dev_f1"] is not None]
    if not values:
        return None
    return Score(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def _teacher(run: Run) -> tuple[str, str]:
    """The annotator, with how often it was asked, and its prompt."""
    prompts = run.params.get("annotate.prompts.target")
    samples = run.params.get("annotate.samples", 1)
    times = "" if samples == 1 else f" x {samples}"
    return f"{run.params.get('annotate.annotator')}{times}", "+".join(
        map(str, prompts if isinstance(prompts, list) else [prompts])
    )


def _original(run: Run) -> int | None:
    """The number of original sentences that it draws from."""
    size = run.param("train.original_size", int)
    return run.param("prepare.original_size", int) if size is None else size


def _types(runs: Iterable[Run]) -> list[str]:
    """All entity types that the runs have scores of, in order."""
    rows = [row["of"] for run in runs for row in run.metric("evaluate").get("summary", [])]
    return [name for name in dict.fromkeys(rows) if name not in AVERAGES]


def _over(runs: Iterable[Run]) -> str:
    """What the means are over.

    Raises:
        UserError: where a run has no metrics of the test set.
    """
    counts = sorted({len(run.metric("evaluate").get("seeds", [])) for run in runs})
    if not counts:
        return "no run yet"
    several = f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else f"{counts[0]} seeds"
    return "one seed" if counts == [1] else f"mean ± std over {several}"


def _differing(runs: Sequence[Run], but: Iterable[str] = ()) -> list[str]:
    """The parameters that not all runs have alike, those of train first."""
    keys = dict.fromkeys(key for run in runs for key in run.params)
    missing = object()
    found = [key for key in keys if key not in but and _several(run.params.get(key, missing) for run in runs)]
    return sorted(found, key=lambda key: (not key.startswith("train."), key))


def _several(values: Iterable[object]) -> bool:
    first, *others = values
    return any(value != first for value in others)


def _knob_column(key: str) -> Column:
    section, dot, name = key.partition(".")
    return Column(name, f"{section}{dot}") if dot else Column(key)


def value(given: object) -> str:
    """A parameter's value, short and in one line, as a table's row is.

    >>> value([1, 2]), value(0.95), value(None), value("a\\nb")
    ('1, 2', '0.95', 'null', 'a b')
    """
    if given is None:
        return "null"
    if isinstance(given, list):
        return ", ".join(map(value, given))
    return f"{given:g}" if isinstance(given, float) else " ".join(str(given).split())


def _unlike(runs: Sequence[Run], stem: str = "evaluate", among: str = "summary") -> list[str]:
    """A note where not all scores are of the same sentences, of those in ``among`` of metrics/STEM.json."""
    supports = {
        row["support"]: run.name
        for run in reversed(runs)
        for row in run.metric(stem).get(among) or []
        if row["of"] == "micro"
    }
    if len(supports) < 2:
        return []
    told = ", ".join(f"{name} of {support}" for support, name in supports.items())
    of = "test " if stem == "evaluate" else ""
    return [f"Not on the same {of}sentences, so not to be compared: entities in gold, e.g. {told}."]


def _as_planned(found: Mapping[str, Run], planned: Mapping[str, Changes], prefix: str) -> dict[str, Run]:
    """The runs by their names in the study.

    Raises:
        UserError: where a run isn't what the study calls so.
    """
    runs = {name: found[f"{prefix}{name}"] for name in planned if f"{prefix}{name}" in found}
    for name, run in runs.items():
        for key, wanted in planned[name].items():
            if run.params.get(key) != wanted:
                raise UserError(
                    f"{run.name}: has {key} {value(run.params.get(key))}, and what `tinyner study` calls {name} has "
                    f"{value(wanted)}; record it under another name, or set --prefix"
                )
    return runs


def _notes(runs: Mapping[str, Run], planned: Mapping[str, Changes]) -> list[str]:
    return _not_shown(list(runs.values()), {key for changes in planned.values() for key in changes})


def _not_shown(runs: Sequence[Run], shown: Iterable[str], stem: str = "evaluate", among: str = "summary") -> list[str]:
    """Notes on what makes runs unlike that a table doesn't show: parameters but those ``shown``, and sentences."""
    if not runs:
        return []
    told = [
        f"{key} ({', '.join(dict.fromkeys(value(run.params.get(key)) for run in runs))})"
        for key in _differing(runs, set(shown))
    ]
    notes = [f"Not all alike in what the table doesn't show: {'; '.join(told)}."] if told else []
    return [*notes, *_unlike(runs, stem, among)]


def _without_empty(table: Table) -> Table:
    """The table without columns that nothing is known of."""
    kept = [at for at in range(len(table.columns)) if any(row[at] is not None for row in table.rows)]
    columns = tuple(table.columns[at] for at in kept)
    return replace(table, columns=columns, rows=tuple(tuple(row[at] for at in kept) for row in table.rows))
