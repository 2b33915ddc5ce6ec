"""Calls of git, and the experiments that DVC recorded as git refs."""

import re
import subprocess
from dataclasses import dataclass

from tinyner.errors import UserError

_EXPERIMENT = re.compile("refs/exps/([0-9a-f]{2})/([0-9a-f]{38})/(.+)")  # the others are DVC's own, e.g. its stash


@dataclass(frozen=True)
class RecordedExperiment:
    """An experiment by its git ref: its name, its commit, and ``baseline``, the commit that it was made on."""

    ref: str
    name: str
    commit: str
    baseline: str


def git(*words: str) -> str:
    """Run a git command and return what it prints.

    Raises:
        UserError: with what git says, where it fails.
    """
    try:
        command = ("git", *words)
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False)  # noqa: S603
    except FileNotFoundError:
        raise UserError("git: not found; install it") from None
    if done.returncode:
        raise UserError(f"git {words[0]} failed: {done.stderr.strip()}; run this in a Git repository with a commit")
    return done.stdout


def recorded_experiments(*options: str) -> list[RecordedExperiment]:
    """Return the experiments that DVC has recorded on any commit, the oldest first.

    Args:
        options: further ones of `git for-each-ref`, e.g. ``--points-at=COMMIT``.

    Raises:
        UserError: where git fails.
    """
    lines = git("for-each-ref", "--sort=committerdate", "--format=%(objectname) %(refname)", *options, "refs/exps")
    experiments = []
    for line in lines.splitlines():
        commit, _, ref = line.partition(" ")
        match = _EXPERIMENT.fullmatch(ref)
        if match:
            experiments.append(RecordedExperiment(ref, match[3], commit, match[1] + match[2]))
    return experiments


def recorded_here() -> dict[str, RecordedExperiment]:
    """Return the experiments recorded on the current commit by name, the oldest first.

    Raises:
        UserError: where git fails, as it does before the first commit.
    """
    head = git("rev-parse", "HEAD").strip()
    return {experiment.name: experiment for experiment in recorded_experiments() if experiment.baseline == head}


def check_identity() -> None:
    """Check that git has a name and an address, without which DVC records no experiment.

    Raises:
        UserError: with the commands that set them, where it has not.
    """
    missing = [key for key in ("user.name", "user.email") if not git("config", "--default", "", "--get", key).strip()]
    if missing:
        commands = " and ".join(f"`git config --global {key} ...`" for key in missing)
        raise UserError(f"git has no {' and no '.join(missing)}, and DVC records experiments under them: {commands}")
