"""The best blend of each teacher and number of human sentences, against the human sentences alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.report import made
from tinyner import cli
from tinyner.compare.blends import Cell, blend_table, cells_of
from tinyner.compare.differences import pairs
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.runs.archive import write_archive
from tinyner.runs.run import Run

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _beside_the_test_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(tmp_path / "data/prepared/test.jsonl", made.sentences(40))
    monkeypatch.chdir(tmp_path)


def run(name: str, rate: float, teacher_f1: float | None = 0.9, prompt: str = "cot", **changes: Any) -> Run:
    """A run whose students get ``rate`` of the entities wrong, of a teacher with these labels."""
    made_run = made.small_run(name, rate, **{"group": "D", "target_size": 100, **changes})
    prompts = {"target": prompt, "related": prompt}
    annotate = {**made_run.sections["annotate"], "prompts": prompts}
    metrics = {**made_run.metrics, "align": {} if teacher_f1 is None else {"teacher_f1": teacher_f1}}
    return replace(made_run, sections={**made_run.sections, "annotate": annotate}, metrics=metrics)


def cell(name: str, good: str = "all", size: int = 100, **more: Any) -> list[Run]:
    """The runs of a cell: human sentences alone, and four blends, of which one is good."""
    kinds: Mapping[str, Mapping[str, Any]] = {
        "cosine": {"schedule__type": "cosine"},
        "all": {"schedule__type": "all"},
        "mix": {},
        "llm": {"group": "B"},
    }
    runs = [
        run(f"{name}-{kind}", 0.1 if kind == good else 0.5, original_size=size, **{**more, **changes})
        for kind, changes in kinds.items()
    ]
    return [*runs, run(f"{name}-human", 0.5, original_size=size, **{**more, "group": "A", "epochs": 8})]


def named(cells: Sequence[Cell]) -> list[tuple[str, int, str, str, int]]:
    return [(made.teacher, made.human, made.best.name, made.human_only.name, made.blends) for made in cells]


def test_each_teacher_and_number_of_human_sentences_is_a_cell() -> None:
    runs = [
        *cell("poor", "mix", teacher_f1=0.3, prompt="standard"),
        *cell("good", size=200),
        *cell("few", "cosine"),
    ]
    cells, notes = cells_of(runs)
    assert named(cells) == [
        ("cot claude", 100, "few-cosine", "few-human", 4),
        ("cot claude", 200, "good-all", "good-human", 4),
        ("standard claude", 100, "poor-mix", "poor-human", 4),
    ]
    assert not notes
    assert [made.teacher_f1 for made in cells] == [0.9, 0.9, 0.3]


def test_p_and_the_interval_allow_for_the_choice() -> None:
    runs = cell("c")
    ((best,), _) = cells_of(runs)
    human = runs[-1]
    family = pairs([(blend, human) for blend in runs[:-1]])
    assert best.difference.p == next(made for made in family if made.a == "c-all").adjusted
    assert best.difference.family == 4
    (alone,) = pairs([(best.best, human)])
    low, high = best.difference.combined.low, best.difference.combined.high
    assert low < alone.combined.low < best.difference.mean < alone.combined.high < high
    (simultaneous,) = pairs([(best.best, human)], level=1 - 0.05 / 4)
    assert (low, high) == (simultaneous.combined.low, simultaneous.combined.high)


def test_human_sentences_alone_are_trained_as_long_as_they_were() -> None:
    short = run("short", 0.05, group="A", original_size=100, epochs=2)
    ((best,), _) = cells_of([*cell("c"), short])
    assert best.human_only.name == "c-human"
    assert (best.sentences, best.as_many_steps) == ((800, 800), True)
    runs = [made for made in cell("c") if made.name != "c-human"]
    table, _ = blend_table([*runs, short])
    assert "short draws 200 sentences, c-all 800: part of the gain may come of more steps." in table.notes
    original = run("c-pure", 0.5, schedule__type="pure_original", original_size=100, epochs=8)
    ((best,), _) = cells_of([*runs, short, original])
    assert best.human_only.name == "c-pure"


def test_the_table_says_what_it_compares() -> None:
    table, shown = blend_table(cell("c"))
    assert [made.name for made in shown] == ["c-all", "c-human"]
    headers = [column.header for column in table.columns]
    assert headers[:4] == ["teacher", "teacher's F1", "human sentences", "best blend"]
    (row,) = table.rows
    assert row[:4] == ("cot claude", 0.9, 100, "c-all")
    assert row[-2:] == (4, "yes")
    assert "Not all alike" not in " ".join(table.notes)
    unlike = [*cell("c")[:-1], run("c-human", 0.5, group="A", original_size=100, epochs=8, lr=1e-3)]
    assert "train.lr (5e-05, 0.001)" in " ".join(blend_table(unlike)[0].notes)
    unscored, _ = blend_table(cell("c", teacher_f1=None))
    assert "teacher's F1" not in [column.header for column in unscored.columns]


def test_runs_in_no_cell_are_named() -> None:
    alone = [run("other", 0.2, original_size=50), run("human", 0.2, original_size=30, group="A")]
    cells, (note,) = cells_of([*cell("c"), *alone])
    assert len(cells) == 1
    assert note == "Left out, with no run to compare with on as many human sentences: other, human."
    with pytest.raises(UserError, match="no teacher and number of human sentences with a blend and a run on the human"):
        cells_of(alone)
    cold = made.small_run("cold", by_teacher=True)
    with pytest.raises(UserError, match=r"^cold: its scores are agreement with the teacher, not accuracy; blends are"):
        cells_of([*cell("c"), cold])


def test_the_number_of_human_sentences_may_be_what_was_prepared() -> None:
    def all_of(made_run: Run, metrics: Mapping[str, Any]) -> Run:
        sections = {
            **made_run.sections,
            "train": {**made_run.sections["train"], "original_size": None},
            "prepare": {**made_run.sections["prepare"], "original_size": None},
        }
        return replace(made_run, sections=sections, metrics={**made_run.metrics, **metrics})

    prepared = {"prepare": {"splits": [{"split": "original", "sentences": 70}]}}
    ((best,), _) = cells_of([all_of(made_run, prepared) for made_run in cell("c")])
    assert best.human == 70
    _, (note,) = cells_of([*cell("c"), all_of(run("unknown", 0.2), {})])
    assert note == "Left out, with a number of human sentences that isn't known: unknown."


def test_the_commands_print_and_draw_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [*cell("poor", "none", teacher_f1=0.3, prompt="standard"), *cell("good", size=2000)]
    write_archive(tmp_path / "runs.jsonl.xz", runs)
    cli.run(["compare", "--table", "blends", "--from", "runs.jsonl.xz", "--format", "csv"])
    assert capsys.readouterr().out.count("good-all") == 1
    cli.run(["figure", "blends", "--from", "runs.jsonl.xz"])
    svg = ET.fromstring(capsys.readouterr().out)
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("F1 against gold")] == [
        *("F1 against gold .900", "F1 against gold .300"),
    ]
    assert {"cot claude", "standard claude", "2,000", "100", "all"} < {*texts}
    assert texts.count("significant") == 1
    assert texts.count("not significant") == 1
    frames = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("stroke")]
    assert len(frames) == 1
    described = svg.findtext(f"{SVG}desc") or ""
    assert "cot claude, 2,000 human sentences: all has " in described
