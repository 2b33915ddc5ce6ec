"""What the tests of comparisons share."""

from pathlib import Path

import pytest

from tests.compare.made_runs import TEST, predicting_run
from tests.conftest import ROOT
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.runs.archive import write_archive
from tinyner.study.plans import table2


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a folder that is no repository, with an archive of Table 2 but E-fixed, and the test sentences."""
    runs = [
        predicting_run(name, load_params(ROOT / "params.yaml", changes), 10 + number)
        for number, (name, changes) in enumerate(table2().items())
        if name != "E-fixed"
    ]
    write_archive(tmp_path / "runs.jsonl.xz", runs)
    write_rows(tmp_path / "data/prepared/test.jsonl", TEST)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path
