"""The open sections of a page on one model: how good it is, where it errs, and what to label next."""

from collections.abc import Mapping

from tinyner.compare.table import Column, Table, Value
from tinyner.plurals import number
from tinyner.report import answers, calibration_charts, dot_chart, label_next, summary, three_sentences
from tinyner.report.confusion import ConfusionCounter, matrix
from tinyner.report.dot_chart import Row
from tinyner.report.html_table import disclosure, html_table
from tinyner.report.inputs import Inputs
from tinyner.report.intervals import Interval, over_sentences
from tinyner.report.markup import Markup, element, joined, prose
from tinyner.report.scored_runs import ScoredRun, with_colon
from tinyner.report.section import Section
from tinyner.runs.reference import Reference
from tinyner.stand_ins import AGREEMENT
from tinyner.tables import is_small, note_on_size

WORST = 8
"""Sentences with most mistakes that are drawn."""


def sections(run: ScoredRun, inputs: Inputs) -> list[Section]:
    """Return the sections of a run, each with a line of advice; what is missing is said in its place."""
    reference = inputs.references.get(run.reference)
    intervals = over_sentences(run, reference) if reference else {}
    corpus = next((corpus for corpus in inputs.corpora if corpus.examples or corpus.original), None)
    return [
        Section("scores", "Scores by type", _scores(run, intervals)),
        Section("answers", "Its answers in the text", answers.section(reference, run)),
        Section("calibration", "How far its scores can be believed", calibration_charts.with_advice(run)),
        Section("found", "What was found", _found(run, intervals.get("micro"), inputs)),
        Section("confusions", "What it confuses", _confusions(run, reference)),
        Section("worst", "Its worst sentences", _worst(run, reference)),
        Section("next", "What to label next", label_next.section(run, corpus, inputs.doubts)),
    ]


def lead(run: ScoredRun) -> str:
    """Say in a line what the model is for and what it learned from."""
    learned = []
    if not run.original_only and (run.target or run.related):
        learned.append(f"{(run.target or 0) + (run.related or 0):,} sentences that {run.teacher} labelled")
    if run.kind != "pure_distilled" and run.original:
        learned.append(f"{run.original:,} that people labelled")
    of = f", trained on up to {' and '.join(learned)}" if learned else ""
    return f"{_answer(run)} A tiny model that finds {', '.join(run.types)} in text{of}."


def _answer(run: ScoredRun) -> str:
    """Answer the page's question in a sentence: the score, and of which types it is highest and lowest."""
    measure = run.agreement or "F1 on test"
    support = {row["of"]: row["support"] for row in run.run.summary}
    ranked = sorted((run.scores[name]["f1"].mean, name) for name in run.types if support.get(name))
    between = f", from {ranked[0][0]:.2f} for {ranked[0][1]} to {ranked[-1][0]:.2f} for {ranked[-1][1]}"
    return f"{measure[0].upper()}{measure[1:]}: {run.f1:.2f}{between if len(ranked) > 1 else ''}."


def _found(run: ScoredRun, interval: Interval | None, inputs: Inputs) -> Markup:
    sentences = three_sentences.of_model(run, interval, [], inputs.references)
    limits = element("ul", *(element("li", text) for text in summary.limits([run])), class_="note")
    return joined([*(element("p", prose(sentence), class_="finding") for sentence in sentences), limits])


def _scores(run: ScoredRun, intervals: Mapping[str, Interval]) -> Markup:
    support = {row["of"]: row["support"] for row in run.run.summary}
    names = ["micro", *run.types]
    rows = [_row(run, name, intervals.get(name), support.get(name, 0)) for name in names]
    measure = run.agreement or "F1"
    values = "; ".join(row.described for row in rows)
    spread = (
        "Whiskers are 95 % confidence intervals over other test sentences (bootstrap)"
        if intervals
        else "No intervals: the test sentences are not here"
    )
    people = "the teacher’s labels of them" if run.by_teacher else "test"
    about = (
        f"{measure[0].upper()}{measure[1:]}, all types together (micro) and each, mean of "
        f"{number(len(run.micro_f1.seeds), 'seed')}. {spread}; n is the number of entities in {people}."
    )
    return element(
        "figure",
        element(
            "div", dot_chart.chart("All types together, and each", f"{values}.", measure, rows), class_="panels two"
        ),
        element("figcaption", about),
        element("p", prose(_scores_advice(run, support)), class_="advice"),
        disclosure("The numbers", html_table(_table(run, intervals, support))),
    )


