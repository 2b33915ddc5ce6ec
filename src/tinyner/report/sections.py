"""The page's sections in their order, each with its heading."""

from collections.abc import Callable, Sequence

from tinyner.compare.notes import decoder_notes, types_without_entities
from tinyner.compare.run_scores import on_conll
from tinyner.report import (
    by_type,
    confusion,
    disagreements,
    learning_curve,
    mention_examples,
    model_page,
    overview,
    rebuild,
    reply_flow,
    sankey,
    schedule_curves,
    significance,
    study_page,
    summary,
    training_curves,
)
from tinyner.report.controls import chip, choice, panel, panel_row, picker
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.inputs import Inputs
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, best, by_agreement, with_scores
from tinyner.report.section import Section
from tinyner.stand_ins import AGREEMENT

MOST_SENTENCES = 24
"""Sentences with disagreements that are shown."""


def sections(inputs: Inputs) -> list[Section]:
    """Make all sections, pictures and findings first, tables and proofs folded; the same inputs give the same ones."""
    runs, left_out = with_scores(inputs.runs.values(), inputs.prefixes)
    if not runs:
        message = element("p", "No run among these was scored: run `dvc repro`.")
        return [Section("found", "What was found", joined([message, _left_out(left_out)]))]
    curves = learning_curve.curves(runs)
    tests = significance.run_tests(significance.families(runs, curves), inputs.references)
    is_model = is_of_one_model(runs)
    first = model_page.sections(runs[0], inputs) if is_model else study_page.sections(runs, curves, tests, inputs)
    with_paper = not is_model or on_conll(run.run for run in runs)
    makers: list[tuple[str, str, Callable[[], Markup] | None]] = [
        (
            "summary",
            "Setting" if is_model else "Tests and setting",
            lambda: _summary(runs, left_out, curves, tests, inputs),
        ),
        ("tables", "Tables", lambda: _tables(runs, inputs, with_paper=with_paper)),
        ("weights", "Weight curves", (lambda: schedule_curves.figure(_schedule_lengths(runs))) if with_paper else None),
        ("training", "Training curves", lambda: training_curves.figures(runs)),
        ("types", f"{_score_name(runs).capitalize()} by type", lambda: _types(runs)),
        ("confusion", "Confusion by type", None if is_model else lambda: _confusion(runs, inputs)),
        ("flow", "From replies to labels", lambda: _flow(runs, inputs)),
        ("disagreements", "Hardest disagreements", lambda: _disagreements(runs, inputs)),
        ("cost", f"Cost per {_score_name(runs)}", lambda: overview.costs(runs)),
        ("rebuild", "How to rebuild this", lambda: rebuild.commands(runs, inputs)),
    ]
    return [*first, *(Section(key, title, make(), folded=True) for key, title, make in makers if make)]


def is_of_one_model(runs: Sequence[ScoredRun]) -> bool:
    """Return whether the page is about one model: there is one run, so that nothing is compared."""
    return len(runs) == 1


def heading(inputs: Inputs) -> tuple[str, str, list[str]]:
    """Return the page's heading, the line below it, and warnings that stand before all sections."""
    runs, _ = with_scores(inputs.runs.values(), inputs.prefixes)
    if is_of_one_model(runs):
        question = (
            "How far does this model agree with its teacher?" if runs[0].by_teacher else "How good is this model?"
        )
        return question, model_page.lead(runs[0]), summary.agreeing(runs)
    lead = "A large language model’s labels, distilled into a tiny model for named entity recognition."
    warnings = [*summary.agreeing(runs), *decoder_notes([scored.run for scored in runs])]
    return "Which blend, on which data, is worth it?", lead, warnings


def _left_out(left_out: Sequence[str]) -> Markup | None:
    return element("p", f"Left out: {', '.join(left_out)}.", class_="note") if left_out else None


def _score_name(runs: Sequence[ScoredRun]) -> str:
    """Return what the runs' scores are called in headings: agreement only where none of them is against gold."""
    return "agreement" if runs and all(run.by_teacher for run in runs) else "F1"


def _schedule_lengths(runs: Sequence[ScoredRun]) -> list[int]:
    """Return the numbers of epochs of runs whose schedule changes by epoch; of all runs if there are none."""
    changing = {run.train.epochs for run in runs if run.kind not in ("pure_original", "pure_distilled", "all")}
    return sorted(changing or {run.train.epochs for run in runs})


def _summary(
    runs: Sequence[ScoredRun],
    left_out: Sequence[str],
    curves: learning_curve.Curves,
    tests: Sequence[significance.FamilyTest],
    inputs: Inputs,
) -> Markup:
    return joined(
        [
            summary.tiles(runs, tests),
            summary.findings(runs, curves, tests, list(inputs.archives)),
            element("h3", "Setting"),
            overview.setting(runs, inputs),
            _left_out(left_out),
        ]
    )


def _tables(runs: Sequence[ScoredRun], inputs: Inputs, *, with_paper: bool) -> Markup:
    """Return the paper's tables, but for a model on another corpus, and all experiments."""
    tables = [html_table(table) for table in inputs.tables] if with_paper else []
    messages = [element("p", message, class_="note") for message in inputs.missing_tables] if with_paper else []
    every_run = [html_table(overview.all_runs(alike)) for alike in by_agreement(runs) or [[]]]
    return joined([*tables, *messages, element("h3", "All experiments"), *every_run])


