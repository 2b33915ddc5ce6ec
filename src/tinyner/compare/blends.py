"""How much the LLM's sentences add to human ones at best: for each teacher and number of human sentences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tinyner.compare import differences
from tinyner.compare.curve_table import original_size
from tinyner.compare.notes import hidden_parameters
from tinyner.compare.run_scores import over_seeds, score
from tinyner.compare.table import Column, Score, Table, few
from tinyner.compare.teacher_table import label_and_prompt
from tinyner.errors import UserError
from tinyner.runs.run import Run
from tinyner.schedules import GROUP_SCHEDULES
from tinyner.stand_ins import AGREEMENT
from tinyner.stats.significance import Difference

LEVEL = 0.95
"""Of the intervals of all runs that the best was chosen among, together."""

AS_MANY = 0.95
"""A run with this share of another's steps is trained as long."""

_SHOWN = ("train.group", "train.epochs", "train.original_size", "prepare.original_size", "annotate.annotator")
_SHOWN_SECTIONS = ("train.schedule.", "annotate.prompts.", "annotate.annotators.", "annotate.samples")
"""Parameters that the table shows, or in which its runs differ by their nature; beginnings of such names."""


@dataclass(frozen=True)
class BestBlend:
    """The best of the runs that learn from a teacher, against some number of human sentences alone.

    ``tried`` runs learned from the teacher's sentences, with or without the human ones. The best has the highest mean
    F1 on test, so ``p`` and the interval are adjusted by Bonferroni's method for so many comparisons. The gain is
    biased upwards by the choice all the same. ``human_only`` is the best of the runs on the human sentences alone that
    were trained longest. ``difference`` is the best blend less that run; its own p and interval are those of the level
    that Bonferroni's method asks for.
    """

    teacher: str
    teacher_f1: float | None  # None where no sentence with gold was labelled
    human_size: int
    best: Run
    human_only: Run
    difference: Difference
    tried: int

    @property
    def p(self) -> float:
        """The adjusted p."""
        return min(1.0, self.tried * self.difference.combined.p)

    @property
    def interval(self) -> tuple[float, float]:
        """The adjusted interval of the gain in F1, 0 to 1."""
        return self.difference.combined.low, self.difference.combined.high

    @property
    def is_shown(self) -> bool:
        """Whether the gain or loss is significant."""
        return self.p < 1 - LEVEL

    @property
    def has_as_many_steps(self) -> bool | None:
        """Whether the human sentences alone were trained for as many steps as the blend; None if that isn't known."""
        blend, human_only = _steps(self.best), _steps(self.human_only)
        return None if blend is None or human_only is None else human_only >= AS_MANY * blend


def best_blends(runs: Sequence[Run]) -> tuple[list[BestBlend], list[str]]:
    """Return the best blends, of the best teacher and of the fewest human sentences first, and notes on other runs.

    Raises:
        UserError: if there is none, or a run's scores are agreement with the teacher.
    """
    by_teacher = next((run for run in runs if run.by_teacher), None)
    if by_teacher is not None:
        raise UserError(f"{by_teacher.name}: its scores are {AGREEMENT}; blends are compared on gold; leave it out")
    alike: dict[tuple[str, float | None, int], list[Run]] = {}
    left_out = _LeftOut()
    for run in runs:
        size = original_size(run)
        if size is None:
            left_out.add("with a number of human sentences that isn't known", [run])
        else:
            alike.setdefault((_teacher(run), _teacher_f1(run), size), []).append(run)
    best = []
    for (teacher, teacher_f1, human_size), candidates in alike.items():
        human_only, blends = _comparable(candidates, left_out)
        if human_only and blends:
            best.append(_best(teacher, teacher_f1, human_size, human_only, blends))
    if not best:
        raise UserError(
            "no teacher and number of human sentences with a blend and a run on the human sentences alone, of the same "
            "seeds; `tinyner study table3` makes such runs"
        )
    best.sort(key=lambda blend: (-(blend.teacher_f1 or 0.0), blend.teacher, blend.human_size))
    return best, [f"Left out, {reason}: {few(names)}." for reason, names in left_out.names.items()]


