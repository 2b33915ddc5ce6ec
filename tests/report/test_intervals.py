"""Confidence intervals: Student's over seeds, and a bootstrap over test sentences."""

import statistics
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import made
from tinyner.report.intervals import over_seeds, over_sentences
from tinyner.report.scored_runs import Measured, with_scores
from tinyner.runs.reference import Reference

GOLD = Reference.of(made.sentences(40), [])


@given(st.lists(st.floats(0.3, 0.7), min_size=2, max_size=8))
def test_over_seeds_it_is_students(values: list[float]) -> None:
    from scipy.stats import t  # slow to load

    interval = over_seeds(Measured.of(values))
    assert interval is not None
    half = t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5
    mean = statistics.fmean(values)
    assert interval == pytest.approx((max(mean - half, 0), min(mean + half, 1)), abs=1e-6)


def test_a_single_seed_has_none() -> None:
    assert over_seeds(Measured.of([0.5])) is None


def test_over_sentences_it_holds_the_score_of_every_type_and_is_the_same_each_time() -> None:
    ((run,), _) = with_scores([made.small_run("E", 0.3)])
    intervals = over_sentences(run, GOLD)
    assert set(intervals) == {"micro", "LOC", "PER"}  # gold has no others
    for name, interval in intervals.items():
        assert 0 <= interval.low < run.scores[name]["f1"].mean < interval.high <= 1
    assert over_sentences(run, GOLD) == intervals


def test_a_student_without_a_mistake_has_no_width() -> None:
    run = made.small_run("E", 0.0)
    details = replace(run.details, predictions=dict.fromkeys(run.predictions, GOLD.tags))
    ((scored,), _) = with_scores([replace(run, read_details=lambda: details)])
    assert set(over_sentences(scored, GOLD).values()) == {(1.0, 1.0)}
