"""What metrics and lines of an archive have to hold before a run is made of them, so that damage is said in one line.

Checked is what tables and proofs are made of. Keys that aren't known here are let through: archives of other
versions have others, and stay readable.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

_SHOWN = 40  # characters of a wrong value that are shown
_Model = TypeVar("_Model", bound=BaseModel)
_OBJECT = "expected an object"
_MESSAGES = {"missing": "is missing", "model_type": _OBJECT, "dict_type": _OBJECT, "list_type": "expected a list"}
"""By pydantic's types of errors, where its own messages speak of Python."""


def _of_a_row(name: str) -> str:
    if not name or not name.isprintable():
        raise ValueError("a name is shown in a row: it can't be empty, nor hold line ends or other control characters")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Origin(_Part):
    commit: str | None = None
    baseline: str | None = None
    lock: str | None = None


class _Score(_Part):
    of: str
    precision: float
    recall: float
    f1: float


class _Measured(_Score):
    support: int


class _Summary(_Measured):
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
    teacher: list[_Measured] | None = None


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


class _Epoch(_Part):
    seed: int
    epoch: int
    distilled_share: float
    original_share: float
    sentences: int
    lr: float
    loss: float
    dev_f1: float | None


class _Predicted(_Part):
    seed: int
    sentences: list[str]


class _Line(_Part):
    name: Annotated[str, AfterValidator(_of_a_row)]
    origin: _Origin = _Origin()
    test: str
    params: dict[str, Any]
    metrics: _Metrics
    curves: list[_Epoch]
    predictions: list[_Predicted]


def check(told: object) -> None:
    """Check one line of an archive, as JSON has it.

    Raises:
        ValueError: naming the key, and what is wrong there.
    """
    line = _checked(_Line, told)
    if not line.predictions:
        raise ValueError("predictions: expected those of a seed, found none")
    first_seed = line.predictions[0]
    seen: set[int] = set()
    for one in line.predictions:
        if one.seed in seen:
            raise ValueError(f"predictions: seed {one.seed} is there twice")
        seen.add(one.seed)
        if len(one.sentences) != len(first_seed.sentences):
            raise ValueError(
                f"predictions: seed {one.seed} has {len(one.sentences)} sentences, and seed {first_seed.seed} has "
                f"{len(first_seed.sentences)}"
            )


def check_metrics(metrics: Mapping[str, Any]) -> None:
    """Check the content of metrics/*.json, by stem.

    Raises:
        ValueError: naming the key, and what is wrong there.
    """
    _checked(_Metrics, metrics)


def _checked(model: type[_Model], told: object) -> _Model:
    try:
        return model.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    found = first["input"]
    shown = "" if isinstance(found, dict | list) else f", found {json.dumps(found)[:_SHOWN]}"
    own = first["msg"].removeprefix("Value error, ")
    message = _MESSAGES.get(first["type"], f"{own[0].lower()}{own[1:]}")
    key = ".".join(map(str, first["loc"]))
    raise ValueError(f"{key}{': ' if key else ''}{message}{shown}")