def blend_table(runs: Sequence[Run]) -> Table:
    """Return the best blends as a table.

    Raises:
        UserError: as ``best_blends``, or if test sentences or predictions are missing.
    """
    best, notes = best_blends(runs)
    columns = (
        *(Column("teacher"), Column("its F1", "against gold"), Column("human sentences")),
        *(Column("best blend"), Column("F1", "of the best\nblend", spread=True), Column("blends tried")),
        *(Column("human ones alone"), Column("F1", "of human\nones alone", spread=True)),
        Column("gain x 100", digits=1),
        *(Column(name, "adjusted", digits=1) for name in ("low", "high")),
        *(Column("p", "adjusted", least=0.001, field="p_adjusted"), Column("shown")),
    )
    rows = tuple(
        (
            *(blend.teacher, blend.teacher_f1, blend.human_size),
            *(blend.best.name, score(blend.best, "micro", "f1"), blend.tried),
            *(blend.human_only.name, score(blend.human_only, "micro", "f1")),
            *(100 * value for value in (blend.difference.mean, *blend.interval)),
            *(blend.p, "yes" if blend.is_shown else "no"),
        )
        for blend in best
    )
    compared = [run for blend in best for run in (blend.best, blend.human_only)]
    explained = [
        "The best blend has the highest mean F1 on test of those tried; it is not shown to beat the others. p and the "
        f"{100 * LEVEL:g} % interval are adjusted by Bonferroni's method for as many comparisons, a row by itself; the "
        "gain is too high by the choice.",
        *notes,
    ]
    for blend in best:
        if blend.has_as_many_steps is None:
            explained.append(
                f"{blend.best.name}, {blend.human_only.name}: for how many steps each was trained isn't known."
            )
        elif not blend.has_as_many_steps:
            explained.append(
                f"{blend.best.name} was trained for {_steps(blend.best):,.0f} steps, {blend.human_only.name} for "
                f"{_steps(blend.human_only):,.0f}: part of the gain may come of that."
            )
    explained += hidden_parameters(compared, [key for run in compared for key in run.params if _is_shown(key)])
    title = f"The best blend against human sentences alone, strict micro F1 on test, {over_seeds(compared)}"
    return Table(title, columns, rows, tuple(explained)).without_empty_columns()


class _LeftOut:
    """The names of runs that are not compared, by the reason."""

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {}

    def add(self, reason: str, runs: Sequence[Run]) -> None:
        if runs:
            self.names.setdefault(reason, []).extend(run.name for run in runs)


def _comparable(candidates: Sequence[Run], left_out: _LeftOut) -> tuple[list[Run], list[Run]]:
    """Return the runs on human sentences alone, and the blends, of the seeds that most have; note the others."""
    human_only = [run for run in candidates if _schedule(run) == "pure_original"]
    blends = [run for run in candidates if run not in human_only]
    if not human_only or not blends:
        left_out.add("with no run to compare with on as many human sentences", candidates)
        return [], []
    seeds = Counter(map(_seeds, candidates)).most_common(1)[0][0]
    left_out.add("with other seeds than most", [run for run in candidates if _seeds(run) != seeds])
    return [run for run in human_only if _seeds(run) == seeds], [run for run in blends if _seeds(run) == seeds]


def _best(
    teacher: str, teacher_f1: float | None, human_size: int, human_only: Sequence[Run], blends: Sequence[Run]
) -> BestBlend:
    most = max(_steps(run) or 0.0 for run in human_only)
    longest = max((run for run in human_only if (_steps(run) or 0.0) >= AS_MANY * most), key=_f1)
    best = max(blends, key=_f1)
    (difference,) = differences.pairs([(best, longest)], level=1 - (1 - LEVEL) / len(blends))
    return BestBlend(teacher, teacher_f1, human_size, best, longest, difference, len(blends))


def _teacher(run: Run) -> str:
    """Return a teacher's name: annotators and prompts."""
    label, prompt = label_and_prompt(run)
    return f"{label} ({prompt})"


def _teacher_f1(run: Run) -> float | None:
    value = run.metrics.get("align", {}).get("teacher_f1")
    return value if isinstance(value, float) else None


def _schedule(run: Run) -> str:
    """Return the type of a run's schedule, resolved where it is the group's own."""
    kind = run.param("train.schedule.type", str) or "group"
    if kind != "group":
        return kind
    of_group = (kind for group, kind in GROUP_SCHEDULES.items() if group == run.params.get("train.group"))
    return next(of_group, "group")


def _seeds(run: Run) -> tuple[int, ...]:
    return tuple(sorted(row["seed"] for row in run.scored_seeds))


def _steps(run: Run) -> float | None:
    """Return for how many steps each seed was trained, None where the run has no curves."""
    batch_size = run.param("train.batch_size", int)
    if not run.curves or not batch_size:
        return None
    return run.sentences_drawn / batch_size


def _f1(run: Run) -> float:
    """Return mean F1 on test.

    Raises:
        UserError: where the run has no scores.
    """
    value = score(run, "micro", "f1")
    if not isinstance(value, Score):
        raise UserError(f"{run.name}: has no scores on test; run `dvc repro evaluate`, or leave it out")
    return value.mean


def _is_shown(key: str) -> bool:
    return key in _SHOWN or key.startswith(_SHOWN_SECTIONS)
