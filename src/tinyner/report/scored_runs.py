"""One experiment as the report tells it: its teacher, its schedule in words, its scores over seeds."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from tinyner.compare.table import Score
from tinyner.params import Prepare, Schedule, ScheduleType, Section, Train
from tinyner.report.inputs import teacher_of
from tinyner.runs.run import CurveRow, Run
from tinyner.schedules import GROUP_SCHEDULES
from tinyner.scores import AVERAGES

SCHEDULES: dict[ScheduleType, str] = {
    "group": "the group's own",
    "pure_distilled": "pure distilled",
    "pure_original": "pure original",
    "simple_mix": "simple mix",
    "sigmoid": "sigmoid",
    "cosine": "cosine",
    "power": "power",
    "all": "all",
}


_Section = TypeVar("_Section", bound=Section)

NEEDED = ("group", "schedule.type", "seeds", "epochs", "batch_size", "max_length", "lr", "lr_decay")
"""Parameters of train without which an experiment can't be told; others are None where a run has them not."""


@dataclass(frozen=True)
class Measured:
    """A mean over seeds, its sample standard deviation (None of one seed), and each seed's own value."""

    mean: float
    std: float | None
    seeds: Sequence[float]

    @property
    def score(self) -> Score:
        """As a table's cell."""
        return Score(self.mean, self.std)

    def __str__(self) -> str:
        """As ``spread`` has it."""
        return spread(self.mean, self.std)


@dataclass(frozen=True)
class Experiment:
    """A run, with what the report needs of it. ``key`` is its place among the runs, for ids in the page.

    ``train`` and ``prepare`` are unchecked: what the run's params.yaml has of today's keys, None for the others.
    """

    key: str
    run: Run
    teacher: str
    scores: Mapping[str, Mapping[str, Measured]]  # by average or type, then measure
    train: Train
    prepare: Prepare
    prefix: str = ""

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @property
    def annotator(self) -> str:
        """The name of its teacher's model."""
        return str(self.run.params["annotate.annotator"])

    @property
    def types(self) -> list[str]:
        """The entity types that it has scores of."""
        return [of for of in self.scores if of not in AVERAGES]

    @property
    def f1(self) -> float:
        """Mean micro F1 on test."""
        return self.scores["micro"]["f1"].mean

    @property
    def kind(self) -> ScheduleType:
        """Its schedule, the group's own by its name."""
        kind = self.train.schedule.type
        return GROUP_SCHEDULES[self.train.group] if kind == "group" else kind

    @property
    def policy(self) -> str:
        """What the learning rate does."""
        decay = self.train.lr_decay
        return "fixed lr" if decay == 1.0 else f"lr × {decay:g} an epoch"

    @property
    def origin(self) -> str:
        """Its teacher, and the prefix that tells it from experiments of the same name."""
        return f"{self.teacher}, {self.prefix.rstrip('-')}" if self.prefix else self.teacher

    @property
    def alone(self) -> bool:
        """Whether it draws no distilled sentences."""
        return self.kind == "pure_original"

    @property
    def original(self) -> int | None:
        """How many original sentences there are for it; None: not known."""
        return _first(self.train.original_size, self.prepare.original_size)

    @property
    def target(self) -> int | None:
        """How many target sentences there are for it; None: not known."""
        return _first(self.train.target_size, self.prepare.target_size)

    @property
    def related(self) -> int | None:
        """How many related sentences there are for it; None: not known."""
        return _first(self.train.related_size, self.prepare.related_size)


