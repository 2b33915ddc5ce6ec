"""Several corpora side by side: a panel each, with the runs that the rule names and no other."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.report import made
from tinyner import cli
from tinyner.errors import UserError
from tinyner.report.domain_panels_svg import domain_panels_svg
from tinyner.report.scored_runs import Measured, ScoredRun, with_scores
from tinyner.runs.archive import write_archive
from tinyner.runs.run import Run

SVG = "{http://www.w3.org/2000/svg}"


def domain(**more: Run) -> dict[str, Run]:
    """Runs of a corpus: the LLM's sentences alone, and 50 and 500 human ones with and without them."""
    runs = {"B": made.small_run("B", group="B", epochs=6)}
    for size in (50, 500):
        runs[f"A-{size}"] = made.small_run(f"A-{size}", group="A", original_size=size, epochs=20)
        runs[f"D-{size}"] = made.small_run(f"D-{size}", group="D", original_size=size, epochs=6)
    return runs | more


def with_dev(run: Run, f1: float) -> Run:
    """The run with an F1 on dev."""
    return replace(run, metrics={**run.metrics, "train": {"seeds": [{"seed": 1, "dev_f1": f1}]}})


def scored(**domains: dict[str, Run]) -> list[ScoredRun]:
    """The runs of several corpora, with the names of these as prefixes."""
    return [
        run
        for name, runs in domains.items()
        for run in with_scores(runs.values(), {run.name: f"{name}-" for run in runs.values()})[0]
    ]


def described(runs: list[ScoredRun]) -> list[str]:
    """The sentences by which the drawing says what it has."""
    text = ET.fromstring(domain_panels_svg(runs)).findtext(f"{SVG}desc") or ""
    return text.split(". ")[1:]


def test_each_prefix_has_a_panel_with_two_lines() -> None:
    svg = ET.fromstring(domain_panels_svg(scored(politics=domain(), music=domain())))
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert texts.count("politics") == texts.count("music") == 1
    assert texts.count("human sentences alone") == texts.count("with the LLM's sentences") == 1
    paths = [path.get("class") for path in svg.iter(f"{SVG}path")]
    assert paths.count("whisker") == 2 * 5
    assert [text for text in texts if text in ("0", "50", "500")] == ["0", "50", "500"] * 2


def test_the_words_have_the_scores() -> None:
    runs = domain()
    (words,) = described(scored(politics=runs))
    by_name = {run.name: run for run in with_scores(runs.values())[0]}
    assert words == (
        f"politics: human sentences alone: 50 sentences {by_name['A-50'].micro_f1}, "
        f"500 sentences {by_name['A-500'].micro_f1}; with the LLM's sentences: 0 sentences {by_name['B'].micro_f1}, "
        f"50 sentences {by_name['D-50'].micro_f1}, 500 sentences {by_name['D-500'].micro_f1}."
    )


def test_of_several_runs_the_longest_stands_for_a_size_and_then_the_best_on_dev() -> None:
    short = made.small_run("short", rate=0.01, group="A", original_size=50, epochs=2)
    assert described(scored(politics=domain(short=short))) == described(scored(politics=domain()))
    as_long = with_dev(domain()["A-50"], 0.8)
    worse_on_test = with_dev(made.small_run("other", rate=0.6, group="A", original_size=50, epochs=20), 0.9)
    both = domain(**{"A-50": as_long, "other": worse_on_test})
    assert described(scored(politics=both)) != described(scored(politics=domain()))
    assert described(scored(politics={**both, "other": with_dev(worse_on_test, 0.7)})) == described(
        scored(politics=domain())
    )
    with pytest.raises(UserError, match=r"^A-50: others draw as much, and it has no F1 on a gold dev set to choose by"):
        domain_panels_svg(scored(politics=domain(other=worse_on_test)))


def test_without_a_size_in_the_parameters_it_is_that_of_what_was_prepared() -> None:
    runs = domain()
    for name in ("A", "D"):
        run = made.small_run(name, group=name, epochs=20 if name == "A" else 6)
        prepare = {**run.sections["prepare"], "original_size": None}
        splits = [{"split": "original", "sentences": 700}]
        metrics = {**run.metrics, "prepare": {"splits": splits}}
        runs[name] = replace(run, sections={**run.sections, "prepare": prepare}, metrics=metrics)
    (words,) = described(scored(politics=runs))
    assert words.count("700 sentences") == 2
    unknown = replace(runs["A"], metrics=domain()["B"].metrics)
    with pytest.raises(UserError, match=r"^A: nothing says how many human sentences it could draw; leave it out$"):
        domain_panels_svg(scored(politics={**runs, "A": unknown}))


def test_a_run_on_distilled_sentences_alone_has_no_human_ones() -> None:
    runs = domain()
    del runs["B"]
    pure = made.small_run("pure", group="D", original_size=50, epochs=6, schedule__type="pure_distilled")
    for run in (made.small_run("C", group="C", original_size=50, epochs=6), pure):
        (words,) = described(scored(politics={**runs, run.name: run}))
        by_name = {run.name: run for run in with_scores([run])[0]}
        assert f"with the LLM's sentences: 0 sentences {by_name[run.name].micro_f1}, 50 sentences" in words


def test_a_perfect_score_is_written_as_one() -> None:
    (perfect,) = scored(politics={"B": made.small_run("B", rate=-9.0, group="B", epochs=6)})
    assert perfect.f1 > 0.95
    top = {"micro": {"f1": Measured.of([1.0, 1.0, 1.0])}}
    runs = [
        replace(perfect, scores=top),
        *scored(politics={name: run for name, run in domain().items() if name != "B"}),
    ]
    texts = [text.text for text in ET.fromstring(domain_panels_svg(runs)).iter(f"{SVG}text")]
    assert "1.000" in texts


def test_what_forms_no_curve_is_refused() -> None:
    with pytest.raises(UserError, match=r"^music: its runs have one number of human sentences; a curve needs two"):
        domain_panels_svg(scored(politics=domain(), music={"B": made.small_run("B", group="B")}))
    cold = {name: made.small_run(name, by_teacher=True, group=name) for name in "AB"}
    with pytest.raises(UserError, match=r"^cold: its scores are agreement with the teacher, not accuracy; the figure"):
        domain_panels_svg(scored(cold=cold))
    with pytest.raises(UserError, match="no runs"):
        domain_panels_svg([])


def test_the_command_draws_archives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_archive(tmp_path / "runs.jsonl.xz", list(domain().values()))
    words = [f"--from={name}={tmp_path / 'runs.jsonl.xz'}" for name in ("politics-", "science-")]
    cli.run(["figure", "domains", *words])
    svg = ET.fromstring(capsys.readouterr().out)
    texts = [text.text or "" for text in svg.iter(f"{SVG}text")]
    assert "politics" in texts
    assert "science" in texts
