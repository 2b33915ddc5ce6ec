"""The best blend of each teacher and number of human sentences, against the human sentences alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.report import made
from tinyner import cli
from tinyner.compare.blends import BestBlend, best_blends, blend_table
from tinyner.compare.differences import pairs
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.report.blend_grid_svg import blend_grid_svg
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


def of_size(name: str, good: str = "all", size: int = 100, **more: Any) -> list[Run]:
    """Runs of a number of human sentences: these alone, and four blends, of which one is good."""
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


def named(blends: Sequence[BestBlend]) -> list[tuple[str, int, str, str, int]]:
    return [(made.teacher, made.human_size, made.best.name, made.human_only.name, made.tried) for made in blends]


def test_each_teacher_and_number_of_human_sentences_has_its_best_blend() -> None:
    runs = [
        *of_size("poor", "mix", teacher_f1=0.3, prompt="standard"),
        *of_size("good", size=200),
        *of_size("few", "cosine"),
        *of_size("other", "llm", teacher_f1=0.8),  # the same names, other examples perhaps
    ]
    blends, notes = best_blends(runs)
    assert named(blends) == [
        ("claude (cot)", 100, "few-cosine", "few-human", 4),
        ("claude (cot)", 200, "good-all", "good-human", 4),
        ("claude (cot)", 100, "other-llm", "other-human", 4),
        ("claude (standard)", 100, "poor-mix", "poor-human", 4),
    ]
    assert not notes
    assert [made.teacher_f1 for made in blends] == [0.9, 0.9, 0.8, 0.3]


def test_p_and_the_interval_allow_for_the_choice_and_agree() -> None:
    runs = of_size("c")
    ((made,), _) = best_blends(runs)
    (alone,) = pairs([(made.best, runs[-1])])
    assert made.p == pytest.approx(4 * alone.p)
    low, high = made.interval
    assert low < alone.combined.low < made.difference.mean < alone.combined.high < high
    (simultaneous,) = pairs([(made.best, runs[-1])], level=1 - 0.05 / 4)
    assert made.interval == (simultaneous.combined.low, simultaneous.combined.high)
    for rate in (0.42, 0.44, 0.46, 0.48, 0.6):
        ((made,), _) = best_blends([run("x", rate, original_size=100), *of_size("y", "none")])
        assert made.is_shown == (made.interval[0] > 0 or made.interval[1] < 0)


def test_human_sentences_alone_are_trained_as_long_as_they_were() -> None:
    short = run("short", 0.05, group="A", original_size=100, epochs=2)
    ((made,), _) = best_blends([*of_size("c"), short])
    assert (made.human_only.name, made.has_as_many_steps) == ("c-human", True)
    runs = [made_run for made_run in of_size("c") if made_run.name != "c-human"]
    note = "c-all was trained for 200 steps, short for 50: part of the gain may come of that."
    assert note in blend_table([*runs, short]).notes
    original = run("c-pure", 0.5, schedule__type="pure_original", original_size=100, epochs=8)
    ((made,), _) = best_blends([*runs, short, original])
    assert made.human_only.name == "c-pure"
    better = run("better", 0.3, group="A", original_size=100, epochs=8, lr_decay=0.95)  # of equals the best
    ((made,), _) = best_blends([*of_size("c"), better])
    assert made.human_only.name == "better"


def test_steps_that_are_not_known_are_said_to_be_so() -> None:
    *blends, human = of_size("c")
    details = replace(human.details, curves=[])
    unknown = replace(human, read_details=lambda: details)
    ((made,), _) = best_blends([*blends, unknown])
    assert made.has_as_many_steps is None
    assert "c-all, c-human: for how many steps each was trained isn't known." in blend_table([*blends, unknown]).notes


def test_runs_with_other_seeds_are_left_out() -> None:
    """As those that chose a learning rate."""
    tuning = run("tuning", 0.01, original_size=100, seeds=[11, 12])
    ((made,), (note,)) = best_blends([*of_size("c"), tuning])
    assert (made.best.name, made.tried) == ("c-all", 4)
    assert note == "Left out, with other seeds than most: tuning."


def test_the_table_says_what_it_compares() -> None:
    table = blend_table(of_size("c"))
    headers = [column.header for column in table.columns]
    assert headers[:4] == ["teacher", "against gold its F1", "human sentences", "best blend"]
    (row,) = table.rows
    assert row[:4] == ("claude (cot)", 0.9, 100, "c-all")
    assert row[headers.index("blends tried")] == 4
    assert row[-1] == "yes"
    assert "Not all alike" not in " ".join(table.notes)
    unlike = [*of_size("c")[:-1], run("c-human", 0.5, group="A", original_size=100, epochs=8, lr=1e-3)]
    assert "train.lr (5e-05, 0.001)" in " ".join(blend_table(unlike).notes)
    unscored = blend_table(of_size("c", teacher_f1=None))
    assert "against gold its F1" not in [column.header for column in unscored.columns]


def test_runs_with_nothing_to_compare_with_are_named() -> None:
    alone = [run("other", 0.2, original_size=50), run("human", 0.2, original_size=30, group="A")]
    blends, (note,) = best_blends([*of_size("c"), *alone])
    assert len(blends) == 1
    assert note == "Left out, with no run to compare with on as many human sentences: other, human."
    with pytest.raises(UserError, match="no teacher and number of human sentences with a blend and a run on the human"):
        best_blends(alone)
    cold = made.small_run("cold", by_teacher=True)
    with pytest.raises(UserError, match=r"^cold: its scores are agreement with the teacher, not accuracy; blends are"):
        best_blends([*of_size("c"), cold])


def test_the_number_of_human_sentences_may_be_what_was_prepared() -> None:
    def all_of(made_run: Run, metrics: Mapping[str, Any]) -> Run:
        sections = {
            **made_run.sections,
            "train": {**made_run.sections["train"], "original_size": None},
            "prepare": {**made_run.sections["prepare"], "original_size": None},
        }
        return replace(made_run, sections=sections, metrics={**made_run.metrics, **metrics})

    prepared = {"prepare": {"splits": [{"split": "original", "sentences": 70}]}}
    ((made,), _) = best_blends([all_of(made_run, prepared) for made_run in of_size("c")])
    assert made.human_size == 70
    _, (note,) = best_blends([*of_size("c"), all_of(run("unknown", 0.2), {})])
    assert note == "Left out, with a number of human sentences that isn't known: unknown."


def test_the_commands_print_and_draw_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [*of_size("good", size=2000), *of_size("poor", "none", teacher_f1=0.3, prompt="standard")]
    runs[-1] = run("poor-human", 0.1, 0.3, "standard", group="A", original_size=100, epochs=4)
    write_archive(tmp_path / "runs.jsonl.xz", runs)
    cli.run(["compare", "--table", "blends", "--from", "runs.jsonl.xz", "--format", "csv"])
    assert capsys.readouterr().out.count("good-all") == 1
    cli.run(["figure", "blends", "--from", "runs.jsonl.xz"])
    svg = ET.fromstring(capsys.readouterr().out)
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("F1 against gold")] == [
        *("F1 against gold .900", "F1 against gold .300"),
    ]
    assert {"claude (cot)", "claude (standard)", "2,000", "100"} < {*texts}
    assert [field.get("class") for field in svg.iter(f"{SVG}g")] == ["target", "human"]  # a gain, and a loss
    assert "all, more steps" in texts
    described = svg.findtext(f"{SVG}desc") or ""
    assert "claude (cot), 2,000 human sentences: all has " in described
    for more in (["--pairs"], ["--against", "good-human"]):
        with pytest.raises(
            UserError, match=r"^--table blends tests by itself what it shows; give --against or --pairs w"
        ):
            cli.run(["compare", "--table", "blends", "--from", "runs.jsonl.xz", *more])
    with pytest.raises(UserError, match=r"^no runs to draw$"):
        blend_grid_svg([])
