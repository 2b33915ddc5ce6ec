"""The runs as they are, in lists: the setting that they share, every experiment in a row, and what replies cost."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tinyner.compare.table import Column, Table, Value
from tinyner.report.html_table import drawn
from tinyner.report.inputs import Material
from tinyner.report.markup import Markup, element, joined
from tinyner.report.scored_runs import Experiment, best, schedule_name

STUDENTS = {"wheel": "MiniLM, 6 layers of 384, from a wheel"}
"""What values of prepare.student stand for."""


def setting(those: Sequence[Experiment], material: Material) -> Markup:
    """What was the same, and what was varied, as a list; and where the runs were read from."""
    knobs = [one.train for one in those]
    prepared = [one.prepare for one in those]
    limits_of = {name: _values(getattr(one, name) for one in knobs) for name in ("batch_size", "max_length")}
    rates = [
        _values(f"{value:g}" for value in values) for values in zip(*((k.lr, k.lr_decay) for k in knobs), strict=True)
    ]
    rows: list[tuple[str, str]] = [
        ("teachers", ", ".join(dict.fromkeys(one.teacher for one in those))),
        ("student", _values(STUDENTS.get(one.student, one.student) for one in prepared)),
        (
            "distilled sentences",
            f"{_values(one.target for one in those)} target; {_values(one.related for one in those)} related",
        ),
        ("original sentences", _values(one.original for one in those)),
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
    tops = [
        best([one for one in those if one.origin == origin]) for origin in dict.fromkeys(one.origin for one in those)
    ]
    rows: list[tuple[Value, ...]] = []
    for one in those:
        f1 = replace(one.scores["micro"]["f1"].score, best=any(one is top for top in tops))
        others = (one.scores["micro"]["precision"], one.scores["micro"]["recall"], one.scores["macro"]["f1"])
        made = (one.teacher, one.train.group, schedule_name(one.kind, one.train.schedule), one.train.lr_decay)
        rows.append((one.name, f1, *(other.score for other in others), *made, one.original, len(one.train.seeds)))
    columns = [Column("experiment"), *(Column(name, spread=True) for name in ("F1", "precision", "recall", "macro F1"))]
    columns += [Column("teacher"), Column("group"), Column("schedule"), Column("lr ×", digits=2)]
    columns += [Column("original"), Column("seeds")]
    title = "Strict scores on test, mean ± standard deviation over seeds; in bold each teacher’s best F1"
    return Table(title, tuple(columns), tuple(rows))


def costs(those: Sequence[Experiment]) -> Markup:
    """Dollars and F1 of each experiment whose replies have a price, and which have none."""
    spent = {one.key: one.run.metrics["evaluate"].get("cost_usd") for one in those}
    drawing = [one for one in those if not one.alone]
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


def _values(given: Iterable[object]) -> str:
    """Different values: one alone, or all of them, numbers by size."""
    different = list(dict.fromkeys(given))
    numbers = [value for value in different if isinstance(value, (int, float))]
    return ", ".join(
        "all" if value is None else str(value)
        for value in (sorted(numbers) if len(numbers) == len(different) else different)
    )
