"""Each stage reads no file of the project that dvc.yaml does not name as its dep, and every data dep is read."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.e2e.conftest import Copy
from tests.e2e.project import run

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
NOT_READ_HERE = {
    "evaluate": {
        Path("data/student"),  # its tokenizer opens its file itself, where Python does not see it
        Path("data/aligned/target.jsonl"),  # for target sentences that stand in as test set
    },
    "annotate": {
        Path("data/student"),  # for few_shot: similar, as the next
        Path("data/prepared/original.jsonl"),
        Path("data/prepared/test.jsonl"),  # for gold_size
        Path("data/own"),  # for annotators whose labels are in files
    },
}
# Runs a stage, and writes the files that it opened for reading.
RECORDING = """
import json, runpy, sys
module, record = sys.argv[1:]
sys.argv[1:] = []
opened = set()
sys.addaudithook(
    lambda event, args: opened.add(str(args[0]))
    if event == "open" and not isinstance(args[0], int) and (args[1] is None or "r" in str(args[1])) else None
)
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
finally:
    json.dump(sorted(opened), open(record, "w"))
"""


def names_in(stage: str, *keys: str) -> set[Path]:
    entries = [entry for key in keys for entry in STAGES[stage].get(key, [])]
    return {Path(entry if isinstance(entry, str) else next(iter(entry))) for entry in entries}


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    return copy("deps")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_the_data_that_dvc_yaml_names_and_no_other(stage: str, project: Path) -> None:
    record = project.parent / f"{stage}.json"
    run(project, sys.executable, "-c", RECORDING, f"tinyner.{stage}", str(record))
    opened = {Path(name) if Path(name).is_absolute() else project / name for name in json.loads(record.read_text())}
    folders = [project / name for name in ("data", "metrics", "models", "plots", "predictions", "prompts")]
    read = {
        path.relative_to(project)
        for path in opened
        if any(folder in path.parents for folder in folders) and path.is_file()  # temporary ones are gone
    }
    deps = names_in(stage, "deps")
    named = deps | names_in(stage, "outs", "metrics", "plots")
    unnamed = {path for path in read if not named & {path, *path.parents} and path.suffix != ".lock"}
    assert not unnamed, f"dvc.yaml has no dep of {stage} for {sorted(map(str, unnamed))}"
    data = {dep for dep in deps if dep.parts[0] != "src"} - NOT_READ_HERE.get(stage, set())
    unread = {dep for dep in data if not any(dep in (path, *path.parents) for path in read)}
    assert not unread, f"{stage} does not read {sorted(map(str, unread))}"
