"""Every file of a student, and what is kept of it in the cache, damaged at random: see bench/rot.py."""

from pathlib import Path

import pytest

from tests.rot_trials import outcomes

pytestmark = pytest.mark.slow


def test_no_damage_of_a_student_makes_other_labels(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    by_kind = outcomes("model", tmp_path)
    assert len(by_kind) == 8
    for name in ("model-converted", "model-converted8", "model-settled"):
        assert by_kind.pop(name) == {"harmless"}  # made again
    assert all(found <= {"refused", "harmless"} for found in by_kind.values()), by_kind
