"""The open sections of a page on several experiments: pictures first, then three sentences of what was found."""

from collections.abc import Sequence

from tinyner.report import (
    answers,
    calibration_charts,
    cost_chart,
    experiments_chart,
    learning_curve,
    summary,
    three_sentences,
)
from tinyner.report.inputs import Inputs
from tinyner.report.learning_curve import Curves
from tinyner.report.markup import Markup, element, joined, prose
from tinyner.report.scored_runs import ScoredRun, best, by_agreement
from tinyner.report.section import Section
from tinyner.report.significance import FamilyTest


def sections(
    scored_runs: Sequence[ScoredRun], curves: Curves, tests: Sequence[FamilyTest], inputs: Inputs
) -> list[Section]:
    """Return the sections; what can't be drawn is said in its place, but for a learning curve that no sizes make."""
    agreement = all(run.by_teacher for run in scored_runs)
    usable = [run for run in scored_runs if run.reference in inputs.references]
    top = best(by_agreement(usable or scored_runs)[0])
    drawn = [
        Section("experiments", "All experiments", experiments_chart.figures(scored_runs, tests)),
        Section("curve", "Learning curve", _learning_curves(curves)) if curves.lines else None,
        Section("dollars", f"{'Agreement' if agreement else 'F1'} per dollar", cost_chart.figures(scored_runs)),
        Section("answers", "Answers in the text", answers.section(inputs.references.get(top.reference), top)),
        Section("calibration", "How far scores can be believed", calibration_charts.figure(_with_scores(scored_runs))),
        Section("found", "What was found", _found(scored_runs, curves, tests, inputs)),
    ]
    return [section for section in drawn if section]


def _with_scores(scored_runs: Sequence[ScoredRun]) -> ScoredRun:
    """Return the best run whose predictions have probabilities; the best of all where none has."""
    with_probabilities = [run for run in scored_runs if run.run.calibration]
    return best(by_agreement(with_probabilities or scored_runs)[0])


def _found(scored_runs: Sequence[ScoredRun], curves: Curves, tests: Sequence[FamilyTest], inputs: Inputs) -> Markup:
    blocks = [
        element("p", prose(sentence), class_="finding")
        for block in three_sentences.of_study(scored_runs, curves, tests, inputs.references)
        for sentence in block
    ]
    limits = element("ul", *(element("li", text) for text in summary.limits(scored_runs)), class_="note")
    return joined([*blocks, limits])


def _learning_curves(curves: Curves) -> Markup:
    figures = [
        learning_curve.figure(number, f"{origin}, {policy}", lines)
        for number, ((origin, policy), lines) in enumerate(curves.figures.items())
    ]
    about = (
        "F1 over the number of sentences that people labelled: means over seeds, whiskers one standard deviation each "
        "way; group A has no distilled sentences. A line’s experiments differ in the original sentences alone; “as "
        "many steps”: in the epochs too, so that each size draws as many sentences in all."
    )
    notes = [element("p", note, class_="note") for note in curves.notes]
    return joined([element("p", about), element("div", *figures, class_="panels two"), *notes])
