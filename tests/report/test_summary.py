"""What the report says was found, and that it says what was left out."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.report import made
from tinyner.compare import differences
from tinyner.report import learning_curve, overview, significance, summary
from tinyner.report.inputs import Material
from tinyner.report.scored_runs import experiments
from tinyner.report.significance import Proof
from tinyner.runs.run import Run, digest_of

GOLD = {digest_of(made.sentences(40)): made.sentences(40)}
NONE = Material({}, {}, [], [], {}, "", [])


def report_of(*runs: Run, here: bool = True) -> tuple[str, str, list[Proof]]:
    """The tiles and the findings as text, and the proofs."""
    those, _ = experiments(runs)
    curves = learning_curve.curves(those)
    proved = significance.proofs(significance.families(those, curves), GOLD if here else {})
    return text(summary.tiles(those, proved)), text(summary.found(those, curves, proved, ["a b.xz"])), proved


def text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\xa0", " ")


def table(rates: dict[str, float], **changes: object) -> list[Run]:
    return [made.own(f"{group}-fixed", rate, group=group, **changes) for group, rate in rates.items()]


def test_what_is_shown_is_said_in_the_sentences_of_compare() -> None:
    tiles, found, proved = report_of(*table({"A": 0.7, "B": 0.75, "E": 0.05}))
    assert [one.family.best.name for one in proved] == ["E-fixed"]
    assert proved[0].pairs is not None
    assert len(proved[0].pairs) == 3  # all pairs, since the best was chosen by these scores
    for sentence in differences.sentences(proved[0].told):
        assert sentence in found
    assert "E-fixed beats A-fixed by" in found
    assert "E-fixed is first by mean of 3 with 1,000 original sentences; 2 of 2 differences are shown" in found
    assert "tinyner compare E-fixed B-fixed A-fixed --from 'a b.xz' --pairs" in found
    assert "a gain is shown" in tiles


def test_a_difference_that_is_not_shown_is_no_headline() -> None:
    tiles, found, _ = report_of(*table({"A": 0.2, "B": 0.4, "E": 0.19}))
    assert re.search(
        r"E-fixed compared with the best student of people.s labels alone, A-fixed: .* after Holm over 3", tiles
    )
    assert "not shown" in tiles
    assert "gain" not in tiles
    assert "no difference shown between E-fixed and A-fixed" in found


def test_a_loss_is_no_gain() -> None:
    tiles, _, _ = report_of(*table({"A": 0.05, "E": 0.8}))
    assert "a loss is shown" in tiles
    assert re.search(r"A-fixed: \N{MINUS SIGN}\d", tiles)


def test_without_the_test_sentences_it_says_which_command_tests() -> None:
    tiles, found, _ = report_of(*table({"A": 0.7, "E": 0.05}), here=False)
    assert "whether that is more than chance is not tested here" in tiles
    assert "the proof is not here" in found
    assert "tinyner compare E-fixed A-fixed --from 'a b.xz' --pairs" in found
    assert "beats" not in tiles + found


def test_of_many_schedules_each_is_tested_against_people_alone() -> None:
    kinds: dict[str, dict[str, Any]] = {
        f"sigmoid-{k}": {"schedule__type": "sigmoid", "schedule__k": float(k)} for k in range(2, 10)
    }
    kinds |= {"people": {"schedule__type": "pure_original"}}
    _, found, proved = report_of(*(made.own(name, group="E", **knobs) for name, knobs in kinds.items()))
    assert proved[0].pairs is not None
    assert {one.b for one in proved[0].pairs} == {"people"}
    assert {one.family for one in proved[0].pairs} == {8}
    assert "--against people" in found
    assert found.count(" after Holm over 8") == 8
    assert "whether the first beats the next is not tested" in found


def test_an_experiment_under_two_names_is_tested_once() -> None:
    a, e = table({"A": 0.3, "E": 0.1})
    again = replace(e, name="E-1000")
    _, _, proved = report_of(a, e, again)
    assert [row.name for row in proved[0].family.rows] == ["E-fixed", "A-fixed"]


def test_as_many_steps_stand_beside_the_groups_of_their_size() -> None:
    curve = [made.own(f"{group}-{size}", group=group, original_size=size) for group in "AE" for size in (100, 500)]
    steps = [made.own(f"steps-{size}", group="A", original_size=size, epochs=4000 // size) for size in (100, 500)]
    whole = made.own("A-fixed", group="A")
    _, _, proved = report_of(*curve, whole, *steps)
    rows = {one.family.original: {row.name for row in one.family.rows} for one in proved}
    assert rows == {100: {"A-100", "E-100", "steps-100"}, 500: {"A-500", "E-500", "steps-500"}}


def test_groups_are_ranked_with_their_like_only() -> None:
    usual = table({"A": 0.2, "D": 0.3, "E": 0.1})
    other = [made.own(f"{group}-long", 0.05, group=group, epochs=20) for group in "AB"]
    alone = made.own("B-lr", 0.01, group="B", lr=1e-3)
    twice = made.own("E-again", 0.01, group="E")
    _, found, _ = report_of(*usual, *other, alone, twice)
    (first, second) = re.findall(r"Groups, ([^:]+), best mean first: ([^.]*\d\S*(?:[^:]*?))\. ", found)
    assert first[0] == "fixed lr"
    assert re.findall(r"\b([A-E]) 0\.", first[1]) == ["E", "A", "D"]
    assert second[0] == "fixed lr, 20 epochs"
    assert sorted(re.findall(r"\b([A-E]) 0\.", second[1])) == ["A", "B"]
    assert (
        "Not ranked, for want of another group in their setting, or since their group is there: E-again, B-lr." in found
    )


def test_the_setting_has_the_sizes_that_the_runs_had() -> None:
    those, _ = experiments(table({"A": 0.2, "E": 0.1}, target_size=250, related_size=300, original_size=250))
    told = text(overview.setting(those, NONE))
    assert "250 of the corpus; 300 of the news" in told
    assert re.search(r"original sentences +250 ", told)
    assert "1000" not in told
    assert "1200" not in told


@pytest.mark.parametrize("group", ["D", "E"])
def test_gains_are_over_groups_of_the_same_setting(group: str) -> None:
    curve = [made.own(f"{one}-{size}", group=one, original_size=size) for one in ("A", group) for size in (50, 200)]
    other = [made.own(f"A-{size}-long", group="A", original_size=size, epochs=20) for size in (50, 200)]
    _, found, _ = report_of(*curve, *other)
    assert found.count(f"Group {group} over group A by original sentences, fixed lr") == 1
    assert "20 epochs by" not in found
