"""How far a run's scores can be believed: the reliability diagram, and precision over recall by the threshold."""

from collections.abc import Sequence

from tinyner.calibration import threshold_for
from tinyner.compare.table import Column, Table
from tinyner.report.axes import Panel, line, mark, ticks
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.markup import Markup, element, joined, prose
from tinyner.report.scored_runs import ScoredRun, with_colon
from tinyner.runs.calibration import BinRow, ThresholdRow

LEAST_RECALL = 0.1
"""A threshold that leaves less recall is no advice."""

FEW = 10
"""A bin of fewer entities says little of the score."""

THRESHOLDS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Those that the curve and its table name."""

PRECISION = 0.95
"""What `tinyner predict --precision` is asked for in the advice."""


def error(run: ScoredRun, name: str = "ece") -> float | None:
    """Return the expected calibration error on test, with the temperature or (``ece_uncalibrated``) without it."""
    value = run.metrics["evaluate"].get(f"teacher_agreement_{name}" if run.by_teacher else name)
    return None if value is None else float(value)


def figure(run: ScoredRun) -> Markup:
    """Draw both charts, or say in a line why they can't be."""
    calibration = run.run.calibration
    if calibration is None:
        after = error(run)
        measured = f" Its calibration error is {after:.3f}." if after is not None else ""
        return element(
            "p",
            f"Left out, a reliability diagram and a curve over the threshold: {run.spoken} has no probabilities here, "
            f"as runs and archives of older versions.{measured}",
        )
    bins, points = calibration["reliability"], calibration["thresholds"]
    return element(
        "figure",
        element("div", _reliability(run, bins), _curve(run, points), class_="panels two"),
        element("figcaption", _caption(run)),
        disclosure("The numbers", html_table(_bin_table(run, bins)), html_table(_threshold_table(run, points))),
    )


def _caption(run: ScoredRun) -> str:
    after, before = error(run), error(run, "ece_uncalibrated")
    errors = ""
    if after is not None:
        was = f"; it was {before:.3f} before the temperature" if before is not None else ""
        errors = f" On average a score is off by {after:.3f} (expected calibration error{was})."
    right = "as the teacher has it" if run.by_teacher else "right"
    return (
        f"{run.spoken[0].upper()}{run.spoken[1:]}, all seeds together{with_colon(run.agreement)}. Left: of the "
        f"entities with some score, the share that is {right}, hollow where they are fewer than {FEW}; on the dashed "
        f"line scores would be true.{errors} Right: precision and recall of the entities with at least some score; "
        "numbers are the scores."
    )


def _reliability(run: ScoredRun, bins: Sequence[BinRow]) -> Markup:
    panel = Panel(
        "Reliability of the scores",
        (0, 1),
        (0, 1),
        ticks(0, 1),
        ticks(0, 1),
        f"score of an entity; up: share {'as the teacher' if run.by_teacher else 'that is right'}",
        width=460,
        height=300,
        left=46,
    )
    names = {"uncalibrated": ("before the temperature", 1, "c1"), "calibrated": ("after it", 0, "c0")}
    drawn = [line([(panel.x(0), panel.y(0)), (panel.x(1), panel.y(1))], "axis reference")]
    for row, (scores, (text, shape, class_)) in enumerate(names.items()):
        of_scores = [b for b in bins if b["scores"] == scores]
        points = [(panel.x(b["probability"]), panel.y(b["right"])) for b in of_scores]
        if points:
            y = panel.top + 16 + 18 * row
            sample = [mark((panel.left + 14, y - 4), shape), element("text", text, x=panel.left + 26, y=y)]
            marks = [
                element("g", mark(point, shape), class_="few" if b["entities"] < FEW else None)
                for point, b in zip(points, of_scores, strict=True)
            ]
            parts = [line(points, "line"), *marks, *sample]
            drawn.append(element("g", element("title", text), *parts, class_=f"{class_} {scores}"))
    values = "; ".join(
        f"{b['probability']:.2f}: {b['right']:.2f} of {b['entities']}" for b in bins if b["scores"] == "calibrated"
    )
    return panel.draw(f"Share that is right by mean score, after the temperature: {values}.", *drawn)


