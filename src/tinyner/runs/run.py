"""A run: what an experiment left behind, in the same form wherever it was found."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from tinyner.errors import UserError
from tinyner.params import flat
from tinyner.rows import Sentence
from tinyner.runs.calibration import Calibration

WORKSPACE = "workspace"
"""The name of the run in the working tree, which is DVC's word for it."""

METRICS = ("prepare", "annotate", "clean", "align", "train", "evaluate")
"""The files of metrics/ that a run has, without .json."""

_Value = TypeVar("_Value")


class CurveRow(TypedDict):
    """One epoch (from 0) of one seed, a row of plots/curves_by_seed.csv; ``dev_f1`` is None without a dev set."""

    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None


class Origin(BaseModel):
    """Where a run comes from; fields are None where that is not known, as in older archives.

    ``commit`` is the commit of the experiment or revision; a workspace, which need not be committed, has none.
    ``baseline`` is the commit that an experiment was made on, or that is checked out in a workspace. ``lock`` is the
    hexadecimal sha256 of the run's dvc.lock, which has the hashes of its code, data and outputs. ``inputs`` are those
    that training and evaluation read (``runs.inputs``).
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    commit: str | None = None
    baseline: str | None = None
    lock: str | None = None
    inputs: dict[str, str] | None = None


@dataclass(frozen=True)
class Details:
    """The part of a run that is large, or slow to find.

    ``predictions`` are the IOB2 tags of the test sentences by seed, in the sentences' order. ``test`` is ``digest_of``
    the test sentences, so that predictions are never scored against other sentences. ``curves`` may be empty.
    ``stand_in`` is the digest of what they are held against where the teacher's tags stand in for gold (``Reference``).
    ``calibration`` is None where the predictions have no probabilities, as those of older versions.
    """

    curves: Sequence[CurveRow]
    predictions: Mapping[int, Sequence[Sequence[str]]]
    test: str
    origin: Origin = field(default_factory=Origin)
    stand_in: str | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Run:
    """An experiment's parameters and metrics; its predictions, curves and origin are read when first used.

    ``sections`` is the content of its params.yaml, under today's keys as far as ``tinyner.migration`` has them. It
    isn't checked against them, since keys come and go and a run stays. ``metrics`` has the content of those
    metrics/*.json that the run has, by stem, checked by ``tinyner.runs.metrics``. ``read_details`` returns the rest;
    it is called at most once, and raises a UserError where the rest is not kept.

    >>> run = Run("E-fixed", {"train": {"lr": 5e-05, "epochs": 4}}, {}, lambda: Details([], {1: [["O"]]}, ""))
    >>> run.params["train.lr"], run.param("train.epochs", int), run.param("train.seeds", list)
    (5e-05, 4, None)
    """

    name: str
    sections: Mapping[str, Any]
    metrics: Mapping[str, Any]
    read_details: Callable[[], Details] = field(repr=False, compare=False)

    @cached_property
    def params(self) -> Mapping[str, object]:
        """The values of its params.yaml by dotted names, unchecked."""
        return flat(self.sections)

    def param(self, key: str, kind: type[_Value]) -> _Value | None:
        """Return a parameter by its dotted name; None where the run lacks it, or has a value that is no ``kind``."""
        value = self.params.get(key)
        return value if isinstance(value, kind) else None

    def metric(self, stem: str) -> Mapping[str, Any]:
        """Return the content of metrics/STEM.json; STEM is also the name of the stage that writes it.

        Raises:
            UserError: where the run has none, with the command that makes it.
        """
        if stem not in self.metrics:
            where = "" if self.name == WORKSPACE else f" on {self.name}, commit it"
            raise UserError(f"{self.name}: has no metrics/{stem}.json; run `dvc repro {stem}`{where}")
        content: Mapping[str, Any] = self.metrics[stem]
        return content

    @property
    def by_teacher(self) -> bool:
        """Whether its test scores are AGREEMENT: the teacher's tags stand in for gold, of which test has none."""
        return "teacher_agreement_summary" in self.metrics.get("evaluate", {})

    @property
    def summary(self) -> Sequence[Mapping[str, Any]]:
        """Its test scores over seeds, a row an average or type, whatever they are held against (``by_teacher``).

        Raises:
            UserError: where it has no metrics/evaluate.json.
        """
        rows: list[dict[str, Any]] = self.metric("evaluate").get(self._score_key("summary")) or []
        return rows

    @property
    def scored_seeds(self) -> Sequence[Mapping[str, Any]]:
        """Its seeds with their test scores, whatever these are held against; raises as ``summary`` does."""
        rows: list[dict[str, Any]] = self.metric("evaluate").get(self._score_key("seeds")) or []
        return rows

    def _score_key(self, name: str) -> str:
        return f"teacher_agreement_{name}" if self.by_teacher else name

    @property
    def dev_by_teacher(self) -> bool:
        """Whether its dev scores are AGREEMENT."""
        return any("dev_teacher_agreement" in row for row in self.metrics.get("train", {}).get("seeds", []))

    @property
    def dev_scores(self) -> list[float]:
        """F1 on the dev slice of each seed, whatever it is held against; none without a dev slice."""
        key = "dev_teacher_agreement" if self.dev_by_teacher else "dev_f1"
        return [row[key] for row in self.metrics.get("train", {}).get("seeds", []) if row[key] is not None]

    @cached_property
    def details(self) -> Details:
        """Its curves, predictions, digest of test sentences and origin; raises a UserError where they aren't kept."""
        return self.read_details()

    @property
    def curves(self) -> Sequence[CurveRow]:
        """The rows of its plots/curves_by_seed.csv; see ``details``."""
        return self.details.curves

    @property
    def sentences_drawn(self) -> int:
        """How many sentences each seed draws over all epochs; 0 where its curves aren't kept; see ``details``."""
        return sum(row["sentences"] for row in self.curves if row["seed"] == self.curves[0]["seed"])

    @property
    def predictions(self) -> Mapping[int, Sequence[Sequence[str]]]:
        """IOB2 tags of each test sentence by seed; see ``details``."""
        return self.details.predictions

    @property
    def test(self) -> str:
        """``digest_of`` its test sentences; see ``details``."""
        return self.details.test

    @property
    def reference(self) -> str:
        """The digest of the test sentences and tags that its predictions are held against; see ``details``.

        Of gold that is ``test``, else another.
        """
        return self.details.stand_in or self.details.test

    @property
    def calibration(self) -> Calibration | None:
        """How far its probabilities can be believed, None where it has none; see ``details``."""
        return self.details.calibration

    @property
    def origin(self) -> Origin:
        """Where it comes from; see ``details``."""
        return self.details.origin

    def renamed(self, name: str) -> "Run":
        """Return the same run under another name."""
        return replace(self, name=name, read_details=lambda: self.details)


def digest_of(sentences: Iterable[Sentence]) -> str:
    """Return the hexadecimal sha256 of the sentences' ids, words and tags."""
    digest = hashlib.sha256()
    for row in sentences:
        digest.update(json.dumps([row["id"], row["words"], row.get("tags")], ensure_ascii=False).encode())
    return digest.hexdigest()


def curves_of(text: str) -> list[CurveRow]:
    """Parse plots/curves_by_seed.csv."""
    integers = ("seed", "epoch", "sentences")
    return [
        {key: int(value) if key in integers else float(value) if value else None for key, value in row.items()}  # type: ignore[misc]
        for row in csv.DictReader(io.StringIO(text))
    ]
