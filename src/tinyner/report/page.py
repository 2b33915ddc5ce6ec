"""The page: sections in their order, each with a heading, and the file that holds all it needs.

The page's own policy (Content-Security-Policy) allows its one style sheet and its scripts by their hashes and
nothing else, so no text in it could load or run anything even where it were taken for markup.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources

from tinyner.report import (
    by_type,
    disagreements,
    learning_curve,
    overview,
    rebuild,
    sankey,
    schedule_curves,
    significance,
    summary,
    training_curves,
)
from tinyner.report.html_table import behind, drawn
from tinyner.report.inputs import Material
from tinyner.report.markup import Child, Markup, element, joined
from tinyner.report.scored_runs import Experiment, best, experiments

FIRST_SCRIPT = """document.documentElement.classList.add("js");
try { const kept = localStorage.getItem("tinyner-theme"); if (kept) document.documentElement.dataset.theme = kept; }
catch { /* storage is blocked: the system's choice holds */ }"""
"""Before anything is drawn: what needs JavaScript may show, and the theme that was chosen."""

SENTENCES = 24
"""At most so many sentences with disagreements."""


@dataclass(frozen=True)
class Section:
    """A section of the page; ``key`` is its id."""

    key: str
    title: str
    content: Markup


def page(material: Material) -> str:
    """The whole HTML document; the same material gives the same text."""
    those, without = experiments(material.runs.values(), material.prefixes)
    curves = learning_curve.curves(those)
    makers: list[tuple[str, str, Callable[[], Markup]]] = [
        ("found", "What was found", lambda: _found(those, without, curves, material)),
        ("tables", "Tables", lambda: _tables(those, curves, material)),
        ("weights", "Weight curves", lambda: schedule_curves.figure(_lengths(those))),
        ("training", "Training curves", lambda: training_curves.figures(those)),
        ("types", "F1 by type", lambda: _types(those)),
        ("confusion", "Confusion by type", lambda: _confusion(those, material)),
        ("flow", "From replies to labels", lambda: _flow(those, material)),
        ("disagreements", "Hardest disagreements", lambda: _disagreements(those, material)),
        ("cost", "Cost per F1", lambda: overview.costs(those)),
        ("rebuild", "How to rebuild this", lambda: rebuild.commands(those, material)),
    ]
    sections = [Section(key, title, make()) for key, title, make in makers]
    return "<!doctype html>\n" + _document(sections) + "\n"


def _document(sections: Sequence[Section]) -> Markup:
    style, script = (
        resources.files(__package__).joinpath(f"report.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(FIRST_SCRIPT)} {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "tinyner report"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(style)),
        element("script", Markup(FIRST_SCRIPT)),
    )
    toggle = element("button", "Dark", type="button", id="theme", aria_pressed="false", class_="chip needs-js")
    header = element(
        "header",
        element("p", "tinyner", class_="brand"),
        element("h1", "Which blend, on which data, is worth it?"),
        element(
            "p",
            "A large language model’s labels, distilled into a tiny model for named entity recognition.",
            class_="lead",
        ),
        toggle,
    )
    links = [element("li", element("a", one.title, href=f"#{one.key}")) for one in sections]
    nav = element("nav", element("ol", *links), aria_label="Sections")
    main = element(
        "main",
        *(
            element(
                "section",
                element("h2", one.title, id=f"{one.key}-title"),
                one.content,
                id=one.key,
                aria_labelledby=f"{one.key}-title",
            )
            for one in sections
        ),
        id="main",
        tabindex="-1",
    )
    footer = element("footer", element("p", "Made by `tinyner report`: one file, which asks no network for anything."))
    body = element(
        "body",
        element("a", "Skip to the report", href="#main", class_="skip"),
        header,
        element("div", nav, main, class_="columns"),
        footer,
        element("script", Markup(script)),
    )
    return element("html", head, body, lang="en")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _lengths(those: Sequence[Experiment]) -> list[int]:
    """Numbers of epochs over which a schedule of theirs changes; where none does, all of theirs."""
    changing = {one.train.epochs for one in those if one.kind not in ("pure_original", "pure_distilled", "all")}
    return sorted(changing or {one.train.epochs for one in those})


def _found(
    those: Sequence[Experiment], without: Sequence[str], curves: learning_curve.Curves, material: Material
) -> Markup:
    if not those:
        return element("p", "No run among these was scored: run `dvc repro`.")
    proved = significance.proofs(significance.families(those, curves), material.gold)
    left_out = [element("p", f"Left out: {', '.join(without)}.", class_="note")] if without else []
    limits = [element("li", text) for text in summary.limits(those)]
    return joined(
        [
            summary.tiles(those, proved),
            summary.found(those, curves, proved, list(material.archives)),
            element("h3", "Setting"),
            overview.setting(those, material),
            *left_out,
            element("h3", "Limits"),
            element("ul", *limits),
        ]
    )


def _tables(those: Sequence[Experiment], curves: learning_curve.Curves, material: Material) -> Markup:
    learning: list[Child] = []
    if curves.lines:
        figures = [
            learning_curve.figure(number, f"{origin}, {policy}", lines)
            for number, ((origin, policy), lines) in enumerate(curves.figures.items())
        ]
        about = (
            "Means over seeds, whiskers one standard deviation each way; group A has no distilled sentences. A line’s "
            "experiments differ in the original sentences alone; “as many steps”: in the epochs too, so that each size "
            "draws as many sentences in all."
        )
        learning = [
            element("h3", "Learning curve over the original sentences"),
            element("p", about),
            element("div", *figures, class_="panels two"),
            *(element("p", note, class_="note") for note in curves.notes),
        ]
    tables = [drawn(table) for table in material.tables]
    lacking = [element("p", text, class_="note") for text in material.lacking]
    return joined([*tables, *lacking, *learning, element("h3", "All experiments"), drawn(overview.all_of_them(those))])


def _chosen(those: Sequence[Experiment]) -> list[Experiment]:
    """The two that are shown first: the best, and the best of those on original sentences alone, or the next."""
    top = best(those)
    others = [one for one in those if one is not top]
    alone = [one for one in others if one.kind == "pure_original" and one.teacher == top.teacher]
    return [top, best(alone or others)] if others else [top]


def _types(those: Sequence[Experiment]) -> Markup:
    if not those:
        return _nothing()
    chosen = _chosen(those)
    panels = [by_type.bars("types", one, chosen=one in chosen) for one in those]
    caption = element(
        "figcaption", "Bars are means over seeds, whiskers one standard deviation each way, short lines the seeds."
    )
    table = behind("F1 by type of all experiments, as a table", by_type.bars_table(those))
    return element(
        "figure",
        by_type.picker("Experiment", "types", those, chosen),
        by_type.matrices("types", panels),
        caption,
        table,
    )


def _confusion(those: Sequence[Experiment], material: Material) -> Markup:
    gold = material.gold
    usable = [one for one in those if one.run.test in gold]
    if not usable:
        return _absent("The predictions can’t be held against the test sentences", "dvc repro prepare")
    counters = {digest: by_type.Confusions(sentences) for digest, sentences in gold.items()}
    chosen = _chosen(usable)
    panels = [
        by_type.matrix("confusion", one, counters[one.run.test].of(one.run.predictions), chosen=one in chosen)
        for one in usable
    ]
    caption = element(
        "figcaption",
        "Rows: the gold type of a span, or none; columns: the type that the student gave the same span, or none. An "
        "entity with another boundary is a miss and an invention. Shade: share of the row.",
    )
    picker = by_type.picker("Experiment", "confusion", usable, chosen)
    return element("figure", picker, by_type.matrices("confusion", panels), caption)


def _flow(those: Sequence[Experiment], material: Material) -> Markup:
    parts: list[Markup] = []
    drawn = set()
    for one in material.corpora:
        found = sankey.of_corpus(one)
        if found and one.teacher not in drawn:
            drawn.add(one.teacher)
            parts += [
                element("h3", one.teacher),
                sankey.picture(one.teacher, found),
                sankey.examples(one),
            ]
    for experiment in those:
        found = sankey.of_metrics(experiment.run.metrics)
        if found and experiment.teacher not in drawn:
            drawn.add(experiment.teacher)
            note = "Counts only: its sentences are not in this repository’s data folder (see --data)."
            parts += [
                element("h3", experiment.teacher),
                sankey.picture(experiment.teacher, found),
                element("p", note, class_="note"),
            ]
    return joined(parts) if parts else _absent("No ledger", "dvc repro align")


def _disagreements(those: Sequence[Experiment], material: Material) -> Markup:
    gold = material.gold
    usable = [one for one in those if one.run.test in gold]
    teachers = [one for one in material.corpora if one.examples and one.target]
    cards: list[disagreements.Disagreement] = []
    if usable:
        top = best(usable)
        cards += disagreements.of_students(gold[top.run.test], top, SENTENCES // 2 if teachers else SENTENCES)
    for index, one in enumerate(teachers):
        left = SENTENCES - len(cards)
        cards += disagreements.of_teacher(one, left // (len(teachers) - index))
    if not cards:
        return _absent("No sentences", "dvc repro align")
    scheme = list(dict.fromkeys(name for one in material.corpora for name in one.types))
    seen = {name for one in cards for name in one.types}
    buttons = [
        element(
            "button",
            name or "all types",
            type="button",
            class_="chip",
            aria_pressed="false" if name else "true",
            data_filter=name,
        )
        for name in ["", *(name for name in scheme if name in seen)]
    ]
    return joined(
        [
            element(
                "p",
                "Gold labels stand above the words, the others’ below, one row each; the list under a sentence says "
                "what differs. Gold may be wrong too: CoNLL-2003 has mistakes of its own.",
            ),
            element(
                "div",
                element("span", "Differs in", class_="choice-label", id="filter-label"),
                *buttons,
                class_="choice",
                role="group",
                aria_labelledby="filter-label",
                data_filters=True,
            ),
            element("p", f"{len(cards)} sentences", class_="note", id="shown", role="status"),
            element("div", *(disagreements.card(one, scheme) for one in cards), class_="cards"),
        ]
    )


def _nothing() -> Markup:
    return element("p", "Nothing to show: no run was scored.")


def _absent(what: str, command: str) -> Markup:
    return element(
        "p", f"{what}: the files are not here. Run `{command}` at the repository’s root, and this again.", class_="note"
    )
