"""The report's first section: what the runs show, in sentences that are computed from them."""

from collections.abc import Sequence

from tinyner.compare.run_scores import on_conll
from tinyner.compare.table import few
from tinyner.report.comparability import Setting, deviations, setting
from tinyner.report.learning_curve import Curves, Line
from tinyner.report.markup import Child, Markup, element, joined
from tinyner.report.scored_runs import ScoredRun, best, schedule_name, with_colon
from tinyner.report.significance import FamilyTest, section
from tinyner.report.verdicts import verdict
from tinyner.stand_ins import AGREEMENT

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
"""Limits of the recorded replies by annotator, from docs/data.md; stated wherever their results are shown."""

STRICT = "The scores are the field's strict ones: an entity counts where its type and both its boundaries are right."
SCORES = f"{STRICT} The paper's scorer counts otherwise, so its figures and these are different quantities."

AGREEING = (
    "Nobody labelled the test set of {names}: the teacher’s own tags stand in for people’s. So these scores are "
    "{agreement}: how well a student copies its teacher, mistakes included. They can’t tell whether the labels are "
    "right; some sentences labelled by people, as the test split of prepare.corpus, would."
)
"""What is said of runs that are not scored against gold."""

SELECTION = (
    "The best was picked by its score on test, which flatters it. So all pairs of a list are tested, and p is adjusted "
    "over all of them, but for long lists, which say what they are tested against. That a difference is not shown does "
    "not say that there is none."
)


def limits(scored_runs: Sequence[ScoredRun]) -> list[str]:
    """Return the limits of the runs' teachers and scores."""
    annotators = dict.fromkeys(name for run in scored_runs for name in run.annotators)
    scores = SCORES if on_conll(run.run for run in scored_runs) else STRICT
    return [*(text for name in annotators for text in PROVENANCE.get(name, ())), scores]


def agreeing(scored_runs: Sequence[ScoredRun]) -> list[str]:
    """Return what is said of the runs that are not scored against gold; nothing where all are."""
    names = [run.spoken for run in scored_runs if run.by_teacher]
    return [AGREEING.format(names=few(names), agreement=AGREEMENT)] if names else []


def tiles(scored_runs: Sequence[ScoredRun], tests: Sequence[FamilyTest]) -> Markup:
    """Return the headline numbers: teacher, best student and its gain for each origin, and the number of runs."""
    items: list[Markup] = []
    teachers = set()
    for origin in dict.fromkeys(run.origin for run in scored_runs):
        distilled = [run for run in scored_runs if run.origin == origin and not run.original_only]
        if not distilled:
            continue
        top = best(distilled)
        teacher_f1 = top.metrics.get("align", {}).get("teacher_f1")
        if teacher_f1 is not None and top.teacher not in teachers:
            teachers.add(top.teacher)
            items.append(_tile(f"{teacher_f1:.3f}", f"F1 of {top.teacher} itself against gold"))
        score = f"{top.agreement}, of the best" if top.agreement else "best F1 of a"
        items.append(_tile(str(top.micro_f1), f"{score} student of {top.source}: {top.name}"))
        gain = _gain(top, tests)
        if gain is not None:
            items.append(gain)
    students = sum(len(run.predictions) for run in scored_runs)
    items.append(_tile(str(len(scored_runs)), f"experiments, {students} students trained"))
    return element("dl", *items, class_="tiles")


def _gain(top: ScoredRun, tests: Sequence[FamilyTest]) -> Markup | None:
    """Compare the best run with the best on original sentences alone, in the first family that has both."""
    against = verdict(top, tests)
    if against is None:
        return None
    compared = f"{top.name} compared with the best student of people’s labels alone, {against.gold_only.name}"
    if against.difference is None:
        compared += with_colon(top.agreement)
        return _tile(signed(against.gain), f"{compared}: whether that is more than chance is not tested here")
    direction = "a gain" if against.gain > 0 else "a loss"
    return _tile(f"{direction} is shown" if against.is_shown else "not shown", f"{compared}: {against.in_points()}")


def findings(
    scored_runs: Sequence[ScoredRun], curves: Curves, tests: Sequence[FamilyTest], archives: Sequence[str]
) -> Markup:
    """Say for each origin, in sentences, how groups, schedules and sizes compare, and which differences are shown.

    Args:
        scored_runs: the runs.
        curves: the learning curves among them.
        tests: of their families.
        archives: as they were named on the command line.
    """
    parts: list[Child] = []
    for origin in dict.fromkeys(run.origin for run in scored_runs):
        runs = [run for run in scored_runs if run.origin == origin]
        sentences = [*_group_rankings(runs, curves), *_schedule_ranges(runs), *_gains_by_size(origin, curves)]
        differences = section([test for test in tests if test.family.best.origin == origin], archives)
        if sentences or differences:
            items = [element("li", sentence) for sentence in sentences]
            parts += [element("h3", f"With {origin}"), element("ul", *items)]
        if differences:
            parts += [element("h4", "Which differences are shown"), differences]
    if parts:
        parts.append(element("p", SELECTION, class_="note"))
    return joined(parts)


