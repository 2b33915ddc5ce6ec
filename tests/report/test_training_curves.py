"""Training curves in colour can be told apart."""

import re
from importlib import resources

from tinyner.report import training_curves


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
