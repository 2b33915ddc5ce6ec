"""The report's first section: the setting, and what was found, computed from the runs and never written by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tinyner.compare.table import Cell, Column, Table
from tinyner.report import sizes
from tinyner.report.experiments import Experiment, best, schedule_name
from tinyner.report.grids import drawn
from tinyner.report.markup import Child, Markup, element, joined
from tinyner.report.material import Material

PROVENANCE = {
    "claude": (
        "The replies of claude were recorded from a Claude-family model of 2026 whose exact version was not recorded; "
        "it answered in batches, not one request a sentence, and most replies were expanded by a script from a "
        "compact notation.",
        "Its files of CoNLL replies, one a prompt, come from the same annotator, one after the other: they are not "
        "independent.",
        "CoNLL-2003 is old and public. The model has very likely seen it, labels included, so its agreement with gold "
        "says little of how it would do on a fresh corpus.",
    ),
    "smollm2": (
        "The replies of smollm2 are SmolLM2-135M-Instruct's, recorded by this repository's own stage, one request a "
        "sentence: a teacher that is far too small, with every kind of mistake.",
    ),
}
"""By annotator, from docs/data.md: to be said wherever results of these replies are shown."""

SCORES = (
    "The scores are the field's strict ones: an entity counts where its type and both its boundaries are right. The "
    "paper's scorer counts otherwise, so its figures and these are different quantities."
)


BEST = "The best of many experiments was picked by its score on test, which flatters it."
STUDENTS = {"wheel": "MiniLM, 6 layers of 384, from a wheel"}
"""What values of prepare.student stand for."""


def limits(those: Sequence[Experiment]) -> list[str]:
    """What to keep in mind of these experiments' teachers and scores."""
    annotators = dict.fromkeys(one.annotator for one in those)
    return [*(text for name in annotators for text in PROVENANCE.get(name, ())), SCORES]


def tiles(those: Sequence[Experiment]) -> Markup:
    """A few figures, large."""
    teachers = list(dict.fromkeys(one.teacher for one in those))
    shown: list[Markup] = []
    for teacher in teachers:
        own = [one for one in those if one.teacher == teacher]
        drawing, alone = [one for one in own if not _alone(one)], [one for one in own if _alone(one)]
        score = own[0].run.metrics.get("align", {}).get("teacher_f1")
        if drawing and score is not None:
            shown.append(_tile(f"{score:.3f}", f"F1 of {teacher} itself against gold"))
        if drawing:
            top = best(drawing)
            shown.append(_tile(str(top.scores["micro"]["f1"]), f"best F1 of a student of {teacher}: {top.name}"))
            if alone:
                other = best(alone)
                gain = _signed(top.f1 - other.f1)
                told = f"{other.name}, {other.scores['micro']['f1']}"
                shown.append(_tile(gain, f"compared with the best student of people’s labels alone: {told}"))
    trained = sum(len(one.run.predictions) for one in those)
    shown.append(_tile(str(len(those)), f"experiments, {trained} students trained"))
    return element("dl", *shown, class_="tiles")


def found(those: Sequence[Experiment]) -> Markup:
    """What was found, in sentences, teacher by teacher."""
    parts: list[Child] = []
    for teacher in dict.fromkeys(one.teacher for one in those):
        own = [one for one in those if one.teacher == teacher]
        policies = list(dict.fromkeys(one.policy for one in own))
        lines = [*(_ranking(policy, own) for policy in policies), *(_schedules(policy, own) for policy in policies)]
        told = [element("li", line) for line in [*lines, *_paying(own)] if line is not None]
        if told:
            parts += [element("h3", f"With {teacher}"), element("ul", *told)]
    if parts:
        test = element("code", "tinyner compare")
        parts.append(
            element(
                "p",
                BEST,
                " A difference of means within their spreads is no finding; ",
                test,
                " tests it.",
                class_="note",
            )
        )
    return joined(parts)


def setting(those: Sequence[Experiment], material: Material) -> Markup:
    """What was the same, and what was varied, as a list; and where the runs were read from."""
    knobs = [one.train for one in those]
    prepared = [one.prepare for one in those]
    sizes_of = {name: _values(getattr(one, f"{name}_size") for one in prepared) for name in ("distilled", "bbc")}
    limits_of = {name: _values(getattr(one, name) for one in knobs) for name in ("batch_size", "max_length")}
    rates = [
        _values(f"{value:g}" for value in values) for values in zip(*((k.lr, k.lr_decay) for k in knobs), strict=True)
    ]
    rows: list[tuple[str, str]] = [
        ("teachers", ", ".join(dict.fromkeys(one.teacher for one in those))),
        ("student", _values(STUDENTS.get(one.student, one.student) for one in prepared)),
        ("distilled sentences", f"{sizes_of['distilled']} of the corpus, {sizes_of['bbc']} of the news"),
        ("original sentences", _values(_original(one) for one in those)),
        ("epochs", _values(one.epochs for one in knobs)),
        ("seeds", _values(len(one.seeds) for one in knobs)),
        ("batch, longest", f"{limits_of['batch_size']} sentences, {limits_of['max_length']} subwords"),
        ("learning rate", f"{rates[0]}; factor an epoch {rates[1]}"),
    ]
    for split in next((one.run.metrics["prepare"]["splits"] for one in those if "prepare" in one.run.metrics), []):
        if split["split"] == "test":
            rows.append(("test", f"{split['sentences']:,} sentences"))
    rows += [("read from", f"{name}, sha256 {sha256[:12]}…") for name, sha256 in material.archives.items()]
    return element(
        "dl", *(element("div", element("dt", key), element("dd", text)) for key, text in rows), class_="setting"
    )


