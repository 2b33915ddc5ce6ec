"""Which differences between experiments are shown: the best of each table against its others, tested."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinyner.compare.differences import sentences
from tinyner.compare.table import few
from tinyner.errors import UserError
from tinyner.progress import board
from tinyner.report.comparability import Setting, differences, setting
from tinyner.report.learning_curve import Curves
from tinyner.report.markup import Child, Markup, element
from tinyner.report.scored_runs import Experiment
from tinyner.rows import Sentence
from tinyner.stats.significance import Difference, count
from tinyner.stats.significance import differences as tested

FEW = 4
"""Sentences of a list that are read at once; the others are behind a button."""

MANY = 8
"""More experiments than this are not tested pair by pair: no p would be left after so many tests."""


@dataclass(frozen=True)
class Family:
    """Experiments of one setting and number of original sentences, the best first: a table's rows, each once."""

    of: str  # what they differ in: "groups", or schedules on one group's data
    setting: Setting
    original: int | None
    rows: Sequence[Experiment]

    @property
    def best(self) -> Experiment:
        """The one with the highest mean F1."""
        return self.rows[0]

    @property
    def reference(self) -> Experiment | None:
        """Of many experiments the one on people's labels alone, which each other is tested against; else None."""
        return next((one for one in self.rows if one.alone), None) if len(self.rows) > MANY else None


@dataclass(frozen=True)
class Proof:
    """A family with the differences of its pairs, or from its reference; None where they are not tested.

    ``why`` says why not, where it is not for want of the test sentences.
    """

    family: Family
    pairs: Sequence[Difference] | None
    why: str = ""

    @property
    def told(self) -> list[Difference]:
        """Those from the reference, or the best experiment less each other; those that are shown first."""
        name = self.family.best.name
        those = [one for one in self.pairs or () if self.family.reference is not None or one.a == name]
        return sorted(those, key=lambda one: not one.significant)

    def between(self, one: Experiment, other: Experiment) -> Difference | None:
        """The difference of two of its experiments."""
        return next((pair for pair in self.pairs or () if {pair.a, pair.b} == {one.name, other.name}), None)


def families(those: Sequence[Experiment], curves: Curves) -> list[Family]:
    """Groups under their own schedules, and schedules on one group's data; at least two different in each.

    Experiments of the learning curve that have as many steps as others stand among the groups with as many
    original sentences.
    """
    found: dict[tuple[str, Setting, int | None, str], list[Experiment]] = {}
    for one in those:
        own = one.train.schedule.type == "group"
        of = "groups" if own else f"schedules on group {one.train.group}’s data"
        found.setdefault((of, setting(one), one.original, one.run.test), []).append(one)
    for (of, own_setting, size, test), rows in found.items():
        for line in curves.lines:
            point = line.points.get(size) if size is not None else None
            if of == "groups" and line.steps and own_setting.without_epochs() == line.setting and point is not None:
                most = line.points[max(line.points)]  # its steps are those that the others have
                if setting(most) == own_setting and point.run.test == test and point not in rows:
                    rows.append(point)
    every = []
    for (of, own_setting, size, _), rows in found.items():
        distinct: list[Experiment] = []
        for one in rows:
            if all(one.run.predictions != other.run.predictions for other in distinct):
                distinct.append(one)
        if len(distinct) > 1:
            every.append(Family(of, own_setting, size, sorted(distinct, key=lambda one: -one.f1)))
    return every


def proofs(those: Sequence[Family], gold: Mapping[str, Sequence[Sentence]]) -> list[Proof]:
    """Test every family whose test sentences are at hand.

    Args:
        those: the families.
        gold: test sentences by their digest.
    """
    total = sum(len(one.rows) for one in those if one.best.run.test in gold)
    found = []
    with board() as shown:
        task = shown.task("experiments compared", total) if total else None
        for one in those:
            found.append(_proved(one, gold.get(one.best.run.test)))
            if task and one.best.run.test in gold:
                task.step(len(one.rows))
    return found


def _proved(one: Family, gold: Sequence[Sentence] | None) -> Proof:
    if gold is None:
        return Proof(one, None)
    tags = [row["tags"] for row in gold]
    try:
        rows = [count(row.name, tags, row.run.predictions, row.run.test) for row in one.rows]
        return Proof(one, tested(rows, one.reference.name if one.reference else None))
    except (UserError, ValueError) as error:  # of too few sentences or seeds, or predictions of other words
        return Proof(one, None, str(error))


def section(those: Sequence[Proof], sources: Sequence[str]) -> Markup | None:
    """What is shown, list by list, in the sentences of `tinyner compare`.

    Args:
        those: of one teacher.
        sources: archives, as they were named.
    """
    if not those:
        return None
    otherwise = differences(one.family.setting for one in those for _ in one.family.rows)
    blocks: dict[tuple[str, Setting], list[Proof]] = {}
    for one in those:
        blocks.setdefault((one.family.of, one.family.setting), []).append(one)
    items = []
    for (of, own), block in blocks.items():
        block.sort(key=lambda one: -(one.family.original or 0))
        what = ", ".join(part for part in (f"{of[0].upper()}{of[1:]}", own.policy, otherwise[own]) if part)
        items.append(element("li", element("b", what), *_block(block, sources)))
    return element("ul", *items, class_="proofs")


def _block(block: Sequence[Proof], sources: Sequence[str]) -> list[Child]:
    """Families that differ in the number of their original sentences alone."""
    found = sorted((pair for one in block for pair in one.told), key=lambda pair: not pair.significant)
    told = [element("li", text) for text in sentences(found)]
    commands = [element("li", element("code", _command(one.family, sources))) for one in block if not one.why]
    leads = [element("p", _lead(one)) for one in block]
    if not told:  # the commands are all that there is
        return [*leads, element("ul", *commands) if commands else None]
    more = f"{len(told) - FEW} more, and the" if told[FEW:] else "The"
    button = element("summary", f"{more} commands that test all of them")
    rest = element("details", button, element("ul", *told[FEW:], *commands), class_="data")
    return [*leads, element("ul", *told[:FEW]), rest]


def _lead(one: Proof) -> str:
    family = one.family
    of = f" with {family.original:,} original sentences" if family.original is not None else ""
    if one.pairs is None:
        rows = f"{few([row.name for row in family.rows])}{of}"
        if one.why:
            return f"{rows}: not tested: {one.why}."
        return (
            f"{rows}: the proof is not here, since the test sentences are not. After `dvc repro prepare` this tests it:"
        )
    shown = f"{sum(pair.significant for pair in one.told)} of {len(one.told)} differences are shown"
    first = f"{family.best.name} is first by mean of {len(family.rows)}{of}"
    if family.reference is None:
        return f"{first}; {shown} between it and the others."
    return (
        f"{first}. Each is tested against people’s labels alone, {family.reference.name}: {shown}; whether the first "
        "beats the next is not tested."
    )


def _command(one: Family, sources: Sequence[str]) -> str:
    names = [row.name for row in one.rows]
    how = ["--against", one.reference.name] if one.reference else ["--pairs"]
    return shlex.join(["tinyner", "compare", *names, *(part for own in sources for part in ("--from", own)), *how])
