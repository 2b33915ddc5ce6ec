"""What was found, in three sentences that are computed from the numbers: no more than the tests show."""

from collections.abc import Mapping, Sequence

from tinyner.evaluate.confusion import NONE
from tinyner.report.confusion import ConfusionCounter, Counts
from tinyner.report.intervals import Interval, over_seeds
from tinyner.report.learning_curve import Curves, Line
from tinyner.report.scored_runs import ScoredRun, best, by_agreement
from tinyner.report.significance import FamilyTest
from tinyner.report.verdicts import verdict
from tinyner.runs.reference import Reference


def of_study(
    scored_runs: Sequence[ScoredRun],
    curves: Curves,
    tests: Sequence[FamilyTest],
    references: Mapping[str, Reference],
) -> list[list[str]]:
    """Return three sentences for each test set: the best run, whether it beats people's labels alone, what that means.

    The third says what distillation is worth in labelled sentences, where a learning curve has it and the test shows
    a difference; else what the best run confuses most.
    """
    by_test_set: dict[str, list[ScoredRun]] = {}
    for alike in by_agreement(scored_runs):
        for run in alike:
            by_test_set.setdefault(run.reference, []).append(run)
    sentences: list[list[str]] = []
    for runs in by_test_set.values():
        top = best(runs)
        worth = _worth(runs, curves, tests) or mistakes(top, references, top.name)
        sentences.append([_best(runs, top), against_people(top, tests), worth])
    return sentences


def _best(runs: Sequence[ScoredRun], top: ScoredRun) -> str:
    interval = over_seeds(top.micro_f1)
    seeds = len(top.micro_f1.seeds)
    spread = f"95 % CI over {seeds} seeds {interval}" if interval else "one seed, so without an interval"
    measure = f"micro F1, {top.agreement}," if top.agreement else "micro F1 on test"
    return f"Of {len(runs)} experiments {top.name} has the highest mean {measure} {top.f1:.3f} ({spread})."


def against_people(top: ScoredRun, tests: Sequence[FamilyTest]) -> str:
    """Say whether a run beats the student of people's labels alone, by the test of its family."""
    if top.original_only:
        return f"{top.name} learned from people’s labels alone: no distilled sentences are in it."
    against = verdict(top, tests)
    if against is None:
        return (
            "No student of people’s labels alone with its settings stands beside it, so whether the LLM’s labels help "
            "is not known."
        )
    beside = f"the best student of people’s labels alone with its settings, {against.gold_only.name}"
    if against.difference is None:
        return f"Whether it differs from {beside}, is not tested here: the test sentences or enough seeds are missing."
    if not against.is_shown:
        return f"That it differs from {beside}, is not shown: {against.in_points()} (the interval is not adjusted)."
    return f"It {'beats' if against.gain > 0 else 'is worse than'} {beside}: {against.in_points()}."


def _worth(runs: Sequence[ScoredRun], curves: Curves, tests: Sequence[FamilyTest]) -> str | None:
    """Say how many labelled sentences alone reach what fewer reach with distilled ones, if the test shows a gain.

    The smallest size with a shown gain counts, on the line that is best at its smallest size. It is held against the
    line of people's labels alone that the test was against.
    """
    keys = {run.key for run in runs}
    lines = [line for line in curves.lines if all(run.key in keys for run in line.points.values())]
    for line in sorted((line for line in lines if line.group != "A"), key=lambda line: -_first(line).f1):
        for size, run in line.points.items():
            against = verdict(run, tests)
            if against is None or not against.is_shown or against.gain <= 0:
                continue
            alone = against.gold_only.key
            baselines = [other for other in lines if size in other.points and other.points[size].key == alone]
            if baselines:
                return _in_sentences(size, run, baselines[0], against.in_points())
    return None