def _group_rankings(runs: Sequence[ScoredRun], curves: Curves) -> list[str]:
    """Rank the groups of each setting, under their own schedules, at the largest size that has two groups."""
    by_setting: dict[Setting, dict[int, dict[str, list[ScoredRun]]]] = {}
    for run in runs:
        if run.train.schedule.type == "group":
            sizes = by_setting.setdefault(setting(run), {})
            sizes.setdefault(run.original or 0, {}).setdefault(run.train.group, []).append(run)
    unranked = {
        run.key: run
        for sizes in by_setting.values()
        for groups in sizes.values()
        for alike in groups.values()
        for run in alike
    }
    texts = deviations(map(setting, runs))
    sentences = []
    for group_setting, sizes in by_setting.items():
        size = max((size for size in sizes if len(sizes[size]) > 1), default=None)
        if size is None:
            continue
        ranked = sorted((alike[0] for alike in sizes[size].values()), key=lambda run: (-run.f1, run.train.group))
        scores = ", ".join(f"{run.train.group}\N{NO-BREAK SPACE}{run.micro_f1}" for run in ranked)
        heading = ", ".join(filter(None, ("Groups", group_setting.policy, texts[group_setting])))
        mean = "mean agreement" if group_setting.agreement else "mean"
        sentences.append(f"{heading}, best {mean} first: {scores}.")
        for run in ranked:
            del unranked[run.key]
    for line in curves.lines:
        for run in line.points.values():
            unranked.pop(run.key, None)
    if unranked:
        names = few([run.name for run in unranked.values()])
        sentences.append(
            f"Not ranked, for want of another group in their setting, or since their group is there: {names}."
        )
    return sentences


def _schedule_ranges(runs: Sequence[ScoredRun]) -> list[str]:
    """Name the best and the worst schedule on each group's data, for each setting and size."""
    alike: dict[tuple[Setting, str, int | None], list[ScoredRun]] = {}
    for run in runs:
        if run.train.schedule.type != "group":
            alike.setdefault((setting(run), run.train.group, run.original), []).append(run)
    texts = deviations(map(setting, runs))
    sentences, single = [], []
    for (schedule_setting, group, _), rows in alike.items():
        if len(rows) < 2:
            single += [run.name for run in rows]
            continue
        ends = (best(rows), min(rows, key=lambda run: run.f1))
        first, last = (f"{schedule_name(run.kind, run.train.schedule)} ({run.micro_f1})" for run in ends)
        heading = ", ".join(filter(None, (schedule_setting.policy, texts[schedule_setting])))
        mean = "mean agreement" if schedule_setting.agreement else "mean"
        sentences.append(
            f"Of {len(rows)} schedules on group {group}’s data, {heading}, by {mean} {first} is first, {last} last."
        )
    if single:
        sentences.append(f"Without another schedule of their setting: {few(single)}.")
    return sentences


def _gains_by_size(origin: str, curves: Curves) -> list[str]:
    """Say what each line of the learning curve gains over group A at each size, and where the gain ends."""
    sentences: list[str] = []
    for (figure_origin, policy), lines in curves.figures.items():
        if figure_origin != origin:
            continue
        for line, baseline in ((line, other) for line in lines for other in lines):
            if line.group == "A" or baseline.group != "A" or not line.comparable(baseline):
                continue
            common = [size for size in line.points if size in baseline.points]
            if len(common) > 1:
                gains = {size: line.points[size].f1 - baseline.points[size].f1 for size in common}
                sentences.append(_gain_sentence(line, baseline, policy, gains))
    return sentences


def _gain_sentence(line: Line, baseline: Line, policy: str, gains: dict[int, float]) -> str:
    values = ", ".join(f"{signed(gain)} at {size}" for size, gain in gains.items())
    ended_at = next((size for size in gains if all(gains[other] <= 0 for other in gains if other >= size)), None)
    if ended_at is not None:
        end = f"from {ended_at} on its mean is not higher"
    elif any(gain <= 0 for gain in gains.values()):
        end = "its mean is not higher everywhere, but is at the largest size"
    else:
        end = "its mean is higher at every size"
    return f"G{line.name[1:]} over {baseline.name} by original sentences, {policy}: {values}; {end}."


def signed(value: float) -> str:
    """Return a difference with its sign.

    >>> signed(0.0216)
    '+0.022'
    """
    return f"{value:+.3f}".replace("-", "−")


def _tile(value: str, label: str) -> Markup:
    return element("div", element("dt", label), element("dd", value))
