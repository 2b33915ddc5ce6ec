"""Runs of the repository: DVC experiments, git branches, tags and commits, the workspace.

Revisions are read through DVC, out of git's objects and DVC's cache; nothing is checked out. What a table needs,
parameters and metrics, is read at once; predictions and curves when they are asked for.
"""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import yaml
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException, NotDvcRepoError
from dvc.scm import RevError, SCMError
from scmrepo.exceptions import SCMError as EmptyRepositoryError

from tinyner.errors import UserError
from tinyner.migration import todays_params
from tinyner.params import flat, read_yaml
from tinyner.rows import Prediction
from tinyner.runs.git import git, recorded_experiments, recorded_here
from tinyner.runs.metrics import check_metrics, check_reference
from tinyner.runs.reference import TEST, Reference
from tinyner.runs.run import METRICS, WORKSPACE, Details, Origin, Run, curves_of, digest_of
from tinyner.runs.sources import NoRepositoryError, RunSource, beginning_with, check_name
from tinyner.stand_ins import ALIGNED, is_stand_in


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

    def get(self, name: str) -> Run | None:
        """Return the run of an experiment, branch, tag or commit, or the workspace; see ``RunSource.get``.

        Raises:
            NoRepositoryError: where there is no DVC repository here.
        """
        check_name(name)
        try:
            return _read(name)
        except EmptyRepositoryError:
            return None
        except RevError:
            refs = sorted(experiment.ref for experiment in recorded_experiments() if experiment.name == name)
        except (NotDvcRepoError, SCMError):
            raise NoRepositoryError(
                "no DVC repository here; run this in one, or read an archive: --from FILE"
            ) from None
        if len(refs) < 2:
            return None
        raise UserError(f"{name}: experiments on {len(refs)} commits have this name; say which: {' or '.join(refs)}")

    def choices(self) -> list[str]:
        """Return the names of all experiments, branches and tags, and the workspace's."""
        try:
            experiments = [experiment.name for experiment in recorded_experiments()]
        except UserError as error:
            raise NoRepositoryError(str(error)) from None
        refs = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes").split()
        return list(dict.fromkeys([*experiments, *refs, WORKSPACE]))


def read_text(name: str, path: str) -> str | None:
    """Return the text of a file of a revision, or of the workspace; None where it has no such file.

    Raises:
        UserError: where the file can't be read.
    """
    with _files(name) as files:
        return _text(files, path)


@contextmanager
def _files(name: str) -> Iterator[Any]:
    """Open the files of a revision, git's and DVC's, or those of the workspace; DVC's errors where there is none."""
    with closing(DVCFileSystem(rev=None if name == WORKSPACE else name)) as files:
        yield files


def _read(name: str) -> Run:
    try:
        with _files(name) as files:
            text = _text(files, "params.yaml")
            contents = {stem: _text(files, f"metrics/{stem}.json") for stem in METRICS}
    except AttributeError:  # scmrepo wants the tree of a git object that has none, as HEAD:params.yaml
        raise UserError(f"{name}: is no commit, but part of one; name a branch, tag, commit or experiment") from None
    if text is None:
        raise UserError(f"{name}: has no params.yaml, so it is no revision of such a project")
    try:
        sections = read_yaml(text)
    except yaml.YAMLError as error:
        raise UserError(f"{name}: params.yaml is not valid YAML: {error}") from None
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
    return Run(name, sections, metrics, functools.partial(_details, name, sections, metrics))


def _details(name: str, sections: Mapping[str, Any], metrics: Mapping[str, Any]) -> Details:
    seeds = flat(sections).get("train.seeds")
    if not isinstance(seeds, list) or not seeds:
        raise UserError(
            f"{name}: params.yaml has no list train.seeds, so it can't be told which predictions are its own"
        )
    with _files(name) as files:
        read = functools.partial(_needed, name, files)
        test = read(TEST)
        sentences = _rows(test)
        labelled = read(ALIGNED) if is_stand_in(sentences) else None
        curves = read("plots/curves_by_seed.csv") if files.exists("/plots/curves_by_seed.csv") else b""
        files_by_seed = {seed: read(f"predictions/seed_{seed}.jsonl") for seed in seeds}
        origin = _origin(name, files)
    ids = [row["id"] for row in sentences]
    predictions: dict[int, list[list[str]]] = {}
    for seed, data in files_by_seed.items():
        rows: list[Prediction] = _rows(data)
        if [row["id"] for row in rows] != ids:
            raise UserError(
                f"{name}: predictions/seed_{seed}.jsonl is not of the sentences of data/prepared/test.jsonl; "
                f"make it again: {_again(name)}"
            )
        predictions[seed] = [row["tags"] for row in rows]
    try:
        stand_in = None if labelled is None else _reference(test, labelled).digest
        check_reference(metrics, stand_in)
    except UserError as error:
        raise UserError(f"{name}: {error}") from None
    except ValueError as error:
        raise UserError(f"{name}: {error}; make it again: {_again(name)}") from None
    return Details(curves_of(curves.decode()), predictions, _digest(test), origin, stand_in)


def _origin(name: str, files: Any) -> Origin:
    """Return which commit a revision is, on which it was made, and the hash of its dvc.lock."""
    lock = hashlib.sha256(files.read_bytes("/dvc.lock")).hexdigest() if files.exists("/dvc.lock") else None
    if name == WORKSPACE:
        try:
            return Origin(baseline=git("rev-parse", "--verify", "HEAD").strip(), lock=lock)
        except UserError:  # before the first commit
            return Origin(lock=lock)
    commit = str(files.repo.get_rev())
    experiments = sorted(recorded_experiments(f"--points-at={commit}"), key=lambda experiment: experiment.ref)
    baseline = experiments[0].baseline if experiments else None
    return Origin(commit=commit, baseline=baseline, lock=lock)


@functools.lru_cache(16)
def _digest(test: bytes) -> str:
    """Return the digest of a file of test sentences: most revisions have the same file, which is parsed once."""
    return digest_of(_rows(test))


@functools.lru_cache(16)
def _reference(test: bytes, labelled: bytes) -> Reference:
    """Return the reference of files of test sentences without gold and of what the teacher labelled."""
    return Reference.of(_rows(test), _rows(labelled))


def _rows(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.split(b"\n") if line.strip()]


def _text(files: Any, path: str) -> str | None:
    try:
        return str(files.read_text(f"/{path}", encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (SCMError, NotDvcRepoError):  # no such revision, no repository
        raise
    except (DvcException, OSError, ValueError) as error:
        raise UserError(f"{path}: can't be read: {error}") from None


def _needed(name: str, files: Any, path: str) -> bytes:
    try:
        return bytes(files.read_bytes(f"/{path}"))
    except (DvcException, OSError):
        raise UserError(
            f"{name}: {path} is not in DVC's cache; get it from a remote with `dvc fetch --all-commits`, "
            f"or make it again: {_again(name)}"
        ) from None


def _again(name: str) -> str:
    where = "" if name == WORKSPACE else f"`dvc exp apply {name}` or `git switch {name}`, then "
    return f"{where}`dvc repro`"
