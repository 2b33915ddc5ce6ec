"""Runs of the repository: DVC experiments, git branches, tags and commits, the workspace.

Nothing is checked out. What a table needs, parameters and metrics, is read at once; predictions and curves when they
are asked for.
"""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import yaml
from dvc.exceptions import DvcException, NotDvcRepoError
from dvc.scm import SCMError
from scmrepo.exceptions import SCMError as EmptyRepositoryError

from tinyner.errors import UserError
from tinyner.migration import todays_params
from tinyner.params import flat, read_yaml
from tinyner.rows import Sentence
from tinyner.runs.calibration import Calibration, calibration_of
from tinyner.runs.git import git, recorded_experiments, recorded_here
from tinyner.runs.inputs import Inputs, inputs_of
from tinyner.runs.metrics import check_metrics, check_reference
from tinyner.runs.prediction_files import ids_and_tags, rows_of
from tinyner.runs.reference import TEST, Reference
from tinyner.runs.revision_files import LOCK, Repository, RevisionFiles, WorkspaceFiles
from tinyner.runs.run import METRICS, WORKSPACE, Details, Origin, Run, curves_of, digest_of
from tinyner.runs.sources import NoRepositoryError, RunSource, beginning_with, check_name
from tinyner.stand_ins import ALIGNED, is_stand_in

Files = RevisionFiles | WorkspaceFiles


class RepositorySource(RunSource):
    """The runs of the repository that the current directory is in, by the names that DVC and git have for them."""

    @property
    def place(self) -> str:
        """The repository here."""
        return "here"

    def names(self, prefix: str = "") -> list[str]:
        """Return the experiments recorded on the current commit; see ``RunSource.names``."""
        names = list(recorded_here())
        if not names:
            raise UserError(
                "no experiment is recorded on this commit; name some runs, e.g. main, or make them: "
                "`tinyner study table2`"
            )
        return beginning_with(prefix, names, "the experiments recorded on this commit")

    @functools.cached_property
    def _repository(self) -> Repository:
        """The repository; opened once."""
        try:
            return Repository()
        except (NotDvcRepoError, SCMError):
            raise _no_repository() from None

    def get(self, name: str) -> Run | None:
        """Return the run of an experiment, branch, tag or commit, or the workspace; see ``RunSource.get``.

        Raises:
            NoRepositoryError: where there is no DVC repository here.
        """
        check_name(name)
        if name == WORKSPACE:
            return self._read(name, None)
        try:
            commit = self._repository.commit_of(name)
            return None if commit is None else self._read(name, commit)
        except EmptyRepositoryError:
            return None
        except SCMError:
            raise _no_repository() from None
        except AttributeError:  # scmrepo wants the tree of a git object that has none, as HEAD:params.yaml
            raise UserError(
                f"{name}: is no commit, but part of one; name a branch, tag, commit or experiment"
            ) from None

    def inputs(self, commit: str) -> Inputs | None:
        """Return what a commit's training and evaluation read, by its dvc.lock; see ``inputs_of``."""
        return inputs_of((self._repository.files(commit).read(LOCK) or b"").decode())

    def _files(self, commit: str | None) -> Files:
        """Return the files of a commit; of None, those of the workspace."""
        return WorkspaceFiles() if commit is None else self._repository.files(commit)

    def _read(self, name: str, commit: str | None) -> Run:
        with closing(self._files(commit)) as files:
            params = _bytes(files, "params.yaml")
            contents = {stem: _bytes(files, f"metrics/{stem}.json") for stem in METRICS}
        if params is None:
            raise UserError(f"{name}: has no params.yaml, so it is no revision of such a project")
        try:
            sections = read_yaml(params.decode())
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            raise UserError(f"{name}: params.yaml is not valid YAML: {' '.join(str(error).split())}") from None
        metrics: dict[str, Any] = {}
        for stem, content in contents.items():
            if content is not None:
                try:
                    metrics[stem] = json.loads(content)
                except ValueError as error:
                    raise UserError(f"{name}: metrics/{stem}.json is no JSON: {error}") from None
        try:
            check_metrics(metrics)
        except ValueError as error:
            raise UserError(f"{name}: its metrics can't be read: {error}; make them again: {_again(name)}") from None
        sections = todays_params(sections) if isinstance(sections, dict) else {}
        return Run(name, sections, metrics, functools.partial(self._details, name, commit, sections, metrics))

    def _details(
        self, name: str, commit: str | None, sections: Mapping[str, Any], metrics: Mapping[str, Any]
    ) -> Details:
        seeds = flat(sections).get("train.seeds")
        if not isinstance(seeds, list) or not seeds:
            raise UserError(
                f"{name}: params.yaml has no list train.seeds, so it can't be told which predictions are its own"
            )
        with closing(self._files(commit)) as files:
            read = functools.partial(_needed, name, files)
            test = read(TEST)
            labelled = read(ALIGNED) if is_stand_in(_sentences(test)) else None
            curves = _bytes(files, "plots/curves_by_seed.csv") or b""
            calibration = _calibration(name, files)
            files_by_seed = {seed: read(f"predictions/seed_{seed}.jsonl") for seed in seeds}
            lock = _bytes(files, LOCK)
        ids = [row["id"] for row in _sentences(test)]
        predictions: dict[int, Sequence[Sequence[str]]] = {}
        for seed, data in files_by_seed.items():
            path = f"predictions/seed_{seed}.jsonl"
            try:
                ids_of_seed, predictions[seed] = ids_and_tags(data)
            except ValueError as error:
                raise UserError(f"{name}: {path}: {error}; make it again: {_again(name)}") from None
            if ids_of_seed != ids:
                raise UserError(
                    f"{name}: {path} is not of the sentences of data/prepared/test.jsonl; make it again: {_again(name)}"
                )
        try:
            stand_in = None if labelled is None else _reference(test, labelled).digest
            check_reference(metrics, stand_in)
        except UserError as error:
            raise UserError(f"{name}: {error}") from None
        except ValueError as error:
            raise UserError(f"{name}: {error}; make it again: {_again(name)}") from None
        origin = self._origin(commit, lock)
        return Details(curves_of(curves.decode()), predictions, _digest(test), origin, stand_in, calibration)

    def _origin(self, commit: str | None, lock: bytes | None) -> Origin:
        """Return which commit a revision is, on which it was made, the hash of its dvc.lock and what it read."""
        digest = None if lock is None else hashlib.sha256(lock).hexdigest()
        inputs = None if lock is None else inputs_of(lock.decode())
        baseline = _head() if commit is None else self._repository.baseline_of(commit)
        return Origin(commit=commit, baseline=baseline, lock=digest, inputs=inputs)

    def choices(self) -> list[str]:
        """Return the names of all experiments, branches and tags, and the workspace's."""
        try:
            experiments = [experiment.name for experiment in recorded_experiments()]
        except UserError as error:
            raise NoRepositoryError(str(error)) from None
        refs = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes").split()
        return list(dict.fromkeys([*experiments, *refs, WORKSPACE]))


