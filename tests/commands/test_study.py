"""What a study would run; that it is recorded is in tests/e2e."""

import pytest

from tests.conftest import ROOT
from tinyner import cli


def test_a_dry_run_prints_the_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    cli.run(["study", "table2", "--dry-run", "-S", "train.seeds=[1, 2]"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "dvc exp run -n A-fixed -S train.group=A -S train.schedule.type=group -S train.schedule.k=null "
        "-S train.schedule.n=null -S train.lr_decay=1.0 -S 'train.seeds=[1,2]'"
    )
    assert len(lines) == 10
