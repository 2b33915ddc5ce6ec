"""The files of git's revisions, out of git's objects and DVC's cache, quickly enough for hundreds of revisions.

DVC's file system has them too, but takes half a second for each revision: it lists all files of the commit, and parses
dvc.yaml and dvc.lock so that they could be written again. It is asked only for what is not found here.
"""

import functools
import hashlib
import json
import os
import weakref
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.api import DVCFileSystem
from dvc.exceptions import NotDvcRepoError
from dvc.repo import Repo
from dvc.scm import NoSCMError
from scmrepo.exceptions import RevError

from tinyner import pipeline_files
from tinyner.errors import UserError
from tinyner.runs.git import RecordedExperiment, recorded_experiments
from tinyner.runs.inputs import stages_of

LOCK = "dvc.lock"


class Repository:
    """The repository of git and DVC that the current directory is in, opened once for all revisions."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            dvc.exceptions.NotDvcRepoError: where there is none of DVC.
        """
        self._repo = Repo()
        weakref.finalize(self, self._repo.close)

    @functools.cached_property
    def _scm(self) -> Any:
        """Git as scmrepo has it; the workspace is read without it."""
        return self._repo.scm

    @functools.cached_property
    def _experiments(self) -> Sequence[RecordedExperiment]:
        """The experiments on any commit, by their refs."""
        return sorted(recorded_experiments(), key=lambda experiment: experiment.ref)

    @functools.cached_property
    def _by_name(self) -> Mapping[str, Sequence[RecordedExperiment]]:
        return _grouped([(experiment.name, experiment) for experiment in self._experiments])

    @functools.cached_property
    def _by_commit(self) -> Mapping[str, Sequence[RecordedExperiment]]:
        return _grouped([(experiment.commit, experiment) for experiment in self._experiments])

    def commit_of(self, name: str) -> str | None:
        """Return the commit of a branch, tag or commit, or else of an experiment, as DVC resolves names.

        Raises:
            UserError: where several commits, and not the current one, have an experiment of that name.
            dvc.scm.SCMError: where the repository is not in git.
        """
        if not hasattr(self._scm, "resolve_rev"):
            raise NoSCMError
        try:
            return str(self._scm.resolve_rev(name))
        except RevError:
            experiments = self._by_name.get(name, [])
        if len(experiments) < 2:
            return experiments[0].commit if experiments else None
        head = self._scm.get_rev()
        for experiment in experiments:
            if experiment.baseline == head:
                return experiment.commit
        refs = " or ".join(experiment.ref for experiment in experiments)
        raise UserError(f"{name}: experiments on {len(experiments)} commits have this name; say which: {refs}")

    def baseline_of(self, commit: str) -> str | None:
        """Return the commit that an experiment was made on, by its own; None where it is no experiment's."""
        experiments = self._by_commit.get(commit)
        return experiments[0].baseline if experiments else None

    def files(self, commit: str) -> "RevisionFiles":
        """Return the files of a commit."""
        return RevisionFiles(commit, self._scm, self._repo.cache.local)


def _grouped(named: Sequence[tuple[str, RecordedExperiment]]) -> Mapping[str, Sequence[RecordedExperiment]]:
    groups: dict[str, list[RecordedExperiment]] = {}
    for name, experiment in named:
        groups.setdefault(name, []).append(experiment)
    return groups