def _no_repository() -> NoRepositoryError:
    return NoRepositoryError("no DVC repository here; run this in one, or read an archive: --from FILE")


def _calibration(name: str, files: Files) -> Calibration | None:
    """Return what stage evaluate found of the probabilities; None where a version before them ran."""
    paths = ("plots/reliability.csv", "plots/thresholds.csv")
    reliability, thresholds = (_bytes(files, path) for path in paths)
    if reliability is None or thresholds is None:
        return None
    try:
        return calibration_of(reliability.decode(), thresholds.decode())
    except ValueError as error:
        raise UserError(f"{name}: {' or '.join(paths)} is {error}; make it again: {_again(name)}") from None


def _head() -> str | None:
    """Return the commit that is checked out; None before the first."""
    try:
        return git("rev-parse", "--verify", "HEAD").strip()
    except UserError:
        return None


@functools.lru_cache(4)
def _sentences(test: bytes) -> list[Sentence]:
    """Return the sentences of a file: most revisions have the same one, which is parsed once."""
    return rows_of(test)


@functools.lru_cache(4)
def _digest(test: bytes) -> str:
    """Return the digest of a file of test sentences."""
    return digest_of(_sentences(test))


@functools.lru_cache(16)
def _reference(test: bytes, labelled: bytes) -> Reference:
    """Return the reference of files of test sentences without gold and of what the teacher labelled."""
    return Reference.of(_sentences(test), rows_of(labelled))


def _bytes(files: Files, path: str) -> bytes | None:
    try:
        return files.read(path)
    except (DvcException, OSError) as error:
        raise UserError(f"{path}: can't be read: {error}") from None


def _needed(name: str, files: Files, path: str) -> bytes:
    try:
        content = files.read(path)
    except (DvcException, OSError):
        content = None
    if content is None:
        raise UserError(
            f"{name}: {path} is not in DVC's cache; get it from a remote with `dvc fetch --all-commits`, "
            f"or make it again: {_again(name)}"
        )
    return content


def _again(name: str) -> str:
    where = "" if name == WORKSPACE else f"`dvc exp apply {name}` or `git switch {name}`, then "
    return f"{where}`dvc repro`"
