"""The report's first section: what was found, computed from the runs and never written by hand."""

from collections.abc import Sequence

from tinyner.compare.table import few
from tinyner.report.comparability import Setting, differences, setting
from tinyner.report.learning_curve import Curves
from tinyner.report.markup import Child, Markup, element, joined
from tinyner.report.scored_runs import Experiment, best, schedule_name
from tinyner.report.significance import Proof, section

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


BEST = (
    "The best was picked by its score on test, which flatters it. So all pairs of a list are tested, and p is adjusted "
    "over all of them, but for long lists, which say what they are tested against. That a difference is not shown does "
    "not say that there is none."
)


def limits(those: Sequence[Experiment]) -> list[str]:
    """What to keep in mind of these experiments' teachers and scores."""
    annotators = dict.fromkeys(one.annotator for one in those)
    return [*(text for name in annotators for text in PROVENANCE.get(name, ())), SCORES]


def tiles(those: Sequence[Experiment], proved: Sequence[Proof]) -> Markup:
    """A few figures, large."""
    shown: list[Markup] = []
    teachers = set()
    for origin in dict.fromkeys(one.origin for one in those):
        drawing = [one for one in those if one.origin == origin and not one.alone]
        if not drawing:
            continue
        top = best(drawing)
        score = top.run.metrics.get("align", {}).get("teacher_f1")
        if score is not None and top.teacher not in teachers:
            teachers.add(top.teacher)
            shown.append(_tile(f"{score:.3f}", f"F1 of {top.teacher} itself against gold"))
        shown.append(_tile(str(top.scores["micro"]["f1"]), f"best F1 of a student of {origin}: {top.name}"))
        gain = _gain(top, proved)
        if gain is not None:
            shown.append(gain)
    trained = sum(len(one.run.predictions) for one in those)
    shown.append(_tile(str(len(those)), f"experiments, {trained} students trained"))
    return element("dl", *shown, class_="tiles")


def _gain(top: Experiment, proved: Sequence[Proof]) -> Markup | None:
    """What distilled sentences gain over the best row on people's labels alone, in the tables that have both."""
    for one in proved:
        alone = [row for row in one.family.rows if row.alone]
        if top in one.family.rows and alone:
            other = best(alone)
            told = f"{top.name} compared with the best student of people’s labels alone, {other.name}"
            difference = one.between(top, other)
            if difference is None:
                return _tile(signed(top.f1 - other.f1), f"{told}: whether that is more than chance is not tested here")
            sign = 1 if difference.a == top.name else -1
            ends = sorted(100 * sign * end for end in (difference.combined.low, difference.combined.high))
            told_ends = " to ".join(_points(end) for end in ends)
            p = "p < 0.001" if difference.p < 0.001 else f"p = {difference.p:.3f}"
            if difference.adjusted is not None:
                p += f" after Holm over {difference.family}"
            what = "a gain" if sign * difference.mean > 0 else "a loss"
            return _tile(
                f"{what} is shown" if difference.significant else "not shown",
                f"{told}: {_points(100 * sign * difference.mean)} points of F1, 95 % CI {told_ends}, {p}",
            )
    return None


def found(those: Sequence[Experiment], curves: Curves, proved: Sequence[Proof], sources: Sequence[str]) -> Markup:
    """What was found, in sentences, teacher by teacher.

    Args:
        those: the experiments.
        curves: the learning curves among them.
        proved: what was tested.
        sources: archives, as they were named.
    """
    parts: list[Child] = []
    for origin in dict.fromkeys(one.origin for one in those):
        own = [one for one in those if one.origin == origin]
        lines = [*_rankings(own, curves), *_schedules(own), *_paying(origin, curves)]
        tests = section([one for one in proved if one.family.best.origin == origin], sources)
        if lines or tests:
            parts += [element("h3", f"With {origin}"), element("ul", *(element("li", line) for line in lines))]
        if tests:
            parts += [element("h4", "Which differences are shown"), tests]
    if parts:
        parts.append(element("p", BEST, class_="note"))
    return joined(parts)


