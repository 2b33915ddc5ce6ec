"""Significance tests: the best run of each family of comparable runs against the others."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.compare.differences import agreement_on, sentences
from tinyner.compare.table import few
from tinyner.errors import UserError
from tinyner.progress import board
from tinyner.report.comparability import Setting, deviations, setting
from tinyner.report.html_table import disclosure
from tinyner.report.learning_curve import Curves
from tinyner.report.markup import Child, Markup, element
from tinyner.report.scored_runs import ScoredRun
from tinyner.runs.reference import Reference
from tinyner.stats.significance import Difference, count
from tinyner.stats.significance import differences as test_differences

FEW = 4
"""Sentences of a list that are visible at first; the others are behind a button."""

MANY = 8
"""Families larger than this are tested against one reference: tested pair by pair, no adjusted p would be small."""


@dataclass(frozen=True)
class Family:
    """Runs of one setting and number of original sentences, the best first, no two with the same predictions."""

    subject: str  # what the runs differ in: "groups", or schedules on one group's data
    setting: Setting
    original: int | None
    runs: Sequence[ScoredRun]

    @property
    def best(self) -> ScoredRun:
        """The run with the highest mean F1."""
        return self.runs[0]

    @property
    def reference(self) -> ScoredRun | None:
        """In a large family the run on original sentences alone, against which each other is tested."""
        return next((run for run in self.runs if run.original_only), None) if len(self.runs) > MANY else None


@dataclass(frozen=True)
class FamilyTest:
    """A family with the tested differences of its pairs, or from its reference; None where they are not tested.

    ``reason`` says why not; it is empty where the test sentences are missing.
    """

    family: Family
    differences: Sequence[Difference] | None
    reason: str = ""

    @property
    def reported(self) -> list[Difference]:
        """The differences from the reference, or between the best run and the others; significant ones first."""
        differences = self.differences or ()
        if self.family.reference is None:
            differences = [pair for pair in differences if pair.a == self.family.best.name]
        return sorted(differences, key=lambda pair: not pair.significant)

    def between(self, run: ScoredRun, other: ScoredRun) -> Difference | None:
        """Return the difference of two runs of the family, in either order; None where it was not tested."""
        return next((pair for pair in self.differences or () if {pair.a, pair.b} == {run.name, other.name}), None)


def families(scored_runs: Sequence[ScoredRun], curves: Curves) -> list[Family]:
    """Return families of at least two runs: groups on their own schedules, and schedules on one group's data.

    A run on a line of equal steps of the learning curve joins the groups with the same number of original sentences.
    """
    members: dict[tuple[str, Setting, int | None, str], list[ScoredRun]] = {}
    for run in scored_runs:
        own_schedule = run.train.schedule.type == "group"
        subject = "groups" if own_schedule else f"schedules on group {run.train.group}’s data"
        members.setdefault((subject, setting(run), run.original, run.reference), []).append(run)
    for (subject, family_setting, size, reference), runs in members.items():
        if subject == "groups" and size is not None:
            for run in _with_equal_steps(curves, family_setting, size):
                if run.reference == reference and run not in runs:
                    runs.append(run)
    found_families = []
    for (subject, family_setting, size, _), runs in members.items():
        distinct: list[ScoredRun] = []
        for run in runs:
            if all(run.predictions != other.predictions for other in distinct):
                distinct.append(run)
        if len(distinct) > 1:
            found_families.append(Family(subject, family_setting, size, sorted(distinct, key=lambda run: -run.f1)))
    return found_families


def _with_equal_steps(curves: Curves, family_setting: Setting, size: int) -> list[ScoredRun]:
    """Return the runs of this size on lines of equal steps. The largest run of such a line has the family's setting."""
    runs = []
    for line in curves.lines:
        if line.equal_steps and line.setting == family_setting.without_epochs() and size in line.points:
            largest = line.points[max(line.points)]  # the runs of other sizes draw as many sentences as this one
            if setting(largest) == family_setting:
                runs.append(line.points[size])
    return runs


