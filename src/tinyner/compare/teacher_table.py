"""Table 1: the teachers, LLMs that label sentences, against the gold tags of these sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyner.compare import paper
from tinyner.compare.notes import different_supports, hidden_parameters
from tinyner.compare.run_scores import MEASURE_NAMES, on_conll
from tinyner.compare.table import Column, Score, Table, Value, few, with_best
from tinyner.errors import UserError
from tinyner.runs.annotators import annotators_of, is_asked
from tinyner.runs.run import Run
from tinyner.scores import MEASURES

_PARAMETERS: tuple[str, ...] = (
    "types.",
    "prepare.corpus",
    "prepare.target",
    "prepare.target_size",
    "prepare.seed",
)
_PARAMETERS += tuple(f"annotate.{name}" for name in ("definitions.", "examples", "few_shot", "shots", "output"))
_PARAMETERS += ("annotate.gold_size", "clean.", "align.")
"""Prefixes of the parameters that a teacher's scores depend on, but for those in its name."""

_MOST_EQUAL = 9  # runs of the same teacher that are named


@dataclass(frozen=True)
class Teacher:
    """A column of the table: an annotator with its prompts, and its scores in a run.

    Attributes:
        label: the annotators, with how often one was asked.
        prompt: the names of its prompts, or that none is asked.
        run: the first run with these scores.
        scores: a row per average and type, of ``run``'s metrics/align.json.
        equal: names of the other runs with the same prompts and scores.

    """

    label: str
    prompt: str
    run: Run
    scores: Sequence[Mapping[str, Any]]
    equal: list[str] = field(default_factory=list)


def teacher_table(runs: Sequence[Run]) -> Table:
    """Return a table with a column for each teacher, and the paper's scores beside teachers with its prompts.

    Notes name the runs that have no column: those without scores of a teacher, and those with the same prompts and
    scores as a run with a column.

    Raises:
        UserError: if no run has a teacher that could be scored.
    """
    teachers, unscored = _teachers(runs)
    if not teachers:
        raise UserError(
            f"{', '.join(run.name for run in runs)}: no teacher scored against gold in metrics/align.json; the LLM's "
            "sentences need gold tags (annotate.gold_size, prepare.target: corpus, or a file that has tags)"
        )
    keys = [(str(row["of"]), measure) for row in teachers[0].scores for measure in MEASURES]
    columns = [Column("")]
    values: list[list[Value]] = [[f"{of} {MEASURE_NAMES[measure]}" for of, measure in keys]]
    for prompt in dict.fromkeys(teacher.prompt for teacher in teachers):
        for teacher in teachers:
            if teacher.prompt == prompt:
                columns.append(Column(teacher.label, prompt, spread=True))
                numbers = {(row["of"], measure): float(row[measure]) for row in teacher.scores for measure in MEASURES}
                values.append([Score(numbers[key]) if key in numbers else None for key in keys])
        if prompt in paper.TABLE1 and on_conll(teacher.run for teacher in teachers if teacher.prompt == prompt):
            columns.append(Column("paper", prompt, digits=2))
            values.append([paper.TABLE1[prompt].get(key) for key in keys])
    table = Table(
        "Table 1: the teacher against gold, strict",
        tuple(columns),
        tuple(zip(*values, strict=True)),
        tuple(_notes(teachers, unscored)),
        frozenset(range(len(MEASURES) - 1, len(keys) - 1, len(MEASURES))),
    )
    return with_best(table, "row")


def _teachers(runs: Sequence[Run]) -> tuple[list[Teacher], list[str]]:
    """Return the teachers that differ in prompts or scores, and the names of runs without scores of a teacher."""
    teachers: list[Teacher] = []
    unscored = []
    for run in runs:
        scores = run.metric("align").get("teacher") or []
        label, prompt = label_and_prompt(run)
        equal = next((teacher for teacher in teachers if (teacher.prompt, teacher.scores) == (prompt, scores)), None)
        if not scores:
            unscored.append(run.name)
        elif equal is not None:
            equal.equal.append(run.name)
        else:
            if any((teacher.label, teacher.prompt) == (label, prompt) for teacher in teachers):
                label = f"{label} ({run.name})"
            teachers.append(Teacher(label, prompt, run, scores))
    return teachers, unscored


def label_and_prompt(run: Run) -> tuple[str, str]:
    """Return the annotators, with how often one was asked, and the names of its prompts."""
    label = " + ".join(annotators_of(run.params))
    if not is_asked(run.params):
        return label, "labels in files"
    prompts = run.params.get("annotate.prompts.target")
    samples = run.params.get("annotate.samples", 1)
    times = "" if samples == 1 else f" x {samples}"
    names = prompts if isinstance(prompts, list) else [prompts]
    return f"{label}{times}", "+".join(map(str, names))


def _notes(teachers: Sequence[Teacher], unscored: Sequence[str]) -> list[str]:
    runs = [teacher.run for teacher in teachers]
    irrelevant = {key for run in runs for key in run.params if not key.startswith(_PARAMETERS)}
    notes = hidden_parameters(runs, irrelevant)
    notes += different_supports([(run.name, run.metric("align").get("teacher") or []) for run in runs], "sentences")
    if unscored:
        notes.append(f"No teacher scored against gold: {', '.join(unscored)}.")
    for teacher in teachers:
        if teacher.equal:
            equal = few(teacher.equal, _MOST_EQUAL)
            notes.append(f"The same scores as {teacher.run.name}, so in its column: {equal}.")
    return notes
