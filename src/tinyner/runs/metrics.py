"""Checks of a run's metrics when it is read: damage is reported in one line that names the key.

Only what tables and significance tests read is checked. Unknown keys are allowed, since other versions of tinyner
have other keys, and their runs stay readable.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

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
    summary: list[_Summary] = []
    paper_summary: list[_Summary] = []
    conllpp_paper_summary: list[_Summary] = []
    seeds: list[_ScoredSeed] = []
    cost_usd: float | None = None


class _Align(_Part):
    teacher: list[_Counted] | None = None


class _TrainedSeed(_Part):
    dev_f1: float | None


class _Train(_Part):
    seeds: list[_TrainedSeed] = []


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
