"""What the report says was found, and that it says what was left out."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.report import made
from tinyner.compare import differences
from tinyner.report import learning_curve, overview, significance, summary
from tinyner.report.inputs import Inputs
from tinyner.report.scored_runs import with_scores
from tinyner.report.significance import FamilyTest
from tinyner.runs.reference import Reference
from tinyner.runs.run import Run

GOLD = Reference.of(made.sentences(40), [])
NO_CURVES = learning_curve.curves([])
NO_INPUTS = Inputs({}, {}, [], [], {}, "", [])


def report_of(*runs: Run, with_gold: bool = True) -> tuple[str, str, list[FamilyTest]]:
    """The tiles and the findings as text, and the tests."""
    scored_runs, _ = with_scores(runs)
    curves = learning_curve.curves(scored_runs)
    tests = significance.run_tests(significance.families(scored_runs, curves), {GOLD.digest: GOLD} if with_gold else {})
    findings = summary.findings(scored_runs, curves, tests, ["a b.xz"])
    return text(summary.tiles(scored_runs, tests)), text(findings), tests


def text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", str(markup))).replace("\xa0", " ")


def table(rates: dict[str, float], **changes: Any) -> list[Run]:
    return [made.small_run(f"{group}-fixed", rate, group=group, **changes) for group, rate in rates.items()]


def test_differences_are_reported_in_the_sentences_of_compare() -> None:
    tiles, findings, tests = report_of(*table({"A": 0.7, "B": 0.75, "E": 0.05}))
    assert [test.family.best.name for test in tests] == ["E-fixed"]
    assert tests[0].differences is not None
    assert len(tests[0].differences) == 3  # all pairs, since the best was chosen by these scores
    for sentence in differences.sentences(tests[0].reported):
        assert sentence in findings
    assert "E-fixed beats A-fixed by" in findings
    assert "E-fixed is first by mean of 3 with 1,000 original sentences; 2 of 2 differences are shown" in findings
    assert "tinyner compare E-fixed B-fixed A-fixed --from 'a b.xz' --pairs" in findings
    assert "a gain is shown" in tiles


def test_a_difference_that_is_not_significant_is_no_headline() -> None:
    tiles, findings, _ = report_of(*table({"A": 0.2, "B": 0.4, "E": 0.19}))
    assert re.search(
        r"E-fixed compared with the best student of people.s labels alone, A-fixed: .* after Holm over 3", tiles
    )
    assert "not shown" in tiles
    assert "gain" not in tiles
    assert "no difference shown between E-fixed and A-fixed" in findings


def test_a_loss_is_no_gain() -> None:
    tiles, _, _ = report_of(*table({"A": 0.05, "E": 0.8}))
    assert "a loss is shown" in tiles
    assert re.search(r"A-fixed: \N{MINUS SIGN}\d", tiles)


def test_without_the_test_sentences_it_says_which_command_tests() -> None:
    tiles, findings, _ = report_of(*table({"A": 0.7, "E": 0.05}), with_gold=False)
    assert "whether that is more than chance is not tested here" in tiles
    assert "not tested, since the test sentences are not here" in findings
    assert "tinyner compare E-fixed A-fixed --from 'a b.xz' --pairs" in findings
    assert "beats" not in tiles + findings


def test_each_of_many_schedules_is_tested_against_original_sentences_alone() -> None:
    kinds: dict[str, dict[str, Any]] = {
        f"sigmoid-{k}": {"schedule__type": "sigmoid", "schedule__k": float(k)} for k in range(2, 10)
    }
    kinds |= {"people": {"schedule__type": "pure_original"}}
    _, findings, tests = report_of(*(made.small_run(name, group="E", **changes) for name, changes in kinds.items()))
    assert tests[0].differences is not None
    assert {difference.b for difference in tests[0].differences} == {"people"}
    assert {difference.family for difference in tests[0].differences} == {8}
    assert "--against people" in findings
    assert findings.count(" after Holm over 8") == 8
    assert "whether the first beats the next is not tested" in findings


def test_agreement_with_the_teacher_is_called_so_and_ranked_apart() -> None:
    runs = [
        made.small_run(f"{group}-t", rate, by_teacher=True, group=group) for group, rate in (("B", 0.05), ("C", 0.5))
    ]
    tiles, findings, tests = report_of(*table({"A": 0.7, "E": 0.3}), *runs)
    assert re.search(r"agreement with the teacher, not accuracy, of the best student of claude \(cot\): B-t", tiles)
    assert re.search(r"best F1 of a student of claude \(cot\): E-fixed", tiles)
    gold, teacher = findings.split("With claude (cot); agreement with the teacher, not accuracy")
    assert "E-fixed" in gold
    assert "-t" not in gold
    assert "Groups, fixed lr, best mean agreement first: B" in teacher
    assert "E-fixed" not in teacher
    assert [[run.name for run in test.family.runs] for test in tests] == [["E-fixed", "A-fixed"], ["B-t", "C-t"]]
    assert "after `dvc repro align` this tests it" in teacher.lower()
    reference = Reference.of(made.stand_ins(made.sentences(40)), made.labels(made.sentences(40))[3:])
    scored_runs, _ = with_scores(runs)
    (test,) = significance.run_tests(significance.families(scored_runs, NO_CURVES), {reference.digest: reference})
    (sentence,) = differences.sentences(test.reported)
    assert re.match(r"B-t beats C-t by [\d.]+ ± [\d.]+ points of agreement with the teacher, not accuracy \(", sentence)


def test_the_setting_says_who_labelled_the_test_set() -> None:
    splits = [{"split": "original", "sentences": 0}, {"split": "test", "sentences": 40}]
    prepared = {"prepare": {"splits": splits}}
    runs = [made.small_run("t", by_teacher=True, group="B"), made.small_run("g", group="B")]
    scored_runs, _ = with_scores([replace(run, metrics={**run.metrics, **prepared}) for run in runs])
    setting = text(overview.setting(scored_runs[:1], NO_INPUTS))
    assert "40 sentences, labelled by the teacher, not by people" in setting
    assert re.search("original sentences +none ", setting)
    assert "1000 target, with those that stand in as test or dev set;" in setting
    assert "40 sentences, in some experiments labelled by the teacher" in text(overview.setting(scored_runs, NO_INPUTS))
    assert "stand in" not in text(overview.setting(scored_runs[1:], NO_INPUTS))
    assert "own tags stand in for people" in summary.agreeing(scored_runs)[0]
    assert not summary.agreeing(scored_runs[1:])


def test_runs_against_other_tags_are_told_apart() -> None:
    run = made.small_run("a", by_teacher=True, group="B")
    other = replace(run, name="b", read_details=lambda: replace(run.details, stand_in="other"))
    origins = [scored.origin for scored in with_scores([run, other, run])[0]]
    assert origins[0] == origins[2] == "claude (cot); agreement with the teacher, not accuracy (set 1 of its tags)"
    assert origins[1].endswith("(set 2 of its tags)")


def test_a_run_under_two_names_is_tested_once() -> None:
    a, e = table({"A": 0.3, "E": 0.1})
    again = replace(e, name="E-1000")
    _, _, tests = report_of(a, e, again)
    assert [run.name for run in tests[0].family.runs] == ["E-fixed", "A-fixed"]


def test_runs_of_equal_steps_join_the_groups_of_their_size() -> None:
    curve = [
        made.small_run(f"{group}-{size}", group=group, original_size=size) for group in "AE" for size in (100, 500)
    ]
    steps = [made.small_run(f"steps-{size}", group="A", original_size=size, epochs=4000 // size) for size in (100, 500)]
    whole = made.small_run("A-fixed", group="A")
    _, _, tests = report_of(*curve, whole, *steps)
    names = {test.family.original: {run.name for run in test.family.runs} for test in tests}
    assert names == {100: {"A-100", "E-100", "steps-100"}, 500: {"A-500", "E-500", "steps-500"}}


def test_groups_are_ranked_within_their_setting() -> None:
    usual = table({"A": 0.2, "D": 0.3, "E": 0.1})
    longer = [made.small_run(f"{group}-long", 0.05, group=group, epochs=20) for group in "AB"]
    alone = made.small_run("B-lr", 0.01, group="B", lr=1e-3)
    twice = made.small_run("E-again", 0.01, group="E")
    _, findings, _ = report_of(*usual, *longer, alone, twice)
    (first, second) = re.findall(r"Groups, ([^:]+), best mean first: ([^.]*\d\S*(?:[^:]*?))\. ", findings)
    assert first[0] == "fixed lr"
    assert re.findall(r"\b([A-E]) 0\.", first[1]) == ["E", "A", "D"]
    assert second[0] == "fixed lr, 20 epochs"
    assert sorted(re.findall(r"\b([A-E]) 0\.", second[1])) == ["A", "B"]
    assert (
        "Not ranked, for want of another group in their setting, or since their group is there: E-again, B-lr."
        in findings
    )


def test_the_setting_has_the_sizes_that_the_runs_had() -> None:
    scored_runs, _ = with_scores(
        table({"A": 0.2, "E": 0.1}, target_size=250, related_size=300, original_size=250)
    )  # fmt: skip
    setting = text(overview.setting(scored_runs, NO_INPUTS))
    assert "250 target; 300 related" in setting
    assert re.search(r"original sentences +250 ", setting)
    assert "1000" not in setting
    assert "1200" not in setting


@pytest.mark.parametrize("group", ["D", "E"])
def test_gains_are_over_groups_of_the_same_setting(group: str) -> None:
    curve = [
        made.small_run(f"{name}-{size}", group=name, original_size=size) for name in ("A", group) for size in (50, 200)
    ]
    longer = [made.small_run(f"A-{size}-long", group="A", original_size=size, epochs=20) for size in (50, 200)]
    _, findings, _ = report_of(*curve, *longer)
    assert findings.count(f"Group {group} over group A by original sentences, fixed lr") == 1
    assert "20 epochs by" not in findings
