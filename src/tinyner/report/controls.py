"""What a reader presses or chooses, and the keys of drawings: chips, legends, swatches, pickers of runs.

The behaviour is in page.js, which finds the elements by their data-* attributes.
"""

from collections.abc import Iterable, Sequence

from tinyner.report.comparability import by_figure
from tinyner.report.markup import Attribute, Child, Markup, element
from tinyner.report.scored_runs import ScoredRun


def chip(*content: Child, pressed: bool, **attributes: Attribute) -> Markup:
    """Return a button that is either pressed or not; what it does hangs on its data-* attributes."""
    return element(
        "button", *content, type="button", class_="chip", aria_pressed="true" if pressed else "false", **attributes
    )


def legend(chips: Iterable[Markup], label: str) -> Markup:
    """Return the chips of a figure's series as a group that is read aloud as ``label``."""
    return element("div", *chips, class_="legend", role="group", aria_label=label)


def choice(chips: Iterable[Markup], label: str, label_id: str, **attributes: Attribute) -> Markup:
    """Return chips of which exactly one is pressed, behind their label; ``label_id`` is unique in the page."""
    heading = element("span", label, class_="choice-label", id=label_id)
    return element(
        "div", heading, *chips, class_="choice", role="group", aria_labelledby=label_id, **attributes
    )  # fmt: skip


def swatch(*drawing: Child, class_: str = "swatch", **attributes: Attribute) -> Markup:
    """Return a sample of a series for its chip, 26 by 12 units."""
    return element("svg", *drawing, viewBox="0 0 26 12", class_=class_, aria_hidden="true", **attributes)


def picker(label: str, panels: str, scored_runs: Sequence[ScoredRun], chosen: Sequence[ScoredRun]) -> Markup:
    """Return two drop-down lists of runs, which show two of the panels side by side.

    Args:
        label: of the first list.
        panels: the name of the panels (see ``panel`` and ``panel_row``).
        scored_runs: what the lists offer.
        chosen: one or two of them: those shown first, each in its list.
    """
    selects = []
    for position, (title, selected) in enumerate(zip((label, "beside it"), chosen, strict=False)):
        options = [
            element(
                "optgroup",
                *(element("option", run.name, value=run.key, selected=run is selected) for run in figure),
                label=heading,
            )
            for heading, figure in by_figure(scored_runs).items()
        ]
        select_id = f"{panels}-{position}"
        selects.append(
            element(
                "label",
                element("span", title),
                element("select", *options, id=select_id, autocomplete="off"),
                for_=select_id,
            )
        )
    return element("div", *selects, class_="picker", data_picker=panels)


def panel(panels: str, scored: ScoredRun, content: Markup, *, chosen: bool) -> Markup:
    """Return one run's panel among those of a picker; ``chosen`` ones are shown first."""
    return element("div", content, class_="pick chosen" if chosen else "pick", data_pick=f"{panels} {scored.key}")


def panel_row(panels: str, content: Iterable[Markup]) -> Markup:
    """Return the panels of a picker, two in a row."""
    return element("div", *content, class_="panels two picks", data_picks=panels)