def all_of_them(those: Sequence[Experiment]) -> Table:
    """Every experiment in a row, the best F1 of each teacher in bold."""
    tops = [best([one for one in those if one.teacher == teacher]) for teacher in {one.teacher for one in those}]
    rows: list[tuple[Cell, ...]] = []
    for one in those:
        f1 = replace(one.scores["micro"]["f1"].score, best=any(one is top for top in tops))
        others = (one.scores["micro"]["precision"], one.scores["micro"]["recall"], one.scores["macro"]["f1"])
        made = (one.teacher, one.train.group, schedule_name(one.kind, one.train.schedule), one.train.lr_decay)
        rows.append((one.name, f1, *(other.score for other in others), *made, _original(one), len(one.train.seeds)))
    columns = [Column("experiment"), *(Column(name, spread=True) for name in ("F1", "precision", "recall", "macro F1"))]
    columns += [Column("teacher"), Column("group"), Column("schedule"), Column("lr ×", digits=2)]
    columns += [Column("original"), Column("seeds")]
    title = "Strict scores on test, mean ± standard deviation over seeds; in bold each teacher’s best F1"
    return Table(title, tuple(columns), tuple(rows))


def costs(those: Sequence[Experiment]) -> Markup:
    """Dollars and F1 of each experiment whose replies have a price, and which have none."""
    spent = {one.key: one.run.metrics["evaluate"].get("cost_usd") for one in those}
    drawing = [one for one in those if not _alone(one)]
    unknown = dict.fromkeys(one.teacher for one in drawing if spent[one.key] is None)
    free = dict.fromkeys(one.teacher for one in drawing if spent[one.key] == 0)
    notes = []
    if unknown:
        notes.append(
            f"What the replies of {', '.join(unknown)} cost was not recorded: there is no cost per F1 with them."
        )
    if free:
        notes.append(f"The replies of {', '.join(free)} cost 0 dollars a token; the machine it ran on is not counted.")
    if len(drawing) < len(those):
        notes.append("Experiments on original sentences alone draw no replies; what the people cost is not known.")
    rows = tuple(
        (one.name, spent[one.key], one.scores["micro"]["f1"].score, one.run.metrics["evaluate"].get("f1_per_usd"))
        for one in those
        if spent[one.key]
    )
    columns = (Column("experiment"), Column("US dollars", digits=4), Column("F1", spread=True), Column("F1 a dollar"))
    table = Table("US dollars for the replies that an experiment draws", columns, rows)
    return joined([*(element("p", note) for note in notes), drawn(table) if rows else None])


def _alone(one: Experiment) -> bool:
    return one.kind == "pure_original"


def _ranking(policy: str, those: Sequence[Experiment]) -> str | None:
    """The groups in the order of their F1, full sizes and own schedules only."""
    own = {
        one.train.group: one
        for one in reversed(those)
        if one.policy == policy and one.train.schedule.type == "group" and one.train.original_size is None
    }
    if len(own) < 2:
        return None
    ordered = sorted(own.values(), key=lambda one: (-one.f1, one.train.group))
    listed = ", ".join(f"{one.train.group}\N{NO-BREAK SPACE}{one.scores['micro']['f1']}" for one in ordered)
    return f"Groups, {policy}, best first: {listed}."


def _schedules(policy: str, those: Sequence[Experiment]) -> str | None:
    """The best and the worst schedule on group E's data."""
    own = [
        one for one in those
        if one.policy == policy and one.train.group == "E" and one.train.schedule.type != "group"
    ]  # fmt: skip
    if len(own) < 2:
        return None
    top, bottom = best(own), min(own, key=lambda one: one.f1)
    told = [f"{schedule_name(one.kind, one.train.schedule)} ({one.scores['micro']['f1']})" for one in (top, bottom)]
    return f"Of {len(own)} schedules on group E’s data, {policy}: {told[0]} is first, {told[1]} last."


def _paying(those: Sequence[Experiment]) -> list[str]:
    """From how many original sentences on distilled ones add nothing to the mean."""
    told: list[str] = []
    every = sizes.curves(those)
    for (teacher, policy, group), curve in every.items():
        alone = every.get((teacher, policy, "A"), {})
        gains = {size: one.f1 - alone[size].f1 for size, one in curve.items() if size in alone}
        if group != "A" and len(gains) > 1:
            listed = ", ".join(f"{_signed(gain)} at {size}" for size, gain in gains.items())
            none = next((size for size in gains if all(gain <= 0 for at, gain in gains.items() if at >= size)), None)
            end = "it is ahead at every size" if none is None else f"from {none} on it is not ahead"
            if none is None and any(gain <= 0 for gain in gains.values()):
                end = "it is not ahead everywhere, but is at the largest size"
            told.append(f"Group {group} over A by original sentences, {policy}: {listed}; {end}.")
    return told


def _values(given: Iterable[object]) -> str:
    """Different values: one alone, or all of them, numbers by size."""
    different = list(dict.fromkeys(given))
    numbers = [value for value in different if isinstance(value, (int, float))]
    return ", ".join(
        "all" if value is None else str(value)
        for value in (sorted(numbers) if len(numbers) == len(different) else different)
    )


def _original(one: Experiment) -> int | None:
    size = one.train.original_size
    return one.prepare.original_size if size is None else size


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def _tile(value: str, label: str) -> Markup:
    return element("div", element("dt", label), element("dd", value))