def _in_sentences(size: int, run: ScoredRun, baseline: Line, tested: str) -> str:
    alone = baseline.points[size]
    enough = next((other for other, point in baseline.points.items() if point.f1 >= run.f1), None)
    most = max(baseline.points)
    reached = (
        f"people’s labels alone reach as high a mean with {enough:,} sentences ({baseline.points[enough].f1:.3f}, of "
        "the sizes that were tried)"
        if enough
        else f"people’s labels alone reach no such mean with up to {most:,} sentences ({baseline.points[most].f1:.3f})"
    )
    return (
        f"With {size:,} labelled sentences and distilled ones {run.name} reaches {run.f1:.3f}, with the {size:,} "
        f"alone {alone.name} {alone.f1:.3f} (a gain is shown: {tested}); {reached}."
    )


def _first(line: Line) -> ScoredRun:
    return next(iter(line.points.values()))


def mistakes(run: ScoredRun, references: Mapping[str, Reference], name: str) -> str:
    """Say what the run of this name confuses most, or else on which type it is weakest."""
    reference = references.get(run.reference)
    if reference is not None:
        counts = ConfusionCounter(reference).count(run.predictions)
        return confused(run, counts, name)
    usable = [type_ for type_ in run.types if run.scores[type_]["f1"].mean > 0] or run.types
    weakest = min(usable, key=lambda type_: run.scores[type_]["f1"].mean)
    return f"{name} is weakest on {weakest}: {run.scores[weakest]['f1'].mean:.3f}."


def confused(run: ScoredRun, counts: Counts, name: str) -> str:
    """Say which type the run of this name takes for which most often, and what it misses and invents, a seed."""
    seeds = len(run.predictions)
    who = "the teacher" if run.by_teacher else "gold"
    total = sum(count for (gold, _), count in counts.items() if gold != NONE) / seeds
    missed = sum(count for (gold, predicted), count in counts.items() if gold != NONE and predicted == NONE) / seeds
    invented = sum(count for (gold, predicted), count in counts.items() if gold == NONE and predicted != NONE) / seeds
    pairs = confusions(counts)
    if pairs:
        (gold, predicted), count = pairs[0]
        of_gold = sum(number for (row, _), number in counts.items() if row == gold) / seeds
        most = f"{name} takes {gold} for {predicted} most often, {count / seeds:.3g} of {of_gold:.0f} times"
    else:
        most = f"{name} takes no type for another"
    rest = f"it misses {missed:.3g} of {total:.0f} entities of {who}, and finds {invented:.3g} that are none"
    return f"{most}; {rest}{'' if seeds == 1 else ' (means over seeds)'}."


def confusions(counts: Counts) -> list[tuple[tuple[str, str], int]]:
    """Return pairs of a gold type and another predicted one for the same words, most frequent first.

    >>> confusions({("PER", "PER"): 9, ("PER", "LOC"): 1, ("LOC", "PER"): 2, ("PER", "none"): 5})
    [(('LOC', 'PER'), 2), (('PER', 'LOC'), 1)]
    """
    pairs = [(pair, count) for pair, count in counts.items() if NONE not in pair and pair[0] != pair[1] and count]
    return sorted(pairs, key=lambda row: (-row[1], row[0]))


def of_model(
    run: ScoredRun, interval: Interval | None, tests: Sequence[FamilyTest], references: Mapping[str, Reference]
) -> list[str]:
    """Return three sentences on one model: its score, how it stands to people's labels alone, what it confuses."""
    spread = f", 95 % CI over test sentences {interval}" if interval else ""
    seeds = len(run.micro_f1.seeds)
    measure = f"{run.agreement[0].upper()}{run.agreement[1:]}" if run.agreement else "Micro F1 on test"
    mean = "one seed" if seeds == 1 else f"mean of {seeds} seeds"
    people = against_people(run, tests)
    is_testable = bool(run.original) and not run.original_only and run.train.schedule.type == "group"
    if verdict(run, tests) is None and is_testable:
        people += (
            " `dvc exp run -n people -S train.group=A` trains one, and `tinyner report workspace people` tests it."
        )
    first = f"{measure}: {run.f1:.3f} ({mean}{spread})."
    return [first, people, mistakes(run, references, "The model")]
