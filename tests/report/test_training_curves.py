"""Training curves in colour can be told apart."""

import re
from dataclasses import replace
from importlib import resources

from tests.report import made
from tinyner.report import training_curves
from tinyner.report.scored_runs import with_scores
from tinyner.runs.run import Run


def test_no_two_slots_look_alike() -> None:
    css = resources.files("tinyner.report").joinpath("page.css").read_text()
    dashes = dict(re.findall(r'data-dash="(\d)"\] \.line \{ stroke-dasharray: ([\d. ]+);', css))
    hues = re.findall(r'data-hue="(\d)"\] \{ color: (var\(--c\d\));', css)
    assert len({colour for _, colour in hues}) == len(hues) == training_curves.HUES
    assert len(set(dashes.values())) == len(dashes) == training_curves.HUES - 1  # one hue's line is solid
    looks = {(look["data_hue"], look["data_dash"]) for look in map(training_curves.look, range(training_curves.SLOTS))}
    assert len(looks) == training_curves.SLOTS >= 17
    assert training_curves.look(None) == {}


def test_the_script_has_as_many_hues() -> None:
    script = resources.files("tinyner.report").joinpath("page.js").read_text()
    assert f"const hues = {training_curves.HUES};" in script


def test_dev_scores_say_what_they_are_held_against() -> None:
    def labels(*runs: Run) -> str:
        return str(training_curves.figures(with_scores(runs)[0]))

    gold, teacher = made.small_run("g", group="B"), made.small_run("t", by_teacher=True, group="B")
    by_teacher = {"train": {"seeds": [{"dev_teacher_agreement": 0.5}] * 3}}
    stand_in_dev = replace(gold, name="d", metrics={**gold.metrics, **by_teacher})
    by_gold = {"train": {"seeds": [{"dev_f1": 0.5}] * 3}}
    gold_dev = replace(teacher, name="u", metrics={**teacher.metrics, **by_gold})
    assert ">strict F1 on the dev slice<" in labels(gold)
    assert ">strict F1 on the dev slice, against gold<" in labels(gold_dev)
    assert ">agreement with the teacher, not accuracy, on the dev slice<" in labels(stand_in_dev)
    assert "against gold" not in labels(replace(teacher, metrics={**teacher.metrics, **by_teacher}))
    apart = re.findall("<h3[^>]*>(.*?)</h3>", labels(gold, stand_in_dev, gold_dev))
    assert [title.partition("(cot)")[2] for title in apart] == [
        ", fixed lr",
        ", fixed lr, dev set labelled by the teacher",
        "; agreement with the teacher, not accuracy, fixed lr, dev set labelled by people",
    ]
