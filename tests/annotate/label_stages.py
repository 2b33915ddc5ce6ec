"""A project whose annotators have their labels in files, and what stages annotate, clean and align make of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import yaml

from tests.annotate.workspace import environment
from tests.conftest import ROOT
from tests.in_process import stage
from tinyner.files import load, write_rows
from tinyner.params import read_yaml
from tinyner.rows import Sentence


def annotator(*labels: str, **changes: Any) -> dict[str, Any]:
    """Return the section of an annotator with files of labels."""
    annotators = read_yaml((ROOT / "params.yaml").read_text())["annotate"]["annotators"]
    return {**annotators["claude"], "model": "people", "labels": labels[0] if len(labels) == 1 else [*labels]} | changes


def write_project(
    folder: Path,
    target: Sequence[Sentence],
    annotators: Mapping[str, dict[str, Any]],
    chosen: str | Sequence[str],
    **sections: dict[str, Any],
) -> None:
    """Write params.yaml and the sentences; ``sections`` are changes of the sections of params.yaml."""
    params = read_yaml((ROOT / "params.yaml").read_text())
    params["annotate"]["annotators"] |= annotators
    params["annotate"]["annotator"] = chosen if isinstance(chosen, str) else [*chosen]
    params["prepare"] |= {"related": "none", "related_size": 0}
    params["train"]["group"] = "B"
    for section, values in sections.items():
        params[section] |= values
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    write_rows(folder / "data/prepared/target.jsonl", target)
    write_rows(folder / "data/prepared/related.jsonl", [])
    write_rows(folder / "data/prepared/original.jsonl", [])


def write_labels(folder: Path, name: str, content: str) -> str:
    """Write a file of labels; return its path as params.yaml has it."""
    path = folder / "data/own" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return f"data/own/{name}"


def run(folder: Path, name: str, code: int = 0) -> CompletedProcess[str]:
    """Run a stage in this process."""
    done = stage(folder, name, **environment(folder, None))
    assert done.returncode == code, done.stderr
    return done


def align(folder: Path) -> dict[str, list[str]]:
    """Run stages annotate, clean and align; return the tags of each example by its id."""
    for name in ("annotate", "clean", "align"):
        run(folder, name)
    return {row["id"]: row["tags"] for row in load(folder / "data/aligned/target.jsonl")}


def metrics(folder: Path, name: str) -> dict[str, Any]:
    """Return the metrics that a stage wrote."""
    content: dict[str, Any] = json.loads((folder / f"metrics/{name}.json").read_text())
    return content
