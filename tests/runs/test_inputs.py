"""dvc.lock, read stage by stage or at once."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tinyner.errors import UserError
from tinyner.runs.inputs import stages_of

LOCK = Path("dvc.lock").read_text(encoding="utf-8")
TEXTS = st.text(st.sampled_from("a :'\"#&*-|\n{[é"), max_size=6)
ROWS = st.lists(st.fixed_dictionaries({"path": TEXTS, "md5": TEXTS}), max_size=2)
STAGES = st.dictionaries(
    TEXTS.filter(bool), st.fixed_dictionaries({"cmd": TEXTS, "deps": ROWS, "outs": ROWS}), min_size=1
)


def at_once(lock: str) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Return the rows by stage, as PyYAML has them."""
    stages = yaml.load(lock, yaml.BaseLoader)["stages"]
    return {name: {part: stage.get(part, []) for part in ("deps", "outs")} for name, stage in stages.items()}


def test_the_lock_of_this_repository() -> None:
    assert stages_of(LOCK) == at_once(LOCK)
    assert len(stages_of(LOCK)) >= 6


@given(STAGES)
def test_any_lock_is_the_same_by_stages_and_at_once(stages: object) -> None:
    lock = f"schema: '2.0'\n{yaml.safe_dump({'stages': stages}, allow_unicode=True)}"
    assert stages_of(lock) == at_once(lock)


@pytest.mark.parametrize("stages", ["  train: [1]\n", "  train:\n    deps:\n    - md5: a\n", "  train: '\n", "  1\n"])
def test_a_damaged_stage_is_one_line(stages: str) -> None:
    with pytest.raises(UserError, match=r"^dvc.lock: is not as DVC writes it: .*$"):
        stages_of(f"schema: '2.0'\nstages:\n{stages}")