def run_tests(families: Sequence[Family], references: Mapping[str, Reference]) -> list[FamilyTest]:
    """Test every family whose test sentences are in ``references``, by their digest, and show the progress."""
    total = sum(len(family.runs) for family in families if family.best.reference in references)
    tests = []
    with board() as progress:
        task = progress.task("experiments compared", total) if total else None
        for family in families:
            tests.append(_test(family, references.get(family.best.reference)))
            if task and family.best.reference in references:
                task.step(len(family.runs))
    return tests


def _test(family: Family, reference: Reference | None) -> FamilyTest:
    if reference is None:
        return FamilyTest(family, None)
    measure = agreement_on(None) if reference.by_teacher else ""
    try:
        counts = [
            count(run.name, reference.tags, reference.scored(run.predictions), run.reference, measure=measure)
            for run in family.runs
        ]
        return FamilyTest(family, test_differences(counts, family.reference.name if family.reference else None))
    except (UserError, ValueError) as error:  # too few sentences or seeds, or predictions of other words
        return FamilyTest(family, None, str(error))


def section(tests: Sequence[FamilyTest], archives: Sequence[str]) -> Markup | None:
    """Report the differences list by list, in the sentences of `tinyner compare`.

    Args:
        tests: of one origin.
        archives: as they were named on the command line.
    """
    if not tests:
        return None
    texts = deviations(test.family.setting for test in tests for _ in test.family.runs)
    blocks: dict[tuple[str, Setting], list[FamilyTest]] = {}
    for test in tests:
        blocks.setdefault((test.family.subject, test.family.setting), []).append(test)
    items = []
    for (subject, family_setting), block in blocks.items():
        block.sort(key=lambda test: -(test.family.original or 0))
        heading = [f"{subject[0].upper()}{subject[1:]}", family_setting.policy, texts[family_setting]]
        items.append(element("li", element("b", ", ".join(filter(None, heading))), *_block(block, archives)))
    return element("ul", *items, class_="significance")


def _block(block: Sequence[FamilyTest], archives: Sequence[str]) -> list[Child]:
    """Report families that differ in their number of original sentences alone."""
    differences = sorted((pair for test in block for pair in test.reported), key=lambda pair: not pair.significant)
    results = [element("li", sentence) for sentence in sentences(differences)]
    commands = [element("li", element("code", _command(test.family, archives))) for test in block if not test.reason]
    leads = [element("p", _lead(test)) for test in block]
    if not results:
        return [*leads, element("ul", *commands) if commands else None]
    more = f"{len(results) - FEW} more, and the" if results[FEW:] else "The"
    rest = disclosure(f"{more} commands that test all of them", element("ul", *results[FEW:], *commands))
    return [*leads, element("ul", *results[:FEW]), rest]


def _lead(test: FamilyTest) -> str:
    """Introduce a family's results: the best run, and what was tested."""
    family = test.family
    sizes = f" with {family.original:,} original sentences" if family.original is not None else ""
    if test.differences is None:
        names = f"{few([run.name for run in family.runs])}{sizes}"
        if test.reason:
            return f"{names}: not tested: {test.reason}."
        missing = "the teacher’s tags of the test sentences" if family.best.by_teacher else "the test sentences"
        command = "dvc repro align" if family.best.by_teacher else "dvc repro prepare"
        return f"{names}: not tested, since {missing} are not here. After `{command}` this tests it:"
    counts = f"{sum(pair.significant for pair in test.reported)} of {len(test.reported)} differences are shown"
    first = f"{family.best.name} is first by mean of {len(family.runs)}{sizes}"
    if family.reference is None:
        return f"{first}; {counts} between it and the others."
    return (
        f"{first}. Each is tested against people’s labels alone, {family.reference.name}: {counts}; whether the first "
        "beats the next is not tested."
    )


def _command(family: Family, archives: Sequence[str]) -> str:
    names = [run.name for run in family.runs]
    tests = ["--against", family.reference.name] if family.reference else ["--pairs"]
    return shlex.join(["tinyner", "compare", *names, *(part for name in archives for part in ("--from", name)), *tests])
