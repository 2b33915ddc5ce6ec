"""What a run's training and evaluation read, by hashes: two runs of the same inputs and parameters are the same run.

Commits can't say that: most of them change nothing that these stages read.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from dvc.dependency import ParamsDependency
from dvc.exceptions import DvcException
from dvc.repo import Repo

from tinyner.errors import UserError
from tinyner.quick_yaml import read_texts

STAGES = ("train", "evaluate")
"""The stages that parameters of train.* reach."""

Inputs = dict[str, str]
"""Hashes of files and folders, code included, by their paths, as dvc.lock has them."""


Stages = Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]
"""The rows under ``deps`` and ``outs`` of each stage in a dvc.lock."""


@functools.lru_cache(16)
def stages_of(lock: str) -> Stages:
    """Return what a dvc.lock says that its stages read and wrote, all values as text.

    >>> stages_of("stages: {train: {cmd: x, deps: [{path: src, md5: a1}]}}")
    {'train': {'deps': [{'path': 'src', 'md5': 'a1'}], 'outs': []}}

    Raises:
        UserError: where it is no file that DVC wrote.
    """
    try:
        if not _PLAIN.fullmatch(lock):
            return _rows_by_stage((read_texts(lock) or {}).get("stages", {}))
        parts = _PART.split(lock.removeprefix(_BEGIN))
        return {name: rows for part in parts if part for name, rows in _rows_of(part).items()}
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, RecursionError) as error:
        what = " ".join(str(error).split())
        raise UserError(
            f"dvc.lock: is not as DVC writes it: {what}; take it from a commit, or run `dvc repro`"
        ) from None


_BEGIN = "schema: '2.0'\nstages:\n"
_PLAIN = re.compile(rf"{re.escape(_BEGIN)}(?:  [\w.@-]+:\n(?:    [^&*\n]*\n)+)+")
_PART = re.compile("^(?=  [^ ])", re.M)


@functools.lru_cache(256)
def _rows_of(part: str) -> Stages:
    """Return the rows of one stage, by its lines: most experiments have most stages in common."""
    return _rows_by_stage(read_texts(part))


def _rows_by_stage(stages: Any) -> Stages:
    return {
        name: {part: [{"path": row["path"], **row} for row in stage.get(part, [])] for part in ("deps", "outs")}
        for name, stage in stages.items()
    }


def inputs_of(lock: str) -> Inputs | None:
    """Return what the stages read that none of them wrote, by a dvc.lock; None where one of them has not run.

    Raises:
        UserError: where it can't be read.

    >>> inputs_of("stages: {train: {deps: [{path: src, md5: a1}], outs: [{path: models, md5: b2}]},"
    ...           "         evaluate: {deps: [{path: models, md5: b2}]}}")
    {'src': 'a1'}

    Raises:
        UserError: as ``stages_of``.
    """
    stages = stages_of(lock)
    if any(name not in stages for name in STAGES):
        return None
    written = {row["path"] for name in STAGES for row in stages[name]["outs"]}
    rows = [row for name in STAGES for row in stages[name]["deps"] if row["path"] not in written]
    return {row["path"]: row.get(row.get("hash", "md5"), "") for row in rows}


def inputs_here() -> Inputs:
    """Return what the stages would read here and now, once the stages before them have run.

    Raises:
        UserError: where something is missing.
    """
    try:
        with Repo() as repo:
            stages = [repo.stage.load_one(name=name) for name in STAGES]
            written = {out.def_path for stage in stages for out in stage.outs}
            deps = [dep for stage in stages for dep in stage.deps if not isinstance(dep, ParamsDependency)]
            read = {dep.def_path: dep for dep in deps if dep.def_path not in written}
            return {path: str(dep.get_hash().value) for path, dep in read.items()}
    except (DvcException, OSError) as error:
        raise UserError(f"dvc.yaml: what {' and '.join(STAGES)} read can't be hashed: {error}") from None


def other_inputs(inputs: Inputs, here: Inputs) -> list[str]:
    """Return the paths whose content differs, or that only one side has.

    >>> other_inputs({"src": "a1", "data": "c3"}, {"src": "b2", "data": "c3"})
    ['src']
    """
    return sorted(path for path in inputs.keys() | here.keys() if inputs.get(path) != here.get(path))
