"""What experiments have alike: only those that differ in nothing else stand in one line, list or figure."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tinyner.report.scored_runs import Experiment

_SHOWN = {
    "train.group",
    "train.schedule.type",
    "train.schedule.k",
    "train.schedule.n",
    "train.lr_decay",
    "train.original_size",
    "prepare.original_size",
}
"""What lines, lists and figures are over, and so say themselves."""

_SIZES = {"train.target_size", "train.related_size"}  # told by how many sentences there are of each

_WORDS = {
    "epochs": "{} epochs",
    "seeds": "seeds {}",
    "batch_size": "batches of {}",
    "target": "{} target sentences",
    "related": "{} related sentences",
}


@dataclass(frozen=True)
class Setting:
    """All that a run was made with, but for its group, its schedule and how many original sentences it had.

    ``knobs`` are the other parameters of train and prepare by name, their values as JSON.
    """

    prefix: str
    teacher: str
    policy: str
    knobs: frozenset[tuple[str, str]]

    def without_epochs(self) -> "Setting":
        """The same for any number of epochs."""
        return replace(self, knobs=frozenset(pair for pair in self.knobs if pair[0] != "epochs"))


def setting(one: Experiment) -> Setting:
    """The setting of an experiment; the size of the dev slice is part of it only where it chooses the checkpoint."""
    left_out = _SHOWN | _SIZES | (set() if one.train.checkpoint == "best" else {"train.dev_size"})
    told = {
        key.removeprefix("train."): value
        for key, value in one.run.params.items()
        if key.startswith(("train.", "prepare.")) and key not in left_out
    }
    told |= {"target": one.target, "related": one.related}
    knobs = frozenset((key, json.dumps(value, sort_keys=True, default=str)) for key, value in told.items())
    return Setting(one.prefix, one.teacher, one.policy, knobs)


def differences(those: Iterable[Setting]) -> dict[Setting, str]:
    """What each setting has otherwise than the commonest of the same prefix and teacher, in words; of that nothing."""
    count = Counter(those)
    told: dict[Setting, str] = {}
    for own in count:
        alike = [one for one in count if (one.prefix, one.teacher) == (own.prefix, own.teacher)]
        usual = dict(max(alike, key=lambda one: count[one]).knobs)
        knobs = dict(own.knobs)
        keys = [key for key in sorted(knobs.keys() | usual.keys()) if knobs.get(key) != usual.get(key)]
        told[own] = ", ".join(_told(key, knobs.get(key)) for key in keys)
    return told


def _told(key: str, value: str | None) -> str:
    if value is None:
        return f"no {key}"
    shown = {"null": "all" if key in ("target", "related") else "none"}.get(value, value).strip('[]"')
    return _WORDS.get(key, f"{key} {{}}").format(shown)


def grouped(those: Iterable[Experiment]) -> dict[str, list[Experiment]]:
    """Experiments by the figure that they belong to, in their order, under the figure's title.

    A figure has one prefix, teacher and policy of the learning rate. Those on fewer sentences than there are have
    one of their own, and so have those of another number of epochs than most.
    """
    every = list(those)
    usual = max(Counter(one.train.epochs for one in every).items(), key=lambda pair: pair[1])[0] if every else None
    groups: dict[str, list[Experiment]] = {}
    for one in every:
        sizes = (one.train.original_size, one.train.target_size, one.train.related_size)
        title = [one.origin, one.policy, *(["smaller sets"] if sizes != (None, None, None) else [])]
        title += ["other numbers of epochs"] if one.train.epochs != usual else []
        groups.setdefault(", ".join(title), []).append(one)
    return groups
