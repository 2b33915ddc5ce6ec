"""The files of the pipeline, as ``bench/rot.py`` damages them: outputs of stages, DVC's lock, params.yaml.

``dvc status`` is computed here as DVC does it, from the lock: to start DVC takes a thousand times as long.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from rot_kind import Kind
from tinyner.evaluate.predictions import read_rows
from tinyner.export.recorded import recorded
from tinyner.files import load, read_bytes, write_json, write_rows
from tinyner.params import flat, load_params
from tinyner.pipeline_files import folder_md5
from tinyner.runs.inputs import inputs_of

_ROOT = Path(__file__).parents[1]
_GOLD: list[Any] = [{"id": f"test-{number}", "words": ["Blair", "left"], "tags": ["B-PER", "O"]} for number in range(6)]
_PREDICTED = {"probabilities": [0.98], "uncalibrated": [0.99]}
_OUTS = {
    "data/prepared/test.jsonl": "prepare",
    "data/aligned/target.jsonl": "align",
    "models/student": "train",
    "predictions": "train",
    "metrics/annotate.json": "annotate",
}
_CODE = ("src/train.py", "src/evaluate.py")


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506, safe and quick


def _project(folder: Path) -> None:
    """Write a project after ``dvc repro``: the real dvc.yaml and params.yaml, some outputs, the lock of them."""
    for name in ("dvc.yaml", "params.yaml"):
        (folder / name).write_bytes((_ROOT / name).read_bytes())
    for name in ("data/prepared/test.jsonl", "data/aligned/target.jsonl"):
        write_rows(folder / name, _GOLD)
    for seed in (1, 2):
        rows = [{"id": row["id"], "tags": row["tags"], **_PREDICTED} for row in _GOLD]
        write_rows(folder / f"predictions/seed_{seed}.jsonl", rows)
    for name in _CODE:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"# {name}\n")
    write_json(folder / "models/student/config.json", {"model_type": "bert"})
    write_json(folder / "metrics/annotate.json", {"costs": [{"corpus": "target", "cost_usd": 0.5}]})
    params = _yaml((folder / "params.yaml").read_text(encoding="utf-8"))
    stages: dict[str, Any] = {}
    for stage, content in _yaml((folder / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        deps = [name for name in _CODE if stage in name]
        outs = [name for name, maker in _OUTS.items() if maker == stage]
        of_stage = {key: _value(params, key) for key in content["params"]}
        stages[stage] = {"deps": [_row(name) for name in deps], "params": {"params.yaml": of_stage}}
        stages[stage]["outs"] = [_row(name) for name in outs]
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}), encoding="utf-8")


def _row(name: str) -> dict[str, str]:
    return {"path": name, "hash": "md5", "md5": _md5(Path(name))}


def _md5(path: Path) -> str:
    return folder_md5(path) if path.is_dir() else hashlib.md5(path.read_bytes()).hexdigest()  # noqa: S324, DVC's


def _value(params: Any, key: str) -> Any:
    for part in key.split("."):
        params = params[part] if isinstance(params, Mapping) and part in params else None
    return params


def status() -> list[str]:
    """Return what ``dvc status`` says of the working folder: parameters and inputs that the lock has otherwise."""
    params = _yaml(Path("params.yaml").read_text(encoding="utf-8"))
    stages = _yaml(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    lock = _yaml(Path("dvc.lock").read_text(encoding="utf-8"))["stages"]
    try:
        return list(_changes(params, stages, lock))
    except (AttributeError, TypeError):
        return ["dvc.lock is no lock"]  # which DVC refuses


def _changes(params: Any, stages: Mapping[str, Any], lock: Mapping[str, Any]) -> Iterator[str]:
    for stage, content in stages.items():
        if stage not in lock:
            yield f"{stage} has not run"
            continue
        before = lock[stage].get("params", {}).get("params.yaml", {})
        yield from (f"{stage}: {key}" for key in content["params"] if before.get(key) != _value(params, key))
        rows = {row.get("path"): row for kind in ("deps", "outs") for row in lock[stage].get(kind) or ()}
        needed = [name for name in _CODE if stage in name] + [name for name in _OUTS if _OUTS[name] == stage]
        for name in needed:
            if name not in rows or rows[name].get("md5") != _md5(Path(name)):
                yield f"{stage}: {name}"


def _make(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        _project(folder)
        return folder / name

    return make


def _read_rows(folder: Path) -> list[Any]:
    return [load("data/prepared/test.jsonl"), load("data/aligned/target.jsonl")]


def _read_predictions(folder: Path) -> Any:
    return read_rows(load("data/prepared/test.jsonl"))


def _read_metrics(folder: Path) -> Any:
    return json.loads(read_bytes(Path("metrics/annotate.json")))


def _read_lock(folder: Path) -> dict[str, Any]:
    """Return what commands take of a lock: that outputs are whole, what a run read, what is on record of a student."""
    outputs = [*_read_rows(folder), _read_predictions(folder), _read_metrics(folder)]
    of_student = recorded(Path("models/student"))
    record = [flat(of_student.sections), of_student.metrics, of_student.missing]
    inputs = inputs_of(Path("dvc.lock").read_text(encoding="utf-8", errors="replace"))
    return {"read": [outputs, record, inputs], "status": status()}


def _read_params(folder: Path) -> dict[str, Any]:
    params = load_params(Path("params.yaml"))
    return {"read": params.model_dump(), "status": status()}


def _is_the_same(whole: Any, damaged: Any) -> bool:
    return bool(whole["read"] == damaged["read"])


def _is_seen(_whole: Any, damaged: Any) -> bool:
    """Return whether DVC says that something changed."""
    return bool(damaged["status"])


KINDS = {
    "pipeline-rows": Kind(_make("data/aligned/target.jsonl"), _read_rows),
    "pipeline-predictions": Kind(_make("predictions/seed_2.jsonl"), _read_predictions),
    "pipeline-metrics": Kind(_make("metrics/annotate.json"), _read_metrics),
    "pipeline-lock": Kind(_make("dvc.lock"), _read_lock, _is_the_same, is_edit=_is_seen),
    "pipeline-params": Kind(_make("params.yaml"), _read_params, _is_the_same, is_edit=_is_seen),
}
