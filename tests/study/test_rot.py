"""Prompts, their examples and a study, damaged at random: see bench/rot.py."""

from pathlib import Path

import pytest
from tests.rot_trials import outcomes

pytestmark = pytest.mark.slow


def test_no_damage_of_what_a_user_writes_is_more_than_an_edit_or_a_line(tmp_path: Path) -> None:
    by_kind = outcomes("input", tmp_path)
    assert by_kind.keys() == {"input-prompt", "input-examples", "input-study"}
    for came_of_it in by_kind.values():
        assert {"refused", "edit"} <= came_of_it <= {"refused", "harmless", "edit"}