def _curve(run: ScoredRun, points: Sequence[ThresholdRow]) -> Markup:
    lowest = [max(min(row[measure] for row in points) - 0.05, 0.0) for measure in ("recall", "precision")]
    left, floor = lowest
    panel = Panel(
        "Precision over recall, by the least score",
        (left, 1),
        (floor, 1),
        ticks(left, 1),
        ticks(floor, 1),
        f"recall; up: precision{', both against the teacher' if run.by_teacher else ''}",
        width=460,
        height=300,
        left=46,
    )
    curve = [(panel.x(row["recall"]), panel.y(row["precision"])) for row in points]
    drawn = [line(curve, "line")]
    labelled: list[float] = []
    for threshold in THRESHOLDS:
        row = at(points, threshold)
        x, y = panel.x(row["recall"]), panel.y(row["precision"])
        title = f"score {threshold:g}: precision {row['precision']:.3f}, recall {row['recall']:.3f}"
        text = None
        if all(abs(x - other) > 34 for other in labelled):
            labelled.append(x)
            text = element("text", f"{threshold:g}", class_="tick", x=x - 6, y=y + 18, text_anchor="end")
        drawn.append(element("g", element("title", title), mark((x, y), 0), text))
    values = "; ".join(
        f"{threshold:g}: {row['precision']:.2f}, {row['recall']:.2f}"
        for threshold in THRESHOLDS
        for row in (at(points, threshold),)
    )
    return panel.draw(f"Precision and recall by least score: {values}.", element("g", *drawn, class_="c0"))


def at(points: Sequence[ThresholdRow], threshold: float) -> ThresholdRow:
    """Return precision and recall of the entities that are at least as probable as a threshold, as far as is kept.

    >>> rows = [{"threshold": t, "precision": p, "recall": 0.5} for t, p in ((0.0, 0.7), (0.4, 0.8), (0.9, 0.9))]
    >>> [at(rows, threshold)["precision"] for threshold in (0.0, 0.4, 0.5, 0.95)]
    [0.7, 0.8, 0.9, 0.9]
    """
    return next((row for row in points if row["threshold"] >= threshold), points[-1])


def advice(run: ScoredRun) -> str:
    """Say in a line what to do with the scores."""
    calibration, after = run.run.calibration, error(run)
    if calibration is None or after is None:
        return ""
    right = "as the teacher has them" if run.by_teacher else "right"
    points = [(row["threshold"], row["precision"], row["recall"]) for row in calibration["thresholds"]]
    threshold = threshold_for(points, PRECISION)
    if threshold is None:
        best_precision = max(row[1] for row in points)
        reach = f"No score has {PRECISION:.0%} of the entities above it {right}; the most is {best_precision:.0%}."
    elif threshold > 0 and at(calibration["thresholds"], threshold)["recall"] < LEAST_RECALL:
        recall = at(calibration["thresholds"], threshold)["recall"]
        reach = (
            f"{PRECISION:.0%} of the entities are {right} only from a score of {threshold:g} on, at a recall of "
            f"{recall:.2f}."
        )
    elif threshold == 0:
        reach = f"{points[0][1]:.0%} of all entities are {right}: no least score is needed for {PRECISION:.0%}."
    else:
        recall = at(calibration["thresholds"], threshold)["recall"]
        reach = (
            f"With `tinyner predict --min-score {threshold:g}` {PRECISION:.0%} of the entities here were {right}, at "
            f"a recall of {recall:.2f}; `--precision {PRECISION:g}` picks the score on dev, without a look at test."
        )
    believed = "Scores can be taken at their word" if after < 0.05 else "Scores are a ranking rather than probabilities"
    return f"{believed} (off by {after:.3f} on average). {reach}"


def _bin_table(run: ScoredRun, bins: Sequence[BinRow]) -> Table:
    rows = tuple(
        ("after" if row["scores"] == "calibrated" else "before", row["probability"], row["right"], row["entities"])
        for row in bins
    )
    columns = (Column("temperature"), Column("mean score"), Column("share right"), Column("entities"))
    return Table(f"Reliability on test, {run.name}{with_colon(run.agreement)}", columns, rows)


def _threshold_table(run: ScoredRun, points: Sequence[ThresholdRow]) -> Table:
    chosen = [(threshold, at(points, threshold)) for threshold in THRESHOLDS]
    rows = tuple((f"{threshold:g}", row["precision"], row["recall"]) for threshold, row in chosen)
    columns = (Column("least score"), Column("precision"), Column("recall"))
    return Table(f"Precision and recall by least score, {run.name}{with_colon(run.agreement)}", columns, rows)


def with_advice(run: ScoredRun) -> Markup:
    """Return the figure and, below it, the advice."""
    text = advice(run)
    return joined([figure(run), element("p", prose(text), class_="advice") if text else None])
