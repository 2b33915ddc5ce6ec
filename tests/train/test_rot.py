"""Every file of a cell, damaged at random: see bench/rot.py."""

from pathlib import Path

import pytest

from tests.rot_trials import outcomes

pytestmark = pytest.mark.slow


def test_what_is_damaged_of_a_cell_is_trained_again(tmp_path: Path) -> None:
    by_kind = outcomes("cell", tmp_path)
    assert len(by_kind) == 6
    assert all(found <= {"again", "harmless"} for found in by_kind.values()), by_kind
