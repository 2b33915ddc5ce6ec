"""Marks of the chart and the three sentences say what the tests show, and no more."""

import html
import re
from dataclasses import replace

import pytest

from tests.report import made
from tests.report.test_summary import GOLD, table, text
from tinyner.report import cost_chart, experiments_chart, learning_curve, significance, three_sentences
from tinyner.report.scored_runs import ScoredRun, with_scores
from tinyner.report.significance import FamilyTest
from tinyner.report.verdicts import verdict
from tinyner.runs.run import Run


def with_tests(*runs: Run, with_gold: bool = True) -> tuple[list[ScoredRun], learning_curve.Curves, list[FamilyTest]]:
    scored, _ = with_scores(runs)
    curves = learning_curve.curves(scored)
    references = {GOLD.digest: GOLD} if with_gold else {}
    return scored, curves, significance.run_tests(significance.families(scored, curves), references)


def kinds(*runs: Run, with_gold: bool = True) -> dict[str, str]:
    scored, _, tests = with_tests(*runs, with_gold=with_gold)
    return {run.name: experiments_chart.kind(run, tests) for run in scored}


def test_an_experiment_is_marked_as_its_test_says() -> None:
    runs = table({"A": 0.4, "B": 0.9, "D": 0.38, "E": 0.02})
    assert kinds(*runs) == {
        "A-fixed": experiments_chart.GOLD_ONLY,
        "B-fixed": experiments_chart.LOSES,
        "D-fixed": experiments_chart.NOT_SHOWN,
        "E-fixed": experiments_chart.BEATS,
    }
    untested = experiments_chart.NOT_TESTED
    assert kinds(*runs[1:]) == dict.fromkeys(["B-fixed", "D-fixed", "E-fixed"], untested)
    assert kinds(*runs, with_gold=False)["E-fixed"] == untested


def test_the_chart_has_every_experiment_with_its_interval_and_mark() -> None:
    scored, _, tests = with_tests(*table({"A": 0.4, "B": 0.9, "E": 0.02}))
    drawn = str(experiments_chart.figures(scored, tests))
    titles = [html.unescape(title) for title in re.findall("<title>([^<]*)</title>", drawn)]
    assert [title.partition(":")[0] for title in titles if "95 % CI" in title] == ["E-fixed", "A-fixed", "B-fixed"]
    assert next(title for title in titles if title.startswith("E-fixed")).endswith(f"; {experiments_chart.BEATS}")
    assert "▲ beats that student; ▼ loses to that student; ■ learned from people" in text(drawn)
    assert "○" not in text(drawn)
    assert f"{experiments_chart.BEATS}: 1, {experiments_chart.LOSES}: 1" in text(drawn)  # for readers who don't see it
    assert "More than that below it" in titles


def test_a_gain_that_is_not_significant_is_not_claimed() -> None:
    scored, curves, tests = with_tests(*table({"A": 0.2, "E": 0.19}))
    (sentences,) = three_sentences.of_study(scored, curves, tests, {GOLD.digest: GOLD})
    assert len(sentences) == 3
    assert re.match(
        r"Of 2 experiments E-fixed has the highest mean micro F1 on test 0\.\d+ \(95 % CI over 3 ", sentences[0]
    )
    assert sentences[1].startswith("That it differs from the best student of")
    assert "beats" not in " ".join(sentences)


@pytest.mark.parametrize(("rates", "says"), [({"A": 0.7, "E": 0.05}, "It beats"), ({"A": 0.05, "E": 0.06}, "A-fixed")])
def test_what_is_shown_is_said(rates: dict[str, float], says: str) -> None:
    scored, curves, tests = with_tests(*table(rates))
    (sentences,) = three_sentences.of_study(scored, curves, tests, {GOLD.digest: GOLD})
    assert says in sentences[0] + sentences[1]
    assert sentences[2].startswith(sentences[0].split()[3])  # the run of which it is said


def test_without_people_s_labels_alone_or_sentences_nothing_is_claimed() -> None:
    scored, curves, tests = with_tests(*table({"B": 0.5, "E": 0.1}))
    (sentences,) = three_sentences.of_study(scored, curves, tests, {})
    assert "is not known" in sentences[1]
    assert sentences[2].startswith("E-fixed is weakest on ")
    scored, curves, tests = with_tests(*table({"A": 0.7, "E": 0.1}), with_gold=False)
    (sentences,) = three_sentences.of_study(scored, curves, tests, {})
    assert "is not tested here" in sentences[1]


def test_what_distillation_is_worth_is_said_where_the_test_shows_a_gain() -> None:
    rates = {("A", 50): 0.8, ("A", 200): 0.5, ("A", 800): 0.1, ("E", 50): 0.3, ("E", 200): 0.25, ("E", 800): 0.05}
    runs = [made.small_run(f"{g}-{size}", rate, group=g, original_size=size) for (g, size), rate in rates.items()]
    scored, curves, tests = with_tests(*runs)
    (sentences,) = three_sentences.of_study(scored, curves, tests, {GOLD.digest: GOLD})
    by_name = {run.name: run for run in scored}
    assert sentences[2].startswith(
        f"With 50 labelled sentences and distilled ones E-50 reaches {by_name['E-50'].f1:.3f}"
    )
    assert "a gain is shown: +" in sentences[2]
    assert f"reach as high a mean with 800 sentences ({by_name['A-800'].f1:.3f}" in sentences[2]
    alike = [made.small_run(f"{g}-{size}", 0.3, group=g, original_size=size) for g, size in rates]
    scored, curves, tests = with_tests(*alike)
    (sentences,) = three_sentences.of_study(scored, curves, tests, {GOLD.digest: GOLD})
    assert "distilled ones" not in sentences[2]


def test_the_interval_and_p_are_those_of_the_difference_whichever_comes_first() -> None:
    scored, _, tests = with_tests(*table({"A": 0.05, "E": 0.8}))
    against = verdict(scored[1], tests)
    assert against is not None
    assert against.difference is not None
    assert against.is_shown
    assert against.gain < 0
    assert against.in_points().startswith("\N{MINUS SIGN}")
    assert against.gain == pytest.approx(scored[1].f1 - scored[0].f1)


def priced(run: Run, usd: float | None) -> Run:
    return replace(run, metrics={**run.metrics, "evaluate": {**run.metrics["evaluate"], "cost_usd": usd}})


def test_f1_per_dollar_is_drawn_where_a_price_is_there_and_else_said() -> None:
    runs = table({"A": 0.4, "B": 0.3, "E": 0.1})
    costs = [priced(run, usd) for run, usd in zip(runs, (0.0, None, 2.5), strict=True)]
    scored, _ = with_scores(costs)
    drawn = str(cost_chart.figures(scored))
    assert re.findall(r"<title>(\S+): 0\.\d+ for \$2\.5, 0\.\d+ a dollar</title>", drawn) == ["E-fixed"]
    assert "labels alone, A-fixed" in html.unescape(drawn)
    assert "cost was not recorded" in drawn
    scored, _ = with_scores([priced(run, None) for run in runs])
    drawn = str(cost_chart.figures(scored))
    assert "Not drawn: no experiment here has replies with a price" in drawn
    assert "<svg" not in drawn


def test_a_model_is_not_said_to_beat_what_does_not_stand_beside_it() -> None:
    ((run,), _) = with_scores([made.small_run("E", 0.3)])
    first, second, third = three_sentences.of_model(run, None, [], {GOLD.digest: GOLD})
    assert first.startswith("Micro F1 on test: 0.")
    assert "is not known" in second
    assert third.startswith("The model takes")
