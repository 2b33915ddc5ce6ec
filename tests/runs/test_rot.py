"""Archives of runs and the pipeline's files, damaged at random: see bench/rot.py."""

from pathlib import Path

import pytest
from tests.rot_trials import outcomes

pytestmark = pytest.mark.slow


def test_no_damage_makes_another_run(tmp_path: Path) -> None:
    by_kind = outcomes("archive", tmp_path)
    assert by_kind["archive-file"] <= {"refused", "harmless"}
    assert by_kind["archive-lines"] <= {"refused", "harmless", "edit"}


def test_no_damage_of_an_output_is_taken_for_what_its_stage_wrote(tmp_path: Path) -> None:
    by_kind = outcomes("pipeline", tmp_path)
    for name in ("rows", "predictions", "metrics"):
        assert by_kind[f"pipeline-{name}"] <= {"refused", "harmless"}
    for name in ("lock", "params"):
        assert by_kind[f"pipeline-{name}"] <= {"refused", "harmless", "edit"}
