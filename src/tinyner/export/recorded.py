"""What is on record of a student: parameters and metrics of the run that made it, as dvc.lock vouches for them.

A card that says of one model what is true of another is worse than none. So the folder's hash has to be that of the
student in dvc.lock, and a file of metrics counts where its hash stands there too. What fails this is not known.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tinyner.errors import UserError
from tinyner.migration import todays_params
from tinyner.params import PARAMS_FILE, flat, read_yaml
from tinyner.pipeline_files import folder_md5
from tinyner.runs.metrics import check_metrics
from tinyner.runs.run import METRICS

LOCK = Path("dvc.lock")
_STUDENT = "models/student"
_BEFORE = ("annotate", "clean", "align", "train")  # stages whose inputs are outputs of others
_SECTIONS = {"types": "train", "prepare": "prepare", "annotate": "annotate", "clean": "clean", "align": "align"}
_SECTIONS["train"] = "train"
"""Sections of the parameters, each with the stage whose lock has the whole of it."""


@dataclass(frozen=True)
class Recorded:
    """Parameters by section and metrics by file; ``missing`` says why some are not known, a sentence each."""

    sections: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """The parameters by dotted names."""
        return flat(self.sections)


def recorded(model: Path) -> Recorded:
    """Return what is on record here of the model in a folder.

    Raises:
        UserError: where dvc.lock, or a file of metrics that it vouches for, can't be read.
    """
    if not LOCK.exists():
        return Recorded(missing=(f"there is no {LOCK} here, so nothing is on record of how {model} was made",))
    stages = _stages()
    try:
        return _recorded(model, stages)
    except (LookupError, TypeError, AttributeError) as error:  # of a lock that is damaged
        raise UserError(f"{LOCK}: can't be read ({type(error).__name__}: {error}); bring it back with git") from None


def _recorded(model: Path, stages: Mapping[str, Any]) -> Recorded:
    if _outs(stages, "train").get(_STUDENT) != folder_md5(model):
        return Recorded(missing=(f"{model} is not the student of {LOCK} here, so how it was made is not on record",))
    changed = next((dep for stage in _BEFORE for dep in _changed_inputs(stages, stage)), None)
    if changed is not None:
        return Recorded(
            missing=(f"stages before train ran again since ({changed} is another), so its data are not on record",)
        )
    sections = {name: _params(stages, stage).get(name) for name, stage in _SECTIONS.items()}
    sections = {name: value for name, value in sections.items() if value is not None}
    _say_differences(sections)
    metrics, missing = _metrics(stages)
    return Recorded(todays_params(sections), metrics, tuple(missing))


def _say_differences(sections: Mapping[str, Any]) -> None:
    """Print which parameters the lock and params.yaml have otherwise: one of them was changed since."""
    try:
        here = read_yaml(Path(PARAMS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return
    of_lock, in_file = flat(sections), flat(here) if isinstance(here, dict) else {}
    keys = sorted(key for key, value in of_lock.items() if key in in_file and in_file[key] != value)
    if keys:
        print(f"tinyner: {LOCK} and {PARAMS_FILE} differ in {', '.join(keys)}; {LOCK} counts", file=sys.stderr)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _stages() -> Mapping[str, Any]:
    try:
        content = read_yaml(LOCK.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{LOCK}: can't be read: {str(error).partition(chr(10))[0]}; run `dvc repro`") from None
    stages = content.get("stages") if isinstance(content, dict) else None
    return stages if isinstance(stages, dict) else {}


def _hashes(stages: Mapping[str, Any], stage: str, kind: str) -> dict[str, str]:
    return {row["path"]: str(row.get("md5")) for row in stages.get(stage, {}).get(kind, [])}


def _outs(stages: Mapping[str, Any], stage: str) -> dict[str, str]:
    return _hashes(stages, stage, "outs")


def _params(stages: Mapping[str, Any], stage: str) -> Mapping[str, Any]:
    params: Mapping[str, Any] = stages.get(stage, {}).get("params", {}).get("params.yaml", {})
    return params


def _changed_inputs(stages: Mapping[str, Any], stage: str) -> Iterator[str]:
    """Yield the inputs of a stage that another stage has written anew since."""
    written = {path: md5 for other in stages for path, md5 in _outs(stages, other).items()}
    for path, md5 in _hashes(stages, stage, "deps").items():
        if path in written and written[path] != md5:
            yield path


def _metrics(stages: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the metrics that the lock vouches for, and why others are not known."""
    metrics: dict[str, Any] = {}
    missing = []
    for stem in METRICS:
        path = Path(f"metrics/{stem}.json")
        if not path.exists() or _outs(stages, stem).get(path.as_posix()) != _md5(path):
            missing.append(f"{path} is not that of {LOCK}, so what it says is not known")
        elif changed := next(_changed_inputs(stages, stem), None):
            missing.append(f"{path} is from before {changed} was made anew, so what it says is not known")
        else:
            metrics[stem] = json.loads(path.read_bytes())
    try:
        check_metrics(metrics)
    except ValueError as error:
        raise UserError(f"metrics/ can't be read: {error}; run `dvc repro`") from None
    return metrics, missing
