"""The page's colours have the contrast that WCAG 2.2 asks for, in light and dark."""

import re
from importlib import resources

import pytest


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2: (L1 + 0.05) / (L2 + 0.05)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "card"])
def test_colours_stand_out(theme: int, ground: str) -> None:
    css = resources.files("tinyner.report").joinpath("page.css").read_text()
    colours = {name: values for name, *values in re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", css)}
    for name in ("fg", "soft", "link"):  # text, level AA
        assert contrast(colours[name][theme], colours[ground][theme]) >= 4.5, name
    for name in ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "good", "middling", "bad", "accent"):  # graphics, level AA
        assert contrast(colours[name][theme], colours[ground][theme]) >= 3, name
