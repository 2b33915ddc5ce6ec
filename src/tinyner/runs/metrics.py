"""Checks of a run's metrics when it is read: damage is reported in one line that names the key.

Only what tables and significance tests read is checked. Unknown keys are allowed, since other versions of tinyner
have other keys, and their runs stay readable.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter, ValidationError, model_validator

_GOLD = ("f1", "summary", "seeds")  # scores against gold
_TEACHER = "teacher_agreement"  # how the names of scores against the teacher's tags begin
_MOST = 40  # characters of a wrong value that a message shows
_OBJECT = "expected an object"
_MESSAGES = {"missing": "is missing", "model_type": _OBJECT, "dict_type": _OBJECT, "list_type": "expected a list"}
"""Messages by pydantic's type of error, in place of those of its own messages that speak of Python."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Score(_Part):
    of: str
    precision: float
    recall: float
    f1: float


class _Counted(_Score):
    support: int


class _Summary(_Counted):
    precision_std: float | None
    recall_std: float | None
    f1_std: float | None


class _ScoredSeed(_Part):
    scores: list[_Score] = []


class _Evaluate(_Part):
    """Scores against gold, or else agreement with the teacher, whose tags stand in for gold."""

    summary: list[_Summary] = []
    teacher_agreement_summary: list[_Summary] = []
    paper_summary: list[_Summary] = []
    conllpp_paper_summary: list[_Summary] = []
    seeds: list[_ScoredSeed] = []
    teacher_agreement_seeds: list[_ScoredSeed] = []
    cost_usd: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_a_kind(cls, value: object) -> object:
        if isinstance(value, dict):
            gold = [key for key in _GOLD if key in value]
            teacher = [key for key in value if key.startswith(_TEACHER)]
            if gold and teacher:
                raise ValueError(f"{gold[0]} is a score against gold, {teacher[0]} one against the teacher's tags")
        return value


class _Align(_Part):
    teacher: list[_Counted] | None = None


class _TrainedSeed(_Part):
    dev_f1: float | None


class _TrainedSeedOfTeacher(_Part):
    """A seed whose dev set has the teacher's tags in place of gold."""

    dev_teacher_agreement: float | None
    dev_f1: None = None


def _trained_seed(row: object) -> _Part:
    of_teacher = isinstance(row, dict) and "dev_teacher_agreement" in row
    return (_TrainedSeedOfTeacher if of_teacher else _TrainedSeed).model_validate(row)


class _Train(_Part):
    seeds: list[Annotated[_Part, PlainValidator(_trained_seed)]] = []

    @model_validator(mode="after")
    def _of_a_kind(self) -> Self:
        if len({type(seed) for seed in self.seeds}) > 1:
            raise ValueError("some seeds have dev_f1, others dev_teacher_agreement")
        return self


class _Metrics(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, dict[str, Any]]

    evaluate: _Evaluate = _Evaluate()
    align: _Align = _Align()
    train: _Train = _Train()


_METRICS = TypeAdapter(_Metrics)


def checked_metrics(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the content of metrics/*.json, by stem, as it is, once it has been checked.

    Raises:
        pydantic.ValidationError: a ValueError, which ``check`` puts in a line.
    """
    _Metrics.model_validate(metrics)
    return metrics


def check_metrics(metrics: Mapping[str, Any]) -> None:
    """Check the content of metrics/*.json, by stem.

    Raises:
        ValueError: naming the key, and what is wrong there.
    """
    check(_METRICS, metrics)


def check_reference(metrics: Mapping[str, Any], stand_in: str | None) -> None:
    """Check that a run's test scores are what its test set says that they are.

    Args:
        metrics: the content of metrics/*.json, by stem.
        stand_in: as in ``runs.run.Details``.

    Raises:
        ValueError: where there are scores against gold of a test set without gold, or the other way round.
    """
    evaluate = metrics.get("evaluate", {})
    if stand_in and any(key in evaluate for key in _GOLD):
        raise ValueError("its scores are against gold, and its test set has no gold")
    if not stand_in and any(key.startswith(_TEACHER) for key in evaluate):
        raise ValueError("its scores are against the teacher's tags, and its test set has gold")


def check(model: TypeAdapter[Any], value: object) -> None:
    """Check what JSON holds against a model.

    Raises:
        ValueError: of one line, naming the first key that is wrong, and what is wrong there.
    """
    try:
        model.validate_python(value, strict=True)
    except ValidationError as error:
        raise ValueError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    value = first["input"]
    excerpt = "" if isinstance(value, dict | list) else f", found {json.dumps(value)[:_MOST]}"
    reason = first["msg"].removeprefix("Value error, ")
    message = _MESSAGES.get(first["type"], f"{reason[0].lower()}{reason[1:]}")
    key = ".".join(map(str, first["loc"]))
    return f"{key}{': ' if key else ''}{message}{excerpt}"
