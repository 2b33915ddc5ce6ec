"""Scored runs: runs with what the report needs, such as teacher, schedule in words, and scores over seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self, TypeVar

from tinyner.compare.curve_table import original_size
from tinyner.compare.table import Score
from tinyner.mean_std import MeanStd
from tinyner.params import Prepare, Schedule, ScheduleType, Section, Train
from tinyner.report.inputs import teacher_of
from tinyner.runs.annotators import annotators_of
from tinyner.runs.run import WORKSPACE, CurveRow, Run
from tinyner.schedules import GROUP_SCHEDULES
from tinyner.scores import AVERAGES, MEASURES
from tinyner.stand_ins import AGREEMENT

SCHEDULE_NAMES: dict[ScheduleType, str] = {
    "group": "the group's own",
    "pure_distilled": "pure distilled",
    "pure_original": "pure original",
    "simple_mix": "simple mix",
    "sigmoid": "sigmoid",
    "cosine": "cosine",
    "power": "power",
    "all": "all",
}

REQUIRED = ("group", "schedule.type", "seeds", "epochs", "batch_size", "max_length", "lr", "lr_decay")
"""Parameters of train without which a run is left out; others are None where a run lacks them."""

_Section = TypeVar("_Section", bound=Section)


@dataclass(frozen=True)
class Measured(MeanStd):
    """A measure over seeds: mean, sample standard deviation (None of a single seed), and each seed's value."""

    seeds: Sequence[float] = ()

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return mean and standard deviation of values, one a seed, and these."""
        return replace(super().of(values), seeds=values)

    @property
    def score(self) -> Score:
        """The same as a table's value."""
        return Score(self.mean, self.std)

    def __str__(self) -> str:
        """Return mean and standard deviation as the page shows them: no line breaks at the spaces."""
        return self.unbroken()


@dataclass(frozen=True)
class ScoredRun:
    """A run that has scores. ``key`` is unique among the runs of a page, for ids in it.

    ``train`` and ``prepare`` are not validated: they have the values of the run's params.yaml, None for keys that it
    lacks. ``prefix`` is the part of the name that was put before the run's own, to tell archives apart. ``agreement``
    says what its test scores are where the teacher's tags stand in for gold, the same for the same tags; else it is "".
    """

    key: str
    run: Run
    teacher: str
    scores: Mapping[str, Mapping[str, Measured]]  # by average or type, then measure
    train: Train
    prepare: Prepare
    prefix: str = ""
    agreement: str = ""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @property
    def spoken(self) -> str:
        """The run as a sentence speaks of it: the workspace's has no name that says more."""
        return "the model" if self.name == WORKSPACE else self.name

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The run's metrics/*.json by stem."""
        return self.run.metrics

    @property
    def predictions(self) -> Mapping[int, Sequence[Sequence[str]]]:
        """IOB2 tags of the test sentences, by seed."""
        return self.run.predictions

    @property
    def curves(self) -> Sequence[CurveRow]:
        """A row for each epoch and seed of the training."""
        return self.run.curves

    @property
    def by_teacher(self) -> bool:
        """Whether its test scores are agreement with the teacher."""
        return self.run.by_teacher

    @property
    def reference(self) -> str:
        """The digest of the test sentences and tags that its predictions are held against."""
        return self.run.reference

    @property
    def annotators(self) -> list[str]:
        """The names of the teacher's models, or of those whose labels are in files."""
        return annotators_of(self.run.params)

    @property
    def types(self) -> list[str]:
        """The entity types that it has scores of."""
        return [name for name in self.scores if name not in AVERAGES]

    @property
    def f1(self) -> float:
        """Mean micro F1 on test, 0 to 1."""
        return self.micro_f1.mean

    @property
    def micro_f1(self) -> Measured:
        """Micro F1 on test over seeds."""
        return self.scores["micro"]["f1"]

    @property
    def kind(self) -> ScheduleType:
        """The type of its schedule, resolved where it is the group's own."""
        kind = self.train.schedule.type
        return GROUP_SCHEDULES[self.train.group] if kind == "group" else kind

    @property
    def policy(self) -> str:
        """How the learning rate develops, in words."""
        decay = self.train.lr_decay
        return "fixed lr" if decay == 1.0 else f"lr × {decay:g} an epoch"

    @property
    def source(self) -> str:
        """Its teacher and, where it has one, its prefix."""
        return f"{self.teacher}, {self.prefix.rstrip('-')}" if self.prefix else self.teacher

    @property
    def origin(self) -> str:
        """Its source and, where its scores are not against gold, what they are: runs of one origin may be ranked."""
        return f"{self.source}; {self.agreement}" if self.agreement else self.source

    @property
    def original_only(self) -> bool:
        """Whether it draws no distilled sentences."""
        return self.kind == "pure_original"

    @property
    def original(self) -> int | None:
        """How many original sentences it could draw; None if unknown."""
        return original_size(self.run)

    @property
    def target(self) -> int | None:
        """How many distilled sentences of the target set it could draw; None if unknown."""
        return _first_size(self.train.target_size, self.prepare.target_size, self._prepared("target"))

    @property
    def with_stand_ins(self) -> bool:
        """Whether some of its target sentences are not trained on, since they stand in as test or dev set."""
        return self.run.by_teacher or self.run.dev_by_teacher

    @property
    def related(self) -> int | None:
        """How many distilled sentences of the related set it could draw; None if unknown."""
        return _first_size(self.train.related_size, self.prepare.related_size, self._prepared("related"))

    def _prepared(self, split: str) -> int | None:
        """Return how many sentences of a split stage prepare wrote; None where its metrics don't say."""
        rows = self.metrics.get("prepare", {}).get("splits") or []
        return next((row.get("sentences") for row in rows if row.get("split") == split), None)

    @property
    def short(self) -> str:
        """Its group, or else its schedule, and its size where one is set."""
        size = "" if self.train.original_size is None else f", {self.train.original_size} original"
        if self.train.schedule.type == "group":
            return f"group {self.train.group}{size}"
        return f"{schedule_name(self.kind, self.train.schedule)}{size}"

    @property
    def description(self) -> str:
        """Group, schedule and learning rate in one line."""
        return f"group {self.train.group}, {schedule_name(self.kind, self.train.schedule)}, {self.policy}"


