"""What says how far labelling is, damaged at random: see bench/rot.py."""

from pathlib import Path

from tests.rot_trials import outcomes


def test_no_damage_leaves_a_text_out_or_labels_it_twice(tmp_path: Path) -> None:
    by_kind = outcomes("shard", tmp_path)
    assert by_kind["shard-record"] <= {"again", "harmless"}
    assert by_kind["shard-part"] == by_kind["shard-state"] == {"harmless"}