def experiments(
    runs: Iterable[Run], prefixes: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[Experiment], list[str]]:
    """The runs that can be told, in their order, and the names of the others with what they lack.

    Args:
        runs: of any names.
        prefixes: by the name of a run, what stands before its own name, where something does.
    """
    scored: list[Experiment] = []
    without: list[str] = []
    for run in runs:
        found = run.metrics.get("evaluate", {})
        if not found.get("summary") or not found.get("seeds"):
            without.append(f"{run.name} (no scores)")
            continue
        teacher = teacher_of(run.params)
        if teacher is None:
            without.append(f"{run.name} (no annotator and prompts in its parameters)")
            continue
        lacking = [f"train.{key}" for key in NEEDED if run.params.get(f"train.{key}") is None]
        if lacking:
            without.append(f"{run.name} (no {', '.join(lacking)} in its parameters)")
            continue
        by_seed: dict[str, list[Mapping[str, float]]] = {}
        for seed in found["seeds"]:
            for row in seed["scores"]:
                by_seed.setdefault(row["of"], []).append(row)
        scores = {
            of: {
                measure: Measured(*_mean_std([row[measure] for row in rows]), [row[measure] for row in rows])
                for measure in ("precision", "recall", "f1")
            }
            for of, rows in by_seed.items()
        }
        schedule = _unchecked(Schedule, run.sections["train"]["schedule"])
        train = _unchecked(Train, {**run.sections["train"], "schedule": schedule})
        prepare = _unchecked(Prepare, run.sections.get("prepare", {}))
        scored.append(Experiment(f"r{len(scored)}", run, teacher, scores, train, prepare, prefixes.get(run.name, "")))
    return scored, without


def _unchecked(section: type[_Section], told: Mapping[str, Any]) -> _Section:
    """A section of parameters as a run has it; keys of another version are left out, or None."""
    return section.model_construct(**{key: told.get(key) for key in section.model_fields})


def schedule_name(kind: ScheduleType, schedule: Schedule) -> str:
    """A schedule in short: ``sigmoid k = 8``."""
    knob = {"sigmoid": ("k", schedule.k), "power": ("n", schedule.n)}.get(kind)
    return SCHEDULES[kind] + (f" {knob[0]} = {knob[1]:g}" if knob else "")


def labels(group: Sequence[Experiment]) -> dict[str, str]:
    """By key, what tells these experiments from each other: group, size and schedule, or else their names."""
    short = {one.key: _short(one) for one in group}
    return short if len(set(short.values())) == len(group) else {one.key: one.name for one in group}


def _short(one: Experiment) -> str:
    size = "" if one.train.original_size is None else f", {one.train.original_size} original"
    own = one.train.schedule.type == "group"
    return f"group {one.train.group}{size}" if own else f"{schedule_name(one.kind, one.train.schedule)}{size}"


def described(one: Experiment) -> str:
    """Group, schedule and learning rate in one line."""
    return f"group {one.train.group}, {schedule_name(one.kind, one.train.schedule)}, {one.policy}"


def spread(mean: float, std: float | None, digits: int = 3) -> str:
    """A mean and its spread; the mean alone where there was but one seed.

    The spaces do not break a line.

    >>> spread(0.8189, 0.0052).split(), spread(0.5, None)
    (['0.819', '±', '0.005'], '0.500')
    """
    return f"{mean:.{digits}f}" if std is None else f"{mean:.{digits}f}\xa0±\xa0{std:.{digits}f}"


def by_epoch(rows: Sequence[CurveRow], measure: str) -> list[Measured]:
    """A measure of the training (``loss`` or ``dev_f1``) over seeds, an epoch each; epochs without it are left out."""
    epochs: dict[int, list[float]] = {}
    for row in rows:
        value = row["loss"] if measure == "loss" else row["dev_f1"]
        if value is not None:
            epochs.setdefault(row["epoch"], []).append(value)
    return [Measured(*_mean_std(values), values) for _, values in sorted(epochs.items())]


def best(those: Sequence[Experiment]) -> Experiment:
    """The one with the highest mean F1, the first of equals."""
    return max(those, key=lambda one: one.f1)


def _first(*sizes: object) -> int | None:
    """The first size that a run's parameters state."""
    return next((size for size in sizes if isinstance(size, int)), None)


def _mean_std(values: Sequence[float]) -> tuple[float, float | None]:
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
