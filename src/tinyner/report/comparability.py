"""Which runs are comparable: those on one line, list or figure differ only in what it shows."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tinyner.report.scored_runs import ScoredRun

_VARIED = {
    "train.group",
    "train.schedule.type",
    "train.schedule.k",
    "train.schedule.n",
    "train.lr_decay",
    "train.original_size",
    "prepare.original_size",
}
"""Parameters in which runs on one line, list or figure may differ, since it names them."""

_SIZES = {"train.target_size", "train.related_size"}
"""Parameters that a setting leaves out: it has the numbers of sentences that a run could draw instead."""

_WORDS = {
    "epochs": "{} epochs",
    "seeds": "seeds {}",
    "batch_size": "batches of {}",
    "target": "{} target sentences",
    "related": "{} related sentences",
}


@dataclass(frozen=True)
class Setting:
    """What a run was made with, apart from group, schedule and number of original sentences, and how it is scored.

    ``policy`` is that of the learning rate. ``params`` are the other parameters of train and prepare, as pairs of a
    name and a value in JSON. ``agreement`` is that of the scored run.
    """

    prefix: str
    teacher: str
    policy: str
    params: frozenset[tuple[str, str]]
    agreement: str = ""

    def without_epochs(self) -> "Setting":
        """Return the same setting for any number of epochs."""
        return replace(self, params=frozenset(pair for pair in self.params if pair[0] != "epochs"))


def setting(run: ScoredRun) -> Setting:
    """Return a run's setting; the size of the dev slice is part of it only where it chooses the checkpoint."""
    excluded = _VARIED | _SIZES | (set() if run.train.checkpoint == "best" else {"train.dev_size"})
    params = {
        key.removeprefix("train."): value
        for key, value in run.run.params.items()
        if key.startswith(("train.", "prepare.")) and key not in excluded
    }
    params |= {"target": run.target, "related": run.related}
    pairs = frozenset((key, json.dumps(value, sort_keys=True, default=str)) for key, value in params.items())
    return Setting(run.prefix, run.teacher, run.policy, pairs, run.agreement)


def deviations(settings: Iterable[Setting]) -> dict[Setting, str]:
    """Describe how each setting differs from the most frequent one of its prefix and teacher; "" for that one."""
    count = Counter(settings)
    texts: dict[Setting, str] = {}
    for setting in count:
        alike = [other for other in count if _kin(other) == _kin(setting)]
        usual = dict(max(alike, key=lambda other: count[other]).params)
        params = dict(setting.params)
        keys = [key for key in sorted(params.keys() | usual.keys()) if params.get(key) != usual.get(key)]
        texts[setting] = ", ".join(_in_words(key, params.get(key)) for key in keys)
    return texts


def _kin(setting: Setting) -> tuple[str, str, str]:
    return setting.prefix, setting.teacher, setting.agreement


def _in_words(key: str, value: str | None) -> str:
    if value is None:
        return f"no {key}"
    text = {"null": "all" if key in ("target", "related") else "none"}.get(value, value).strip('[]"')
    return _WORDS.get(key, f"{key} {{}}").format(text)


def by_figure(scored_runs: Iterable[ScoredRun]) -> dict[str, list[ScoredRun]]:
    """Group runs, in their order, by the figure that they belong to; the keys are the figures' titles.

    A figure has one prefix, teacher and policy of the learning rate. Runs whose sizes are set below what was prepared
    have separate figures, and so have runs whose number of epochs is not the most frequent one, or whose dev set was
    labelled by others than their test set.
    """
    runs = list(scored_runs)
    usual = max(Counter(run.train.epochs for run in runs).items(), key=lambda pair: pair[1])[0] if runs else None
    figures: dict[str, list[ScoredRun]] = {}
    for run in runs:
        sizes = (run.train.original_size, run.train.target_size, run.train.related_size)
        title = [run.origin, run.policy, *(["smaller sets"] if sizes != (None, None, None) else [])]
        title += ["other numbers of epochs"] if run.train.epochs != usual else []
        if run.run.dev_by_teacher != run.by_teacher and run.run.dev_scores:
            title.append(f"dev set labelled by {'the teacher' if run.run.dev_by_teacher else 'people'}")
        figures.setdefault(", ".join(title), []).append(run)
    return figures
