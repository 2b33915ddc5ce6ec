"""What a study would run; that it is recorded is in tests/e2e."""

import pytest

from tests.conftest import ROOT
from tinyner import cli
from tinyner.errors import UserError


def test_a_dry_run_prints_the_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    cli.run(["study", "table2", "--dry-run", "-S", "train.seeds=[1, 2]"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "dvc exp run -n A-fixed -S train.group=A -S train.schedule.type=group -S train.schedule.k=null "
        "-S train.schedule.n=null -S train.lr_decay=1.0 -S 'train.seeds=[1,2]'"
    )
    assert len(lines) == 10


def test_the_schedules_of_table_3_may_blend_another_groups_data(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    cli.run(["study", "table3", "--group", "D", "--dry-run"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 34
    assert all("-S train.group=D" in line for line in lines)
    for words in (["table2"], ["table3", "-S", "train.group=E"], ["results/pilot.yaml"]):
        with pytest.raises(UserError, match=r"^--group D: goes with table3, and without -S train.group$"):
            cli.run(["study", *words, "--group", "D", "--dry-run"])