def _table(run: ScoredRun, intervals: Mapping[str, Interval], support: Mapping[str, int]) -> Table:
    rows: list[tuple[Value, ...]] = []
    for name in ("micro", *run.types):
        measures = run.scores[name]
        scores = (measures["precision"].score, measures["recall"].score, measures["f1"].score)
        rows.append((name, *scores, *(intervals.get(name) or (None, None)), support.get(name)))
    names = ("precision", "recall", "agreement" if run.agreement else "F1")
    columns = [Column("type"), *(Column(name, spread=True) for name in names)]
    columns += [Column("from", "95 % CI"), Column("to", "95 % CI"), Column("entities")]
    title = f"Strict scores by type, mean ± standard deviation over seeds{with_colon(run.agreement)}"
    return Table(title, tuple(columns), tuple(rows))


def _row(run: ScoredRun, name: str, interval: Interval | None, support: int) -> Row:
    f1 = run.scores[name]["f1"].mean
    ends = f", 95 % CI {interval}" if interval else ""
    label = "all types" if name == "micro" else name
    described = f"{label}: {f1:.3f}{ends}, {support:,} entities"
    return Row(label, described, f1, interval, 1 if name == "micro" else 0, "dot c0", f"{f1:.3f} n={support:,}")


def _scores_advice(run: ScoredRun, support: Mapping[str, int]) -> str:
    """Say which type is weakest of those that test has, and whether test is large enough."""
    score = "an agreement" if run.by_teacher else "an F1"
    total = support.get("micro", 0)
    size = note_on_size(total, score) if is_small(total) else ""
    present = [name for name in run.types if support.get(name)]
    absent = [name for name in run.types if not support.get(name)]
    parts = []
    if present:
        weakest = min(present, key=lambda name: run.scores[name]["f1"].mean)
        measures = run.scores[weakest]
        side = "misses" if measures["recall"].mean < measures["precision"].mean else "invents"
        parts.append(
            f"{weakest} is weakest ({measures['f1'].mean:.3f}): the student {side} more of it than it "
            f"{'invents' if side == 'misses' else 'misses'}; more examples of it help most."
        )
    if absent:
        parts.append(f"Test has no {', '.join(absent)}: nothing is known of them until some are labelled.")
    return " ".join([*parts, *([f"{size}."] if size else [])])


def _confusions(run: ScoredRun, reference: Reference | None) -> Markup:
    if reference is None:
        return element("p", "What it confuses can’t be counted: the test sentences are not here.")
    counts = ConfusionCounter(reference).count(run.predictions)
    pairs = three_sentences.confusions(counts)[:3]
    who = "the teacher" if run.by_teacher else "gold"
    if pairs:
        (gold, predicted), _ = pairs[0]
        seeds = len(run.predictions)
        times = [f"{of_gold} for {other} ({count / seeds:.3g} a seed)" for (of_gold, other), count in pairs]
        most = f"Most often it takes {', '.join(times)}, by the types of {who}"
        advice = (
            f"Say in `annotate.definitions` how {gold} and {predicted} differ, and give examples of both; read the "
            "sentences below to see which of the two is right."
        )
    else:
        advice = "Its mistakes are missed and invented entities, not types: read the worst sentences for the kinds."
    caption = (
        f"Rows: the {'teacher’s' if run.by_teacher else 'gold'} type, columns: the student’s, of the same words; an "
        "entity with another boundary is missed and invented at once."
    )
    return joined(
        [
            element("p", f"{most}.") if pairs else None,
            element("figure", matrix(run, counts), element("figcaption", caption)),
            element("p", prose(advice), class_="advice"),
        ]
    )


def _worst(run: ScoredRun, reference: Reference | None) -> Markup:
    if reference is None:
        return element("p", "They can’t be drawn: the test sentences are not here.")
    seed = answers.kept_seed(run)
    answered = answers.answers_of(reference, run, seed)
    drawn = answers.worst(answered, WORST)
    longer = sum(bool(row.errors) and row.is_long for row in answered)
    too_long = (
        f"Sentences with a mistake and more than {answers.LONGEST} words are not drawn: {longer:,}." if longer else ""
    )
    if not drawn:
        return element("p", too_long or f"There is none: seed {seed} makes no mistake in test.")
    about = (
        f"The test sentences in which seed {seed} misses and invents most spans, at most {WORST}. {too_long}".strip()
    )
    advice = (
        f"Read them first. Either may be right: it is {AGREEMENT}. Where the LLM is wrong, mend prompt or definitions; "
        "label some sentences by hand, and the scores are real."
        if run.by_teacher
        else "Read them first. Where the labels are wrong, mend them in your files; where the student is, label more "
        "sentences of that kind for train."
    )
    return joined([element("p", about), answers.drawing(drawn), element("p", prose(advice), class_="advice")])