def _rankings(those: Sequence[Experiment], curves: Curves) -> list[str]:
    """The groups of each setting in the order of their F1, under their own schedules, with most original sentences."""
    own: dict[Setting, dict[int, dict[str, list[Experiment]]]] = {}
    for one in those:
        if one.train.schedule.type == "group":
            sizes = own.setdefault(setting(one), {})
            sizes.setdefault(one.original or 0, {}).setdefault(one.train.group, []).append(one)
    told = []
    left = {
        one.key: one
        for sizes in own.values()
        for groups in sizes.values()
        for those in groups.values()
        for one in those
    }
    ranked = {key: max((size for size in sizes if len(sizes[size]) > 1), default=None) for key, sizes in own.items()}
    otherwise = differences(map(setting, those))
    for key, size in ranked.items():
        if size is None:
            continue
        rows = sorted((rows[0] for rows in own[key][size].values()), key=lambda one: (-one.f1, one.train.group))
        listed = ", ".join(f"{one.train.group}\N{NO-BREAK SPACE}{one.scores['micro']['f1']}" for one in rows)
        what = ", ".join(part for part in ("Groups", key.policy, otherwise[key]) if part)
        told.append(f"{what}, best mean first: {listed}.")
        for one in rows:
            left.pop(one.key)
    for line in curves.lines:
        for one in line.points.values():
            left.pop(one.key, None)
    if left:
        names = few([one.name for one in left.values()])
        told.append(f"Not ranked, for want of another group in their setting, or since their group is there: {names}.")
    return told


def _schedules(those: Sequence[Experiment]) -> list[str]:
    """The best and the worst schedule on a group's data, of each setting."""
    own: dict[tuple[Setting, str, int | None], list[Experiment]] = {}
    for one in those:
        if one.train.schedule.type != "group":
            own.setdefault((setting(one), one.train.group, one.original), []).append(one)
    otherwise = differences(map(setting, those))
    told, left = [], []
    for (key, group, _), rows in own.items():
        if len(rows) < 2:
            left += [one.name for one in rows]
            continue
        top, bottom = best(rows), min(rows, key=lambda one: one.f1)
        ends = [f"{schedule_name(one.kind, one.train.schedule)} ({one.scores['micro']['f1']})" for one in (top, bottom)]
        what = ", ".join(part for part in (key.policy, otherwise[key]) if part)
        told.append(
            f"Of {len(rows)} schedules on group {group}’s data, {what}, by mean {ends[0]} is first, {ends[1]} last."
        )
    if left:
        told.append(f"Without another schedule of their setting: {few(left)}.")
    return told


def _paying(origin: str, curves: Curves) -> list[str]:
    """From how many original sentences on distilled ones add nothing to the mean."""
    told: list[str] = []
    for (of, policy), lines in curves.figures.items():
        if of != origin:
            continue
        for line, alone in ((one, other) for one in lines for other in lines):
            if line.group == "A" or alone.group != "A" or not line.beside(alone):
                continue
            gains = {size: one.f1 - alone.points[size].f1 for size, one in line.points.items() if size in alone.points}
            if len(gains) < 2:
                continue
            listed = ", ".join(f"{signed(gain)} at {size}" for size, gain in gains.items())
            none = next((size for size in gains if all(gain <= 0 for at, gain in gains.items() if at >= size)), None)
            end = "its mean is higher at every size" if none is None else f"from {none} on its mean is not higher"
            if none is None and any(gain <= 0 for gain in gains.values()):
                end = "its mean is not higher everywhere, but is at the largest size"
            told.append(f"G{line.name[1:]} over {alone.name} by original sentences, {policy}: {listed}; {end}.")
    return told


def signed(value: float) -> str:
    """A difference with its sign.

    >>> signed(0.0216)
    '+0.022'
    """
    return f"{value:+.3f}".replace("-", "−")


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _tile(value: str, label: str) -> Markup:
    return element("div", element("dt", label), element("dd", value))
