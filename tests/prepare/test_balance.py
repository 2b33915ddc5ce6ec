"""What prepare writes is what it read: a fault of the stage is refused by its ids, and nothing is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prepare.test_stage import project as project  # noqa: PLC0414, the fixture
from tests.prepare.test_stage import run
from tinyner.errors import UserError
from tinyner.prepare.balance import Source, checked, faults
from tinyner.prepare.ranking import ranked

FAULTS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "lost": lambda rows: rows[1:],
    "doubled": lambda rows: [*rows[1:], rows[1]],
    "other words": lambda rows: [{**rows[0], "words": ["Other"]}, *rows[1:]],
    "other id": lambda rows: [{**rows[0], "id": "other"}, *rows[1:]],
    "tags": lambda rows: [{**rows[0], "tags": ["O", *("O" for _ in rows[0]["words"])]}, *rows[1:]],
    "text": lambda rows: [{**rows[0], "text": "another"}, *rows[1:]],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_stage_is_refused(fault: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyner.prepare.__main__.ranked", lambda rows, seed: FAULTS[fault](list(ranked(rows, seed))))
    line = run(project, 2).stderr
    assert line.startswith("tinyner: prepare: ")
    assert line.count("\n") == 1
    assert "that is a fault of tinyner" in line
    assert not any((project / "data/prepared").iterdir())


ROWS = st.lists(
    st.fixed_dictionaries({"id": st.text("ab", min_size=1), "words": st.lists(st.text("xy", min_size=1), min_size=1)}),
    unique_by=lambda row: row["id"],
    min_size=1,
)


@given(ROWS, st.sampled_from(["lost", "doubled", "other words", "other id", "tags", "text"]))
def test_any_set_passes_as_it_is_and_no_other(rows: list[Any], fault: str) -> None:
    source = Source(rows)
    assert list(checked("target", rows, source, len(rows))) == rows
    damaged = FAULTS[fault](rows if len(rows) > 1 or fault != "doubled" else rows * 2)
    if damaged != rows:
        with pytest.raises(UserError, match=r"^prepare: "):
            list(checked("target", damaged, source, len(rows)))


def test_a_sentence_of_its_source_has_no_fault() -> None:
    row: Any = {"id": "a", "words": ["東京", "へ"], "text": "東京へ", "tags": ["B-LOC", "O"]}
    assert not list(faults(row, Source([row])))
    assert list(faults(row, Source([])))