def _shown_first(runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Choose the best run, and beside it the best on original sentences alone, or else the next best.

    Of runs that may not be ranked together, those against gold are taken.
    """
    runs = by_agreement(runs)[0]
    top = best(runs)
    others = [run for run in runs if run is not top]
    original_only = [run for run in others if run.original_only and run.teacher == top.teacher]
    return [top, best(original_only or others)] if others else [top]


def _types(runs: Sequence[ScoredRun]) -> Markup:
    if not runs:
        return element("p", "Nothing to show: no run was scored.")
    first = _shown_first(runs)
    panels = [panel("types", run, by_type.bars(run), chosen=run in first) for run in runs]
    caption = "Bars are means over seeds, whiskers one standard deviation each way, short lines the seeds."
    return element(
        "figure",
        picker("Experiment", "types", runs, first),
        panel_row("types", panels),
        element("figcaption", " ".join([caption, *types_without_entities([run.run for run in runs])])),
        disclosure(
            f"{_score_name(runs).capitalize()} by type of all experiments, as a table",
            *map(by_type.f1_table, by_agreement(runs)),
        ),
    )


def _confusion(runs: Sequence[ScoredRun], inputs: Inputs) -> Markup:
    references = inputs.references
    usable = [run for run in runs if run.reference in references]
    if not usable:
        command = "dvc repro align" if any(run.by_teacher for run in runs) else "dvc repro prepare"
        return _missing("The predictions can’t be held against the test sentences", command)
    counters = {digest: confusion.ConfusionCounter(reference) for digest, reference in references.items()}
    first = _shown_first(usable)
    panels = [
        panel(
            "confusion", run, confusion.matrix(run, counters[run.reference].count(run.predictions)), chosen=run in first
        )
        for run in usable
    ]  # fmt: skip
    row_type = "teacher’s" if all(run.by_teacher for run in usable) else "gold"
    caption = (
        f"Rows: the {row_type} type of a span, or none; columns: the type that the student gave the same span, or "
        "none. An entity with another boundary is a miss and an invention. Shade: share of the row."
    )
    return element(
        "figure",
        picker("Experiment", "confusion", usable, first),
        panel_row("confusion", panels),
        element("figcaption", caption),
    )


def _flow(runs: Sequence[ScoredRun], inputs: Inputs) -> Markup:
    """Draw the flow of each teacher, from its rows where they are at hand, else from a run's metrics."""
    by_teacher: dict[str, Markup] = {}
    for corpus in inputs.corpora:
        flow = reply_flow.flow_of_corpus(corpus)
        if flow and corpus.teacher not in by_teacher:
            by_teacher[corpus.teacher] = joined(
                [sankey.figure(corpus.teacher, flow), mention_examples.examples(corpus)]
            )  # fmt: skip
    for run in runs:
        flow = reply_flow.flow_of_metrics(run.metrics)
        if flow and run.teacher not in by_teacher:
            note = "Counts only: its sentences are not in this repository’s data folder (see --data)."
            by_teacher[run.teacher] = joined(
                [sankey.figure(run.teacher, flow), element("p", note, class_="note")]
            )  # fmt: skip
    if not by_teacher:
        return _missing("No ledger", "dvc repro align")
    return joined(part for teacher, flow in by_teacher.items() for part in (element("h3", teacher), flow))


def _disagreements(runs: Sequence[ScoredRun], inputs: Inputs) -> Markup:
    references = inputs.references
    usable = [run for run in runs if run.reference in references]
    teachers = [corpus for corpus in inputs.corpora if corpus.examples and corpus.target]
    cases: list[disagreements.Disagreement] = []
    if usable:
        top = best(by_agreement(usable)[0])
        most = MOST_SENTENCES // 2 if teachers else MOST_SENTENCES
        cases += disagreements.of_students(references[top.reference], top, most)
    for index, corpus in enumerate(teachers):
        left = MOST_SENTENCES - len(cases)
        cases += disagreements.of_teacher(corpus, left // (len(teachers) - index))
    if not cases:
        return _missing("No sentences", "dvc repro align")
    scheme = list(dict.fromkeys(name for corpus in inputs.corpora for name in corpus.types))
    present = {name for case in cases for name in case.types}
    chips = [chip("all types", pressed=True, data_filter="")]
    chips += [chip(name, pressed=False, data_filter=name) for name in scheme if name in present]
    above = {case.above for case in cases}
    labels = (
        "Gold labels"
        if above == {"gold"}
        else "The teacher’s labels"
        if above == {"teacher"}
        else ("Gold labels, or the teacher’s where nobody labelled the sentence,")
    )
    about = (
        f"{labels} stand above the words, the others’ below, one row each; the list under a sentence says what differs."
    )
    if "teacher" in above:
        about += f" Where the teacher’s stand above, either may be right: it is {AGREEMENT}."
    if "gold" in above:
        conll = ": CoNLL-2003 has mistakes of its own" if on_conll(inputs.runs.values()) else ""
        about += f" Gold may be wrong too{conll}."
    return joined(
        [
            element("p", about),
            choice(chips, "Differs in", "filter-label", data_filters=True),
            element("p", f"{len(cases)} sentences", class_="note", id="filter-count", role="status"),
            element("div", *(disagreements.card(case, scheme) for case in cases), class_="cards"),
        ]
    )


def _missing(what: str, command: str) -> Markup:
    """Return a note for a section whose files are missing, with the command that makes them."""
    return element(
        "p", f"{what}: the files are not here. Run `{command}` at the repository’s root, and this again.", class_="note"
    )