def with_scores(
    runs: Iterable[Run], prefixes: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[ScoredRun], list[str]]:
    """Return the runs that have scores and the required parameters, and the others' names with what they lack.

    Args:
        runs: in the order of the report.
        prefixes: by a run's name, what stands before its own name, where something does.
    """
    scored_runs: list[ScoredRun] = []
    left_out: list[str] = []
    for run in runs:
        if "evaluate" not in run.metrics or not run.summary or not run.scored_seeds:
            left_out.append(f"{run.name} (no scores)")
            continue
        teacher = teacher_of(run.params)
        if teacher is None:
            left_out.append(f"{run.name} (no annotator and prompts in its parameters)")
            continue
        missing = [f"train.{key}" for key in REQUIRED if run.params.get(f"train.{key}") is None]
        if missing:
            left_out.append(f"{run.name} (no {', '.join(missing)} in its parameters)")
            continue
        schedule = _unchecked(Schedule, run.sections["train"]["schedule"])
        scored_runs.append(
            ScoredRun(
                f"r{len(scored_runs)}",
                run,
                teacher,
                _scores(run.scored_seeds),
                _unchecked(Train, {**run.sections["train"], "schedule": schedule}),
                _unchecked(Prepare, run.sections.get("prepare", {})),
                prefixes.get(run.name, ""),
            )
        )
    return _with_agreement(scored_runs), left_out


def _with_agreement(scored_runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Return the runs, each with its ``agreement``; several sets of the teacher's tags are told apart by numbers."""
    references = list(dict.fromkeys(run.reference for run in scored_runs if run.by_teacher))
    numbered = {reference: f" (set {number} of its tags)" for number, reference in enumerate(references, 1)}
    suffixes = numbered if len(references) > 1 else dict.fromkeys(references, "")
    return [
        replace(run, agreement=f"{AGREEMENT}{suffixes[run.reference]}") if run.by_teacher else run
        for run in scored_runs
    ]


def _scores(seeds: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Measured]]:
    """Gather the rows of the seeds' scores by average or type, and then by measure."""
    rows_of: dict[str, list[Mapping[str, float]]] = {}
    for seed in seeds:
        for row in seed["scores"]:
            rows_of.setdefault(row["of"], []).append(row)
    return {
        name: {measure: Measured.of([row[measure] for row in rows]) for measure in MEASURES}
        for name, rows in rows_of.items()
    }


def _unchecked(section: type[_Section], values: Mapping[str, Any]) -> _Section:
    """Return a section of parameters without validation; other versions' keys are dropped, missing ones are None."""
    return section.model_construct(**{key: values.get(key) for key in section.model_fields})


def schedule_name(kind: ScheduleType, schedule: Schedule) -> str:
    """Return a schedule in short, such as ``sigmoid k = 8``."""
    parameter = {"sigmoid": ("k", schedule.k), "power": ("n", schedule.n)}.get(kind)
    return SCHEDULE_NAMES[kind] + (f" {parameter[0]} = {parameter[1]:g}" if parameter else "")


def labels(scored_runs: Sequence[ScoredRun]) -> dict[str, str]:
    """Return the runs' labels by key: group or schedule with size, or the names if two of those were the same."""
    short = {run.key: run.short for run in scored_runs}
    return short if len(set(short.values())) == len(scored_runs) else {run.key: run.name for run in scored_runs}


def by_epoch(rows: Sequence[CurveRow], measure: str) -> list[Measured]:
    """Return ``loss`` or ``dev_f1`` over seeds for each epoch that has it."""
    epochs: dict[int, list[float]] = {}
    for row in rows:
        value = row["loss"] if measure == "loss" else row["dev_f1"]
        if value is not None:
            epochs.setdefault(row["epoch"], []).append(value)
    return [Measured.of(values) for _, values in sorted(epochs.items())]


def with_colon(agreement: str) -> str:
    """Return what says behind a label that its scores are no scores against gold; "" where they are.

    >>> with_colon("agreement with the teacher, not accuracy"), with_colon("")
    (': agreement with the teacher, not accuracy', '')
    """
    return f": {agreement}" if agreement else ""


def by_agreement(scored_runs: Iterable[ScoredRun]) -> list[list[ScoredRun]]:
    """Group the runs whose scores may be ranked: those against gold first, then those against each set of tags."""
    groups: dict[str, list[ScoredRun]] = {}
    for run in scored_runs:
        groups.setdefault(run.agreement, []).append(run)
    return sorted(groups.values(), key=lambda runs: runs[0].by_teacher)


def best(scored_runs: Sequence[ScoredRun]) -> ScoredRun:
    """Return the run with the highest mean F1, the first of equals; of runs whose scores may be ranked."""
    return max(scored_runs, key=lambda run: run.f1)


def _first_size(*sizes: object) -> int | None:
    """Return the first size that a run's parameters set."""
    return next((size for size in sizes if isinstance(size, int)), None)
