"""What is drawn is what was counted."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import made
from tests.report.conftest import Study
from tinyner.align.flatten import OUTCOMES
from tinyner.evaluate.confusion import confusion
from tinyner.files import load
from tinyner.report import disagreements, sankey, schedule_curves, training_curves
from tinyner.report.axes import Panel, epochs_ticks, ticks
from tinyner.report.by_type import Confusions
from tinyner.report.inputs import corpus
from tinyner.report.scored_runs import experiments
from tinyner.rows import Sentence
from tinyner.runs.archive import read_archive


def test_axes_map_their_ends() -> None:
    panel = Panel("", (0, 4), (0, 1), [], [], "")
    assert (panel.x(0), panel.x(4)) == (panel.left, panel.width - panel.right)
    assert (panel.y(0), panel.y(1)) == (panel.height - panel.bottom, panel.top)
    assert Panel("", (3, 3), (0.5, 0.5), [], [], "").x(3) > 0  # a range of nothing


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.81, 0.86), (0.0004, 0.0009), (0.5, 0.5), (3, 1000)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert len(found) <= 7
    assert all(low - 1e-6 <= value <= high + 1e-6 for value, _ in found)
    assert len({text for _, text in found}) == len(found)
    assert epochs_ticks(1) == [(0, "1")]


def test_every_schedule_has_its_curve_at_every_length() -> None:
    drawn = schedule_curves.figure([4])
    every = {
        f"w{at}-{index}" for at, family in enumerate(schedule_curves.FAMILIES) for index in range(len(family.schedules))
    }
    assert len(every) == 17
    toggles = re.findall(r'data-toggle="([^"]+)"', drawn)
    series = re.findall(r'data-series="([^"]+)"', drawn)
    assert set(toggles) == every
    assert all(series.count(one) == 4 for one in every)  # w0 and w1, over 4 and 20 epochs


def test_the_flow_loses_nothing(study: Study) -> None:
    for root in (study.strong, study.weak):
        one = corpus(root)
        found = sankey.of_corpus(one)
        assert found is not None
        assert sum(found.statuses.values()) == len(one.annotations) == 200
        assert found.total == sum(found.mentions.values()) == len(one.ledger)
        labelled = {(row["id"], span["start"]) for row in one.examples.values() for span in row["spans"]}
        assert found.spans == len(labelled)
        assert sum(counts.get(sankey.LABELLED, 0) for counts in found.outcomes.values()) <= len(labelled)
        metrics = read_archive(root / "runs.jsonl.xz")["A-fixed"].metrics
        told = sankey.of_metrics(metrics)
        assert told is not None
        assert told.statuses == found.statuses
        assert {name: sum(c.values()) for name, c in told.outcomes.items()} == {
            name: sum(c.values()) for name, c in found.outcomes.items()
        }


def test_every_outcome_has_a_meaning_and_real_examples(study: Study) -> None:
    assert set(sankey.MEANINGS) == set(OUTCOMES)
    one = corpus(study.weak)
    shown = sankey.examples(one)
    seen = {row["outcome"] for row in one.ledger}
    assert len(re.findall('class="outcome"', shown)) == len(seen)
    exact = next(row for row in one.ledger if row["outcome"] == "exact")
    assert "<mark>" in shown
    assert " ".join(one.sentences[exact["id"]]["words"])


def test_confusions_are_those_of_the_stage(study: Study) -> None:
    gold: list[Sentence] = load(study.strong / "data/prepared/test.jsonl")
    run = read_archive(study.strong / "runs.jsonl.xz")["B-fixed"]
    tags = [row["tags"] for row in gold]
    whole = confusion(tags * 3, [own for seed in run.predictions.values() for own in seed])
    assert Confusions(gold).of(run.predictions) == whole


def test_the_hardest_sentences_come_first() -> None:
    gold = made.sentences(5)
    right = gold[0]["tags"]
    missed, half = ["O"] * 4, ["B-PER", "I-PER", "O", "O"]
    predictions = {  # t0: one seed, one entity; t1: both seeds, one; t2: both, both entities; t3: one, both; t4: right
        1: [half, half, missed, missed, right],
        2: [right, half, missed, right, right],
    }
    run = made.own("E")
    details = replace(run.details, predictions=predictions)
    found, _ = experiments([replace(run, read_details=lambda: details)])
    assert [one.id for one in disagreements.of_students(gold, found[0], 9)] == ["t2", "t1", "t3", "t0"]
    assert [one.id for one in disagreements.of_students(gold, found[0], 2)] == ["t2", "t1"]
    assert [(one.share, one.wrong) for one in disagreements.of_students(gold, found[0], 9)] == [
        (1, 4),
        (1, 2),
        (0.5, 2),
        (0.5, 1),
    ]


def test_a_card_tells_what_differs() -> None:
    words = ["Ann", "Lee", "in", "Bonn"]
    one = disagreements.Disagreement(
        "t", words, [(0, 2, "PER"), (3, 4, "LOC")], {"seed 1": [(0, 2, "PER")]}, "E", 1, 1.0
    )
    assert one.types == ["LOC"]
    card = disagreements.card(one, ["LOC", "PER"])
    assert "<q>Bonn</q> <b>LOC</b>: gold" in card
    assert "Ann Lee</q>" not in card  # both have it
    assert 'data-types="LOC"' in card
    assert card.count('class="t c1 first"') == 2


def test_every_place_of_a_training_curve_looks_otherwise() -> None:
    css = (Path(schedule_curves.__file__).parent / "report.css").read_text()
    dashes = dict(re.findall(r'data-dash="(\d)"\] \.line \{ stroke-dasharray: ([\d. ]+);', css))
    hues = re.findall(r'data-hue="(\d)"\] \{ color: (var\(--c\d\));', css)
    assert len({colour for _, colour in hues}) == len(hues) == training_curves.HUES
    assert len(set(dashes.values())) == len(dashes) == training_curves.HUES - 1  # one is drawn through
    looks = {(look["data_hue"], look["data_dash"]) for look in map(training_curves.look, range(training_curves.PLACES))}
    assert len(looks) == training_curves.PLACES >= 17
    assert training_curves.look(None) == {}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2: (L1 + 0.05) / (L2 + 0.05)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_stand_out_in_light_and_dark() -> None:
    css = (Path(schedule_curves.__file__).parent / "report.css").read_text()
    pairs = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", css)
    colours = {name: values for name, *values in pairs}
    for theme in (0, 1):
        for ground in ("bg", "card"):
            for name in ("fg", "soft", "link"):  # text, AA
                assert contrast(colours[name][theme], colours[ground][theme]) >= 4.5, (name, ground, theme)
            for name in ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "good", "middling", "bad", "accent"):  # graphics, AA
                assert contrast(colours[name][theme], colours[ground][theme]) >= 3, (name, ground, theme)
