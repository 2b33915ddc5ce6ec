"""A workspace that stages left: this repository's parameters and metrics, a student that knows some names by heart."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tinyner.files import write_rows
from tinyner.params import read_yaml
from tinyner.pipeline_files import folder_md5
from tinyner.runs.run import METRICS

TEXT = "Angela Merkel met Tony Blair in Berlin ."
ENTITIES = [("PER", "Angela Merkel"), ("PER", "Tony Blair"), ("LOC", "Berlin")]
SENTENCES = [
    TEXT.split(),
    ["Conan", "O'Brien", "left", "Ft.", "Worth", "for", "Paris", "and", "Rome", "."],
    ["Blair", "left", "Worth", "."],  # continue nothing
    ["Nobody", "\u200e", "left", "."],
    ["Tony", "Blair", ",", "Rome", "."] * 60,
]


def fill(workspace: Path, model: Path) -> None:
    """Write what stages leave, and a lock that vouches for it."""
    shutil.copytree(model, workspace / "models/student")
    rows = [{"id": str(number), "words": words} for number, words in enumerate(SENTENCES)]
    write_rows(workspace / "data/prepared/test.jsonl", rows)
    (workspace / "metrics").mkdir()
    for stem in METRICS:
        shutil.copy(ROOT / f"metrics/{stem}.json", workspace / "metrics")
    (workspace / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    write_lock(workspace)


def write_lock(workspace: Path, **changes: Any) -> None:
    """Write a lock of the files as they lie there; ``changes``: of parameters, by section."""
    params = read_yaml((workspace / "params.yaml").read_text())
    for section, values in changes.items():
        params[section] = {**params[section], **values} if isinstance(values, dict) else values
    stages: dict[str, Any] = {}
    for stem in METRICS:
        stages[stem] = {"outs": [_out(workspace, f"metrics/{stem}.json")], "deps": []}
        sections = {"types": params["types"], **({stem: params[stem]} if stem in params else {})}
        stages[stem]["params"] = {"params.yaml": sections}
    stages["train"]["outs"].append({"path": "models/student", "md5": folder_md5(workspace / "models/student")})
    (workspace / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))


def change_metrics(workspace: Path, stem: str, change: Any) -> None:
    """Write metrics anew, as ``change`` makes them, and the lock with them."""
    path = workspace / f"metrics/{stem}.json"
    path.write_text(json.dumps(change(json.loads(path.read_bytes()))))
    write_lock(workspace)


def _out(workspace: Path, name: str) -> dict[str, str]:
    return {"path": name, "md5": hashlib.md5((workspace / name).read_bytes()).hexdigest()}