class WorkspaceFiles:
    """The files as they lie here, and those of DVC's cache that were not checked out."""

    def __init__(self) -> None:
        """Open DVC's file system."""
        self._files = DVCFileSystem()

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None where there is none.

        Raises:
            UserError: where it is an output that is not as its stage wrote it.
            DvcException, OSError: where DVC knows it, and has it neither in its cache nor at a remote.
        """
        here = Path(os.path.relpath(self._files.repo.root_dir)) / path
        if here.exists():
            pipeline_files.check(here)
            return _read(self._files, path)
        content = _read(self._files, path)  # DVC may have what was not checked out
        md5 = None if content is None else self._files.info(f"/{path}").get("md5")
        if content is not None and md5 is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
            raise _damaged(path, md5)
        return content

    def close(self) -> None:
        """Close what DVC opened."""
        self._files.close()


class RevisionFiles:
    """The files of a commit."""

    def __init__(self, commit: str, scm: Any, cache: Any) -> None:
        """Take the commit's full hash, git as scmrepo has it, and DVC's cache."""
        self._commit, self._scm, self._cache = commit, scm, cache

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None where neither git nor DVC knows it.

        Raises:
            UserError: where its bytes in DVC's cache are not those that dvc.lock has, or dvc.lock can't be read.
            DvcException, OSError: where DVC knows it, and has it neither in its cache nor at a remote.
        """
        content = self._in_git(path)
        if content is None:
            content = self._in_cache(path)
        if content is not None or not self._may_be_of_dvc(path):
            return content
        with closing(DVCFileSystem(rev=self._commit)) as files:
            return _read(files, path)

    def close(self) -> None:
        """Close nothing: what is open serves other revisions."""

    def _in_git(self, path: str) -> bytes | None:
        entry = self._scm.pygit2.get_tree_obj(self._commit)  # as scmrepo's own file system does
        for name in path.split("/"):
            inner = entry.scandir() if entry.isdir else ()
            entry = next((each for each in inner if each.name == name), None)
            if entry is None:
                return None
        if not entry.isfile:
            return None
        return bytes(entry.obj.data)  # entry.open starts a thread

    @functools.cached_property
    def _outs(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """What stages in dvc.lock say of their outputs, by path; of a stage that was renamed, both names have it."""
        outs: dict[str, list[Mapping[str, str]]] = {}
        for stage in stages_of((self._in_git(LOCK) or b"").decode(errors="replace")).values():
            for out in stage["outs"]:
                outs.setdefault(out["path"], []).append(out)
        return outs

    def _in_cache(self, path: str) -> bytes | None:
        """Return the content of an output in DVC's cache; None where it isn't there, or DVC is to say which it is."""
        try:
            digest = self._digest(path)
            content = self._cached(digest) if digest else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if content is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() != digest:
            raise _damaged(path, self._cache.oid_to_path(digest))
        return content

    def _digest(self, path: str) -> str | None:
        """Return the hash of an output, or of a file in a folder that is one; None where there is none, or several."""
        above = next((place for place in _places(path) if place in self._outs), None)
        if above is None:
            return None
        digests = {out.get("md5") if out.get("hash") == "md5" else None for out in self._outs[above]}
        digest = digests.pop()
        if digests or not digest or above == path:
            return None if digests else digest
        inside = str(PurePosixPath(path).relative_to(above))
        return next((str(row["md5"]) for row in json.loads(self._cached(digest)) if row["relpath"] == inside), None)

    def _cached(self, digest: str) -> bytes:
        return Path(self._cache.oid_to_path(digest)).read_bytes()

    def _may_be_of_dvc(self, path: str) -> bool:
        """Return whether DVC may know a file: it is an output, or has a .dvc file beside it."""
        return any(place in self._outs or self._in_git(f"{place}.dvc") is not None for place in _places(path))


def _damaged(path: str, place: str) -> UserError:
    return UserError(
        f"{path}: its copy {place} in DVC's cache is damaged; delete it there, and get it from a remote with "
        "`dvc fetch --all-commits`, or make it again"
    )


def _places(path: str) -> list[str]:
    """Return a path and the folders that it is in.

    >>> _places("metrics/train.json")
    ['metrics/train.json', 'metrics']
    """
    return [path, *map(str, PurePosixPath(path).parents)][:-1]


def _read(files: Any, path: str) -> bytes | None:
    try:
        return bytes(files.read_bytes(f"/{path}"))
    except FileNotFoundError:
        if files.exists(f"/{path}"):
            raise
        return None
    except NotDvcRepoError:
        return None
