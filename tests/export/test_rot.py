"""Every file of an export, damaged at random: see bench/rot.py. Those of spaCy: `python bench/rot.py spacy`."""

from pathlib import Path

import pytest

from tests.rot_trials import outcomes

pytestmark = pytest.mark.slow


def test_no_damage_of_an_export_makes_other_labels(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    by_kind = outcomes("export", tmp_path, flips=8)
    assert len(by_kind) == 7
    assert all(found <= {"refused", "harmless"} for found in by_kind.values()), by_kind
