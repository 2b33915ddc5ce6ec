"""Figure 3 has every schedule at every length."""

import re

from tinyner.report import schedule_curves


def test_every_schedule_has_its_curve_at_every_length() -> None:
    figure = schedule_curves.figure([4])
    keys = {
        f"w{number}-{index}"
        for number, family in enumerate(schedule_curves.FAMILIES)
        for index in range(len(family.schedules))
    }
    assert len(keys) == 17
    toggles = re.findall(r'data-toggle="([^"]+)"', figure)
    series = re.findall(r'data-series="([^"]+)"', figure)
    assert set(toggles) == keys
    assert all(series.count(key) == 4 for key in keys)  # w0 and w1, over 4 and 20 epochs
