"""Experiments to be run: those of the paper's tables, of the learning curve, and of a study file."""

import json
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.migration import old_names_note, todays_changes, todays_params
from tinyner.params import PARAMS_FILE, Params, flat, load_params, yaml_of

Changes = Mapping[str, object]
"""Values of params.yaml by their dotted names."""

LR_POLICIES = {"fixed": 1.0, "decay": 0.95}
"""The paper's policies: the factor of the learning rate from one epoch to the next."""

STUDIES = ("table2", "table3", "all", "curve")
"""Names of studies; ``all`` is Tables 2 and 3."""

GROUP = "train.group"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Experiment:
    """A named set of changes to params.yaml, and the parameters that these make."""

    name: str
    changes: Changes
    params: Params


def table2() -> dict[str, Changes]:
    """Return the paper's Table 2: groups A to E, with a fixed and a decaying learning rate."""
    return _with_each_policy({group: _schedule(group, "group") for group in "ABCDE"})


BLENDED = ("D", "E")
"""Groups whose data the schedules of Table 3 can blend."""

PAPERS_GROUP = "E"
"""The one whose data they blend in the paper."""


def table3(group: str = PAPERS_GROUP) -> dict[str, Changes]:
    """Return the paper's Table 3: a group's data under each schedule, with a fixed and a decaying learning rate."""
    kinds = ("pure_distilled", "pure_original", "simple_mix")
    schedules = {kind: _schedule(group, kind) for kind in kinds}
    schedules |= {f"sigmoid-{k}": _schedule(group, "sigmoid", k=float(k)) for k in (2, 4, 8, 16, 32)}
    schedules |= {"cosine": _schedule(group, "cosine")}
    schedules |= {f"power-{n:g}": _schedule(group, "power", n=n) for n in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)}
    return _with_each_policy({**schedules, "all": _schedule(group, "all")})


CURVE_SIZES = (50, 100, 200, 500, 1000)
"""Original sentences along the learning curve."""


def curve() -> dict[str, Changes]:
    """Return a learning curve over original sentences, without and with distilled ones; the paper has none."""
    return {
        f"{group}-{size}": {**_schedule(group, "group"), "train.original_size": size, "train.lr_decay": 1.0}
        for size in CURVE_SIZES
        for group in "ADE"
    }


def _schedule(group: str, kind: str, k: float | None = None, n: float | None = None) -> Changes:
    return {"train.group": group, "train.schedule.type": kind, "train.schedule.k": k, "train.schedule.n": n}


def _with_each_policy(experiments: Mapping[str, Changes]) -> dict[str, Changes]:
    return {
        f"{name}-{policy}": {**changes, "train.lr_decay": factor}
        for policy, factor in LR_POLICIES.items()
        for name, changes in experiments.items()
    }


def named(study: str) -> dict[str, Changes]:
    """Return the changes of the experiments of a study by the experiments' names.

    Args:
        study: ``table2``, ``table3``, ``all`` (both), ``curve`` or a YAML file, which maps experiments' names to
            values by dotted names, under ``experiments``; ``base``, where it is there, holds values for all of them.

    Raises:
        UserError: naming the file and what is wrong in it.
    """
    base, experiments = parts(study)
    return {name: {**base, **changes} for name, changes in experiments.items()}


