"""A study that is packed, trained elsewhere and collected makes the runs that the pipeline makes here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import Copy
from tests.e2e.project import stores
from tinyner.files import load
from tinyner.runs.archive import read_archive

pytestmark = pytest.mark.long


def bench(project: Path, *words: str) -> str:
    """Run a script of bench/ in a project, with its code and stores; return what it printed."""
    environment = {**os.environ, **stores(project), "PYTHONPATH": str(project / "src")}
    command = [sys.executable, str(project / "bench" / words[0]), *words[1:]]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_collected_run_is_that_of_the_pipeline(copy: Copy, tmp_path: Path) -> None:
    project = copy("packed")
    study = {"experiments": {"same": {"train.group": "E"}, "other": {"train.group": "A"}}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    row = {
        "archive": "two",
        "project": str(project),
        "study": str(tmp_path / "study.yaml"),
        "prefix": "",
        "device": "cpu",
    }
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump([row]))
    pack, out = tmp_path / "pack", tmp_path / "out"
    out.mkdir()
    assert "2 experiments; 4 students to train" in bench(
        project, "gpu_pack.py", "pack", str(tmp_path / "plan.yaml"), str(pack)
    )
    assert "4 of 4 students" in bench(project, "gpu_study.py", str(pack), str(out), "--at-once", "1")
    assert "two.jsonl.xz: 2 runs of 2 seeds" in bench(
        project, "gpu_pack.py", "collect", str(pack), str(tmp_path), str(out)
    )
    runs = read_archive(tmp_path / "two.jsonl.xz")
    assert sorted(runs) == ["other", "same"]
    same = runs["same"]
    for seed, tags in same.predictions.items():
        assert tags == [row["tags"] for row in load(project / f"predictions/seed_{seed}.jsonl")]
    of_pipeline = yaml.safe_load((project / "metrics/evaluate.json").read_text())
    assert same.metrics["evaluate"]["summary"] == of_pipeline["summary"]
    assert same.metrics["train"] == yaml.safe_load((project / "metrics/train.json").read_text())
    # What was trained is not packed again, also where a new experiment of another name shares it.
    study["experiments"]["again"] = {"train.group": "A"}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    more = tmp_path / "more"
    assert "3 experiments; 0 students to train" in bench(
        project, "gpu_pack.py", "pack", str(tmp_path / "plan.yaml"), str(more), "--trained", str(out)
    )
    assert "3 runs of 2 seeds" in bench(project, "gpu_pack.py", "collect", str(more), str(tmp_path), str(out))
    again = read_archive(tmp_path / "two.jsonl.xz")
    assert again["again"].predictions == again["other"].predictions == runs["other"].predictions
