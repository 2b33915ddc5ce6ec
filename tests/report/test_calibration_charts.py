"""The reliability diagram and the curve over the threshold: of the run's numbers, or one line where it has none."""

import html
import re
from dataclasses import replace

from tests.report import made
from tests.report.test_summary import text
from tinyner.report import calibration_charts
from tinyner.report.scored_runs import ScoredRun, with_scores
from tinyner.runs.calibration import Calibration

CURVE: Calibration = {
    "reliability": [
        {"scores": "calibrated", "probability": 0.55, "right": 0.5, "entities": 4},
        {"scores": "calibrated", "probability": 0.95, "right": 0.9, "entities": 40},
        {"scores": "uncalibrated", "probability": 0.99, "right": 0.86, "entities": 44},
    ],
    "thresholds": [
        {"threshold": 0.0, "precision": 0.86, "recall": 0.8},
        {"threshold": 0.7, "precision": 0.96, "recall": 0.6},
        {"threshold": 0.97, "precision": 1.0, "recall": 0.05},
    ],
}


def run_with(calibration: Calibration | None, *, by_teacher: bool = False) -> ScoredRun:
    run = made.small_run("E", by_teacher=by_teacher)
    details = replace(run.details, calibration=calibration)
    return with_scores([replace(run, read_details=lambda: details)])[0][0]


def test_both_charts_are_drawn_before_and_after_the_temperature() -> None:
    drawn = str(calibration_charts.figure(run_with(CURVE)))
    assert drawn.count("<svg") == 2
    assert drawn.count('class="few"') == 1  # four entities say little
    assert "after the temperature: 0.55: 0.50 of 4; 0.95: 0.90 of 40." in drawn
    assert "<title>before the temperature</title>" in drawn
    assert "score 0.7: precision 0.960, recall 0.600" in drawn
    assert "off by 0.080 (expected calibration error; it was 0.120 before the temperature)" in drawn
    rows = re.findall(r'<tr><th scope="row">([\d.]+)</th>', drawn)
    assert rows == [f"{threshold:g}" for threshold in calibration_charts.THRESHOLDS]


def test_without_probabilities_it_is_one_line() -> None:
    drawn = str(calibration_charts.with_advice(run_with(None)))
    assert "<svg" not in drawn
    assert drawn.count("<p") == 1
    assert "Left out, a reliability diagram" in drawn
    assert "Its calibration error is 0.080." in drawn


def test_the_advice_names_the_least_score_for_the_precision() -> None:
    advice = calibration_charts.advice(run_with(CURVE))
    assert "`tinyner predict --min-score 0.7`" in advice
    assert "a recall of 0.60" in advice
    assert advice.startswith("Scores are a ranking rather than probabilities (off by 0.080")
    rare: Calibration = {**CURVE, "thresholds": [CURVE["thresholds"][0], CURVE["thresholds"][2]]}
    assert "only from a score of 0.97 on, at a recall of 0.05" in calibration_charts.advice(run_with(rare))
    never: Calibration = {**CURVE, "thresholds": CURVE["thresholds"][:1]}
    assert "the most is 86%" in calibration_charts.advice(run_with(never))
    always: Calibration = {**CURVE, "thresholds": [{"threshold": 0.0, "precision": 0.98, "recall": 0.9}]}
    assert "no least score is needed" in calibration_charts.advice(run_with(always))


def test_without_gold_it_is_agreement() -> None:
    drawn = html.unescape(str(calibration_charts.with_advice(run_with(CURVE, by_teacher=True))))
    assert "agreement with the teacher, not accuracy" in text(drawn)
    assert "as the teacher has" in drawn
    captions = re.findall("<caption><span>(.*?)</span>", drawn)
    assert len(captions) == 2
    assert all("agreement with the teacher, not accuracy" in caption for caption in captions)
