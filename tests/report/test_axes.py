"""Charts: values are mapped to coordinates, and axes have few, round ticks."""

import pytest

from tinyner.report.axes import Panel, epochs_ticks, ticks


def test_axes_map_the_ends_of_their_ranges() -> None:
    panel = Panel("", (0, 4), (0, 1), [], [], "")
    assert (panel.x(0), panel.x(4)) == (panel.left, panel.width - panel.right)
    assert (panel.y(0), panel.y(1)) == (panel.height - panel.bottom, panel.top)
    assert Panel("", (3, 3), (0.5, 0.5), [], [], "").x(3) > 0  # an empty range


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.81, 0.86), (0.0004, 0.0009), (0.5, 0.5), (3, 1000)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    drawn = ticks(low, high)
    assert len(drawn) <= 7
    assert all(low - 1e-6 <= value <= high + 1e-6 for value, _ in drawn)
    assert len({text for _, text in drawn}) == len(drawn)


def test_a_single_epoch_has_a_tick() -> None:
    assert epochs_ticks(1) == [(0, "1")]
