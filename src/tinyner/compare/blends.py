"""How much the LLM's sentences add to human ones at best: a cell for each teacher and number of human sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tinyner.compare import differences
from tinyner.compare.curve_table import original_size
from tinyner.compare.notes import hidden_differences
from tinyner.compare.run_scores import over_seeds, score
from tinyner.compare.table import Column, Score, Table, few
from tinyner.compare.teacher_table import label_and_prompt
from tinyner.errors import UserError
from tinyner.runs.run import Run
from tinyner.schedules import GROUP_SCHEDULES
from tinyner.stand_ins import AGREEMENT
from tinyner.stats.significance import Difference

LEVEL = 0.95
"""Of the intervals, all blends of a cell together."""

AS_MANY = 0.95
"""A run that draws this share of another's sentences is trained for as many steps."""

_PARAMETERS = ("train.group", "train.epochs", "train.original_size", "prepare.original_size")
_PREFIXES = ("train.schedule.", "annotate.")
"""Parameters that the table shows, or in which the runs of a cell differ by their nature."""


@dataclass(frozen=True)
class Cell:
    """The best blend of a teacher's sentences with some number of human ones, against the human ones alone.

    ``human_only`` is the run on human sentences alone that draws most sentences. ``difference`` is the best blend less
    that run: its p is adjusted by Holm's method over all ``blends`` of the cell, and its interval by Bonferroni's, for
    the best was chosen among them by its test score. ``sentences`` are those that a seed draws in each of the two.
    """

    teacher: str
    teacher_f1: float | None  # None where no sentence with gold was labelled
    human: int
    best: Run
    human_only: Run
    difference: Difference
    blends: int
    sentences: tuple[int, int]

    @property
    def as_many_steps(self) -> bool:
        """Whether the run on human sentences alone was trained for as many steps as the blend."""
        return self.sentences[1] >= AS_MANY * self.sentences[0]


def cells_of(runs: Sequence[Run]) -> tuple[list[Cell], list[str]]:
    """Return the cells, the best teacher first and fewest human sentences first, and notes on runs in none.

    Raises:
        UserError: if there is no cell, or a run's scores are agreement with the teacher.
    """
    by_teacher = next((run for run in runs if run.by_teacher), None)
    if by_teacher is not None:
        raise UserError(f"{by_teacher.name}: its scores are {AGREEMENT}; blends are compared on gold; leave it out")
    in_cells: dict[tuple[str, int], list[Run]] = {}
    unknown = []
    for run in runs:
        size = original_size(run)
        if size is None:
            unknown.append(run.name)
        else:
            in_cells.setdefault((" ".join(reversed(label_and_prompt(run))), size), []).append(run)
    cells, incomplete = [], []
    for (teacher, human), alike in in_cells.items():
        human_only = [run for run in alike if _schedule(run) == "pure_original"]
        blends = [run for run in alike if run not in human_only]
        if human_only and blends:
            cells.append(_cell(teacher, human, human_only, blends))
        else:
            incomplete += [run.name for run in alike]
    if not cells:
        raise UserError(
            "no teacher and number of human sentences with a blend and a run on the human sentences alone; "
            "`tinyner study table3` makes such runs"
        )
    notes = []
    if incomplete:
        notes.append(f"Left out, with no run to compare with on as many human sentences: {few(incomplete)}.")
    if unknown:
        notes.append(f"Left out, with a number of human sentences that isn't known: {few(unknown)}.")
    return sorted(cells, key=lambda cell: (-(cell.teacher_f1 or 0.0), cell.teacher, cell.human)), notes


def blend_table(runs: Sequence[Run]) -> tuple[Table, list[Run]]:
    """Return the cells as a table, and the runs in it.

    Raises:
        UserError: as ``cells_of``, or if test sentences or predictions are missing.
    """
    cells, notes = cells_of(runs)
    columns = (
        *(Column("teacher"), Column("F1", "teacher's"), Column("human sentences")),
        *(Column("best blend"), Column("F1", "its", spread=True)),
        *(Column("human ones alone"), Column("F1", "their", spread=True)),
        Column("gain x 100", digits=1),
        *(Column(end, "adjusted", digits=1) for end in ("low", "high")),
        *(Column("p, Holm", least=0.001), Column("of"), Column("shown")),
    )
    rows = tuple(
        (
            *(cell.teacher, cell.teacher_f1, cell.human),
            *(cell.best.name, score(cell.best, "micro", "f1")),
            *(cell.human_only.name, score(cell.human_only, "micro", "f1")),
            *(100 * value for value in (cell.difference.mean, cell.difference.combined.low)),
            100 * cell.difference.combined.high,
            *(cell.difference.p, cell.blends, "yes" if cell.difference.significant else "no"),
        )
        for cell in cells
    )
    shown = [run for cell in cells for run in (cell.best, cell.human_only)]
    explained = (
        "The best blend of a cell has the highest mean F1 on test of those that were tried (column of). p is adjusted "
        f"by Holm's method and the {100 * LEVEL:g} % interval by Bonferroni's for so many comparisons.",
        *notes,
        *(
            f"{cell.human_only.name} draws {cell.sentences[1]:,} sentences, {cell.best.name} {cell.sentences[0]:,}: "
            "part of the gain may come of more steps."
            for cell in cells
            if not cell.as_many_steps
        ),
        *hidden_differences(shown, [key for run in shown for key in run.params if _is_shown(key)]),
    )
    title = f"The best blend against human sentences alone, strict micro F1 on test, {over_seeds(shown)}"
    return Table(title, columns, rows, explained).without_empty_columns(), shown


def _cell(teacher: str, human: int, human_only: Sequence[Run], blends: Sequence[Run]) -> Cell:
    most = max(human_only, key=_drawn)
    family = {made.a: made for made in differences.pairs([(blend, most) for blend in blends])}
    best = max(blends, key=_f1)
    (simultaneous,) = differences.pairs([(best, most)], level=1 - (1 - LEVEL) / len(blends))
    tested = _with_interval(family[best.name], simultaneous)
    return Cell(teacher, _teacher_f1(best), human, best, most, tested, len(blends), (_drawn(best), _drawn(most)))


def _with_interval(difference: Difference, simultaneous: Difference) -> Difference:
    """Return the difference with another's interval, and its own p."""
    low, high = simultaneous.combined.low, simultaneous.combined.high
    return replace(difference, combined=replace(difference.combined, low=low, high=high))


def _schedule(run: Run) -> str:
    """Return the type of a run's schedule, resolved where it is the group's own."""
    kind = run.param("train.schedule.type", str) or "group"
    if kind != "group":
        return kind
    own = (kind for group, kind in GROUP_SCHEDULES.items() if group == run.params.get("train.group"))
    return next(own, "group")


def _drawn(run: Run) -> int:
    """Return how many sentences each seed draws over all epochs; 0 where the run has no curves."""
    return sum(row["sentences"] for row in run.curves if row["seed"] == run.curves[0]["seed"])


def _f1(run: Run) -> float:
    value = score(run, "micro", "f1")
    assert isinstance(value, Score)
    return value.mean


def _teacher_f1(run: Run) -> float | None:
    value = run.metrics.get("align", {}).get("teacher_f1")
    return value if isinstance(value, float) else None


def _is_shown(key: str) -> bool:
    return key in _PARAMETERS or key.startswith(_PREFIXES)
