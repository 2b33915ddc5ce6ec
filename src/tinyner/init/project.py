"""The clone in which ``tinyner init`` works: what Git and DVC hold of it."""

import configparser
import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tinyner.errors import UserError
from tinyner.params import PARAMS_FILE, read_yaml
from tinyner.runs.git import git

OWN = Path("data/own")
PROMPTS = Path("prompts")

_OF_TOOLS = (".git", ".dvc")
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
    return bool(_git("status", "--porcelain", "-z", paths=[path]).stdout)


def is_tracked(path: Path) -> bool:
    """Return whether Git tracks a file, or a file in this folder."""
    return bool(_git("ls-files", "-z", paths=[path]).stdout)


def is_held(path: Path) -> bool:
    """Return whether a commit has a file as it is."""
    return is_tracked(path) and not is_changed(path)


def in_git(paths: Sequence[Path]) -> list[Path]:
    """Return those of these files, and of the files in these folders, that Git has or that ``git add -A`` gives it."""
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = _git(*listing, paths=paths).stdout.split(b"\0") if paths else []
    files = dict.fromkeys(os.fsdecode(name) for name in names if name)
    return [Path(name) for name in files if not name.endswith("/")]  # a repository in this one: its files stay there


def is_kept_out(path: Path) -> bool:
    """Return whether Git neither has nor takes a file, or any file in this folder."""
    return not in_git([path])


def rule_for(path: Path) -> str:
    """Return the line by which Git ignores a file or does not, as ``FILE:LINE:PATTERN``; "" where there is none."""
    # It takes paths as they are, but for a colon that begins them.
    answer = _git("check-ignore", "-v", "--no-index", "--", f"./{path}", good=(0, 1))
    return os.fsdecode(answer.stdout).rpartition("\t")[0]


def words(paths: Iterable[Path]) -> str:
    """Return paths as a shell reads them."""
    return " ".join(shlex.quote(str(path)) for path in paths)


def inside(path: Path) -> Path | None:
    """Return the path of a file from the clone's root, None where it lies elsewhere; a link counts as a file there."""
    return _from_root(path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name)


def places(path: Path) -> list[Path]:
    """Return the paths of a file from the clone's root: of a link, and of what it leads to; none that lie elsewhere."""
    both = dict.fromkeys((inside(path), _from_root(path.resolve())))
    return [place for place in both if place is not None and place.parts[0] not in _OF_TOOLS]


def _from_root(path: Path) -> Path | None:
    root = Path.cwd().resolve()
    return path.relative_to(root) if root in path.parents else None


def _git(*words: str, paths: Iterable[Path] = (), good: Sequence[int] = (0,)) -> subprocess.CompletedProcess[bytes]:
    """Run a git command; ``paths`` stand for themselves, whatever signs they have.

    Raises:
        UserError: with what git says, where it ends with another code than the ``good`` ones.
    """
    command = ("git", *words) if not paths else ("git", "--literal-pathspecs", *words, "--", *map(str, paths))
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if done.returncode not in good:
        raise UserError(f"git {words[0]} failed: {os.fsdecode(done.stderr).strip()}")
    return done


def remotes() -> list[str]:
    """Return DVC's remotes of this clone, each as ``NAME (URL)``."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([".dvc/config", ".dvc/config.local"])
    names = [section for section in config.sections() if section.startswith(("remote ", "'remote "))]
    return [
        f"{name.strip(chr(39)).removeprefix('remote ').strip(chr(34))} ({config[name].get('url', '?')})"
        for name in names
    ]


def dvc(*words: str) -> str:
    """Run a DVC command, and return what it prints.

    Raises:
        UserError: with what DVC says, where it fails.
    """
    command = (sys.executable, "-m", "dvc", *words)
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)  # noqa: S603
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("ERROR")]
        raise UserError(f"dvc {words[0]} failed: {' '.join(lines) or done.stderr[-500:]}")
    return done.stdout


def dvc_file(path: Path) -> Path:
    """Return the path of the .dvc file of a file."""
    return path.with_name(f"{path.name}.dvc")


def folder_under_dvc(path: Path) -> Path | None:
    """Return the folder that DVC holds as a whole, with this file or folder in it or being it; None where none is."""
    folders = (path, *path.parents) if path.is_dir() else path.parents
    return next((folder for folder in folders if folder.name and dvc_file(folder).is_file()), None)


def is_as_in_dvc(path: Path, content: bytes | None = None) -> bool:
    """Return whether a file, or the content that it will have, is what its .dvc file has the hash of."""
    expected = _md5_in(dvc_file(path))
    return expected is not None and expected == _md5(path, content)


def is_kept_by_dvc(path: Path) -> bool:
    """Return whether DVC's cache has a file as it is, and a commit its hash."""
    md5 = _md5_in(dvc_file(path))
    if md5 is None or not is_as_in_dvc(path) or not is_held(dvc_file(path)):
        return False
    return (Path(dvc("cache", "dir").strip()) / "files" / "md5" / md5[:2] / md5[2:]).is_file()


def _md5_in(path: Path) -> str | None:
    if not path.is_file():
        return None
    outs = read_yaml(path.read_text(encoding="utf-8")).get("outs")
    return str(outs[0].get("md5")) if outs else None


def _md5(path: Path, content: bytes | None) -> str:
    if content is not None:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
