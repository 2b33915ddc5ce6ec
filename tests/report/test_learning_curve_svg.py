"""The learning curve as a file: it has the numbers of the table, and the committed one is what the command draws."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import ROOT
from tests.report import made
from tinyner import cli
from tinyner.compare.curve_table import curve_tables
from tinyner.compare.table import Score
from tinyner.errors import UserError
from tinyner.report.learning_curve_svg import learning_curve_svg
from tinyner.report.scored_runs import with_scores
from tinyner.runs.archive import read_archive, write_archive
from tinyner.runs.run import Run

COMMITTED = ROOT / "docs/learning-curve.svg"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*runs: Run) -> ET.Element:
    return ET.fromstring(learning_curve_svg(with_scores(runs)[0]))


def lines(svg: ET.Element) -> dict[str, list[tuple[float, float]]]:
    """The coordinates of each line by its name."""
    points = {}
    for group in svg.iter(f"{SVG}g"):
        title, path = group.find(f"{SVG}title"), group.find(f"{SVG}path[@class='line']")
        if title is not None and path is not None:
            pairs = re.findall(r"[ML]([\d.]+) ([\d.]+)", path.get("d", ""))
            points[title.text or ""] = [(float(x), float(y)) for x, y in pairs]
    return points


@pytest.fixture(scope="module")
def archive() -> dict[str, Run]:
    return read_archive(ROOT / "results/full.jsonl.xz")


@pytest.mark.slow
def test_the_committed_file_is_what_the_command_draws(archive: dict[str, Run]) -> None:
    drawings = [f"{learning_curve_svg(with_scores(archive.values())[0])}\n".encode() for _ in range(2)]
    command = "tinyner figure learning-curve --from results/full.jsonl.xz -o docs/learning-curve.svg"
    assert drawings == [COMMITTED.read_bytes()] * 2, command


@pytest.mark.slow
def test_the_committed_points_are_the_tables_numbers(archive: dict[str, Run]) -> None:
    sizes = (50, 100, 200, 500, 1000)
    (curve,) = curve_tables([archive[f"{group}-{size}"] for group in "ADE" for size in sizes])
    (steps,) = curve_tables([archive[f"A-{size}-steps"] for size in sizes[:-1]])
    columns = {f"group {column.name}": [row[index] for row in curve.rows] for index, column in enumerate(curve.columns)}
    columns["group A (as many steps)"] = [*(row[1] for row in steps.rows), columns["group A"][-1]]
    del columns["group original sentences"]

    svg = ET.fromstring(COMMITTED.read_bytes())
    ticks = [float(text.text or "") for text in svg.iter(f"{SVG}text") if text.get("text-anchor") == "end"]
    grid = [float(line.get("y1", "")) for line in svg.iter(f"{SVG}line") if line.get("class") == "grid"]
    unit = (ticks[-1] - ticks[0]) / (grid[0] - grid[-1])
    described = svg.findtext(f"{SVG}desc") or ""
    assert set(lines(svg)) == set(columns)
    for name, points in lines(svg).items():
        scores = [score for score in columns[name] if isinstance(score, Score)]
        heights = [ticks[0] + (grid[0] - y) * unit for _, y in points]
        assert heights == pytest.approx([score.mean for score in scores], abs=0.0001)
        values = ", ".join(f"{size:,} sentences {score}" for size, score in zip(sizes, scores, strict=True))
        assert f": {values}" in described


def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [made.small_run(f"A-{size}", group="A", original_size=size) for size in (50, 500)]
    write_archive(tmp_path / "runs.jsonl.xz", runs)
    words = ["figure", "learning-curve", "--from", str(tmp_path / "runs.jsonl.xz")]
    cli.run(words)
    cli.run([*words, "-o", str(tmp_path / "curve.svg"), "A-50", "A-500"])
    assert (tmp_path / "curve.svg").read_text() == capsys.readouterr().out
    assert set(lines(ET.parse(tmp_path / "curve.svg").getroot())) == {"group A"}


def test_a_line_has_a_label_and_whiskers() -> None:
    runs = [made.small_run(f"{group}-{size}", group=group, original_size=size) for group in "AE" for size in (50, 500)]
    svg = drawn(*runs)
    assert set(lines(svg)) == {"group A", "group E"}
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert "A: human sentences alone" in texts
    assert any(text.startswith("E: with ") for text in texts)
    assert sum(path.get("class") == "whisker" for path in svg.iter(f"{SVG}path")) == 4


def test_runs_that_form_no_single_curve_are_refused() -> None:
    runs = [made.small_run(f"A-{size}", group="A", original_size=size) for size in (50, 500)]
    with pytest.raises(UserError, match="`tinyner study curve` makes such runs"):
        drawn(runs[0])
    decaying = [made.small_run(f"decay-{size}", group="A", original_size=size, lr_decay=0.9) for size in (50, 500)]
    with pytest.raises(
        UserError, match=r"2 learning curves \(claude \(cot\), fixed lr; claude \(cot\), lr . 0\.9 an epoch"
    ):
        drawn(*runs, *decaying)
    more = [made.small_run(f"more-{size}", group="A", original_size=size, epochs=9) for size in (50, 500)]
    with pytest.raises(UserError, match=r"not group A, group A \(9 epochs\); name the runs of one curve"):
        drawn(*runs, *more)


def test_agreement_with_the_teacher_is_called_so() -> None:
    runs = [
        made.small_run(f"{group}-{size}", by_teacher=True, group=group, original_size=size)
        for group in "AD"
        for size in (50, 100)
    ]
    words = " ".join(drawn(*runs).itertext())
    assert "Agreement with the teacher, not accuracy, by number of human-labelled sentences" in words
    assert "agreement (micro F1)" in words
    assert "D: with 1,000 distilled sentences (target, stand-ins included)" in words
    assert "Test F1" not in words
    with pytest.raises(UserError, match=r"2 learning curves \(claude \(cot\); agreement with the teacher, not acc"):
        drawn(*runs, *(made.small_run(f"g-{size}", group="A", original_size=size) for size in (50, 100)))
