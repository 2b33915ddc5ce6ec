"""The experiments of the paper's tables, of the learning curve, and of a file of one's own, before they are run."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tinyner import params
from tinyner.errors import UserError
from tinyner.params import Params, flat

Changes = Mapping[str, object]
"""Values of params.yaml by their dotted names."""

LR_POLICIES = {"fixed": 1.0, "decay": 0.95}
"""Factor of the learning rate an epoch, after the paper."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Planned:
    """An experiment to be: its name, what it changes, and what params.yaml then says."""

    name: str
    changes: Changes
    params: Params


def table2() -> dict[str, Changes]:
    """The paper's Table 2: groups A to E, with a fixed and a decaying learning rate."""
    return _both({group: _schedule(group, "group") for group in "ABCDE"})


def table3() -> dict[str, Changes]:
    """The paper's Table 3: group E's data under each schedule, with a fixed and a decaying learning rate."""
    kinds = ("pure_distilled", "pure_original", "simple_mix")
    named = {kind: _schedule("E", kind) for kind in kinds}
    named |= {f"sigmoid-{k}": _schedule("E", "sigmoid", k=float(k)) for k in (2, 4, 8, 16, 32)}
    named |= {"cosine": _schedule("E", "cosine")}
    named |= {f"power-{n:g}": _schedule("E", "power", n=n) for n in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)}
    return _both({**named, "all": _schedule("E", "all")})


CURVE_SIZES = (50, 100, 200, 500, 1000)
"""Original sentences along the learning curve."""


def curve() -> dict[str, Changes]:
    """What the paper lacks: the learning curve over original sentences, without distilled ones and with them."""
    return {
        f"{group}-{size}": {**_schedule(group, "group"), "train.original_size": size, "train.lr_decay": 1.0}
        for size in CURVE_SIZES
        for group in "ADE"
    }


def _schedule(group: str, kind: str, k: float | None = None, n: float | None = None) -> Changes:
    return {"train.group": group, "train.schedule.type": kind, "train.schedule.k": k, "train.schedule.n": n}


def _both(named: Mapping[str, Changes]) -> dict[str, Changes]:
    return {
        f"{name}-{policy}": {**changes, "train.lr_decay": factor}
        for policy, factor in LR_POLICIES.items()
        for name, changes in named.items()
    }


def named(study: str) -> dict[str, Changes]:
    """The experiments of ``table2``, ``table3``, ``all`` (both), ``curve`` or a YAML file.

    The file maps experiments' names to values by dotted names, under ``experiments``; ``base``, where
    it is there, holds values for all of them.

    Raises:
        UserError: naming the file and what is wrong in it.
    """
    base, experiments = _parts(study)
    return {name: {**base, **own} for name, own in experiments.items()}


def _parts(study: str) -> tuple[Changes, Mapping[str, Changes]]:
    """What holds for all experiments of a study, and what each has of its own, by dotted names."""
    tables = {"table2": table2(), "table3": table3(), "all": {**table2(), **table3()}, "curve": curve()}
    if study in tables:
        return {}, tables[study]
    path = Path(study)
    if not path.exists():
        raise UserError(f"study: expected {', '.join(tables)} or a YAML file, found {study!r}")
    try:
        content = params.read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: can't be read as YAML: {error}") from None
    found = content.get("experiments") if isinstance(content, dict) else None
    base = content.get("base", {}) if isinstance(content, dict) else None
    if (
        not isinstance(found, dict)
        or not found
        or not isinstance(base, dict)
        or content.keys() - {"experiments", "base"}
    ):
        raise UserError(
            f"{path}: expected experiments: {{NAME: {{train.group: A, ...}}, ...}}, and base: {{...}} or none"
        )
    for name, changes in found.items():
        if not isinstance(changes, dict):
            raise UserError(f"{path}: experiments.{name}: expected values by dotted names, found {changes!r}")
    return flat(base), {str(name): flat(changes) for name, changes in found.items()}


def plan(study: str, common: Changes, prefix: str = "") -> list[Planned]:
    """All experiments of a study, each checked; ``common`` changes are made to all of them.

    Raises:
        UserError: at the first one that can't be.
    """
    base, experiments = _parts(study)
    common = flat(common)
    owned = [key for key in common if any(_touches(key, own) for own in experiments.values())]
    if owned:
        raise UserError(
            f"study {study}: -S {', '.join(owned)}: its experiments set this themselves, and would no longer be what "
            "their names say; leave it out, or write a study of your own"
        )
    planned = []
    for name, own in experiments.items():
        changes = {**base, **own, **common}
        if not _NAME.fullmatch(f"{prefix}{name}"):
            raise UserError(f"study: {prefix}{name!r} can't be an experiment's name; use letters, digits, - and _")
        for key in changes:
            if not key.startswith("train."):
                raise UserError(
                    f"study: {name} changes {key}, which the stages before train depend on; a study changes train.* "
                    "only (for others: `dvc exp run --queue -S ...`)"
                )
        try:
            planned.append(Planned(f"{prefix}{name}", changes, params.load(changes=changes)))
        except UserError as error:
            raise UserError(f"study {study}, experiment {name}: {error}") from None
    return planned


def _touches(key: str, own: Changes) -> bool:
    """Whether a value by its dotted name is one of these, or holds or belongs to one of them."""
    return any(key == one or key.startswith(f"{one}.") or one.startswith(f"{key}.") for one in own)


def arguments(changes: Changes) -> list[str]:
    """The changes as arguments of `dvc exp run`.

    >>> arguments({"train.group": "A", "train.schedule.k": None})
    ['-S', 'train.group=A', '-S', 'train.schedule.k=null']
    """
    return [part for key, value in changes.items() for part in ("-S", f"{key}={_written(value)}")]


def here() -> Changes:
    """The parameters of params.yaml here by dotted names; none where it can't be read, or is another project's."""
    try:
        content = params.read_yaml(params.FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return flat(content) if isinstance(content, dict) else {}


def command(name: str, changes: Changes) -> str:
    """The `dvc exp run` that makes one experiment, as a line for a shell."""
    return shlex.join(["dvc", "exp", "run", "-n", name, *arguments(changes)])


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