def parts(study: str) -> tuple[Changes, Mapping[str, Changes]]:
    """Return the changes of a study by dotted names: those of its base, and those that each experiment sets itself.

    What is in the base, a change for all experiments may replace; what they set themselves it may not touch.

    Raises:
        UserError: naming the file and what is wrong in it.
    """
    tables = {"table2": table2(), "all": {**table2(), **table3()}, "curve": curve()}
    if study in tables:
        return {}, tables[study]
    if study == "table3":  # its group may be another
        rest = {name: {key: changes[key] for key in changes if key != GROUP} for name, changes in table3().items()}
        return {GROUP: PAPERS_GROUP}, rest
    path = Path(study)
    if not path.exists():
        raise UserError(f"study: expected {', '.join(STUDIES)} or a YAML file, found {study!r}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: can't be read: {error}") from None
    content = yaml_of(text, path)
    experiments = content.get("experiments") if isinstance(content, dict) else None
    base = content.get("base", {}) if isinstance(content, dict) else None
    if (
        not isinstance(experiments, dict)
        or not experiments
        or not isinstance(base, dict)
        or content.keys() - {"experiments", "base"}
    ):
        raise UserError(
            f"{path}: expected experiments: {{NAME: {{train.group: A, ...}}, ...}}, and base: {{...}} or none"
        )
    for name, changes in experiments.items():
        if not isinstance(changes, dict):
            on_one_line = " ".join(str(name).split())
            raise UserError(f"{path}: experiments.{on_one_line}: expected values by dotted names, found {changes!r}")
    return _under_todays_names(path, flat(base), {str(name): flat(changes) for name, changes in experiments.items()})


def _under_todays_names(
    path: Path, base: Changes, experiments: Mapping[str, Changes]
) -> tuple[Changes, Mapping[str, Changes]]:
    """Return the changes of a study under today's names of the keys; say on standard error which ones were old."""
    try:
        todays_base, old_names = todays_changes(base)
        todays_experiments = {}
        for name, changes in experiments.items():
            todays_experiments[name], more_old_names = todays_changes(changes)
            old_names |= more_old_names
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    if old_names:
        print(f"tinyner: {path}: {old_names_note(old_names)} (`tinyner migrate {path}` rewrites it)", file=sys.stderr)
    return todays_base, todays_experiments


def plan(study: str, common: Changes, prefix: str = "") -> list[Experiment]:
    """Return all experiments of a study, each checked; ``common`` changes are made to all of them.

    Raises:
        UserError: at the first experiment with an invalid name or change.
    """
    base, changes_by_name = parts(study)
    common = flat(common)
    clashing = [key for key in common if any(_touches(key, changes) for changes in changes_by_name.values())]
    if clashing:
        raise UserError(
            f"study {study}: -S {', '.join(clashing)}: its experiments set this themselves, and would no longer be "
            "what their names say; leave it out, or write a study of your own"
        )
    experiments = []
    for name, changes_of_one in changes_by_name.items():
        changes = {**base, **changes_of_one, **common}
        if not _NAME.fullmatch(f"{prefix}{name}"):
            raise UserError(
                f"study {study}: {prefix}{name!r} can't be an experiment's name; use letters, digits, - and _"
            )
        for key in changes:
            if not key.startswith("train."):
                raise UserError(
                    f"study {study}: {name} changes {' '.join(key.split())}, which the stages before train depend on; "
                    "a study changes train.* only (for others: `dvc exp run --queue -S ...`)"
                )
        try:
            experiments.append(Experiment(f"{prefix}{name}", changes, load_params(changes=changes)))
        except UserError as error:
            raise UserError(f"study {study}, experiment {name}: {error}") from None
    return experiments


def _touches(key: str, changes: Changes) -> bool:
    """Return whether a dotted name is that of a change, of a section that holds one, or of a key below one."""
    return any(key == name or key.startswith(f"{name}.") or name.startswith(f"{key}.") for name in changes)


def arguments(changes: Changes) -> list[str]:
    """Return the changes as arguments of `dvc exp run`.

    >>> arguments({"train.group": "A", "train.schedule.k": None})
    ['-S', 'train.group=A', '-S', 'train.schedule.k=null']
    """
    return [part for key, value in changes.items() for part in ("-S", f"{key}={_written(value)}")]


def here() -> Changes:
    """Return the parameters of params.yaml here by today's dotted names; none where it can't be read."""
    try:
        content = yaml_of(PARAMS_FILE.read_text(encoding="utf-8"), PARAMS_FILE)
    except (OSError, ValueError, UserError):
        return {}
    return flat(todays_params(content)) if isinstance(content, dict) else {}


def command(name: str, changes: Changes) -> str:
    """Return the `dvc exp run` that makes one experiment, as a line for a shell."""
    return shlex.join(["dvc", "exp", "run", "-n", name, *arguments(changes)])


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
