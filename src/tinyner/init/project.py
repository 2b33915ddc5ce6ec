"""The clone in which ``tinyner init`` works: what Git and DVC hold of it."""

import configparser
import subprocess
import sys
from pathlib import Path

from tinyner.errors import UserError
from tinyner.params import PARAMS_FILE
from tinyner.runs.git import git

OWN = Path("data/own")
PROMPTS = Path("prompts")

_PARTS = (PARAMS_FILE, Path("dvc.yaml"), Path(".dvc"), PROMPTS)


def check_clone() -> None:
    """Check that this folder is the root of a clone.

    Raises:
        UserError: with what it lacks.
    """
    missing = [str(part) for part in _PARTS if not part.exists()]
    if missing:
        raise UserError(
            f"init: {Path.cwd()} is no clone of tinyner: it has no {', '.join(missing)}; run this at a clone's root"
        )
    try:
        top = git("rev-parse", "--show-toplevel").strip()
    except UserError:
        raise UserError(
            f"init: {Path.cwd()} is no Git repository, which DVC needs; clone tinyner with git, or run git init"
        ) from None
    if Path(top).resolve() != Path.cwd().resolve():
        raise UserError(f"init: {Path.cwd()} lies in the Git repository {top}; run this at a clone's root")


def is_changed(path: Path) -> bool:
    """Return whether a file has changes that no commit has."""
    return bool(git("status", "--porcelain", "--", str(path)).strip())


def is_tracked(path: Path) -> bool:
    """Return whether Git tracks a file."""
    return bool(git("ls-files", "--", str(path)).strip())


def is_ignored(path: Path) -> bool:
    """Return whether Git ignores a file."""
    command = ("git", "check-ignore", "-q", "--", str(path))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def inside(path: Path) -> Path | None:
    """Return the path of a file from the clone's root, None where it lies elsewhere."""
    resolved, root = path.expanduser().resolve(), Path.cwd().resolve()
    return resolved.relative_to(root) if root in resolved.parents else None


def remotes() -> list[str]:
    """Return DVC's remotes of this clone, each as ``NAME (URL)``."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([".dvc/config", ".dvc/config.local"])
    names = [section for section in config.sections() if section.startswith(("remote ", "'remote "))]
    return [
        f"{name.strip(chr(39)).removeprefix('remote ').strip(chr(34))} ({config[name].get('url', '?')})"
        for name in names
    ]


def dvc(*words: str) -> None:
    """Run a DVC command.

    Raises:
        UserError: with what DVC says, where it fails.
    """
    command = (sys.executable, "-m", "dvc", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("ERROR")]
        raise UserError(f"dvc {words[0]} failed: {' '.join(lines) or done.stderr[-500:]}")


def dvc_file(path: Path) -> Path:
    """Return the path of the .dvc file of a file."""
    return path.with_name(f"{path.name}.dvc")
