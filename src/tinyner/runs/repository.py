"""Runs by name: DVC experiments, git branches, tags and commits, the workspace, archives of runs.

Revisions are read through DVC, out of git's objects and DVC's cache; nothing is checked out. What a table needs,
parameters and metrics, is read at once; predictions and curves when they are asked for.
"""

import difflib
import functools
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException, NotDvcRepoError
from dvc.repo import Repo
from dvc.repo.experiments.utils import exp_refs
from dvc.scm import RevError, SCMError
from scmrepo.exceptions import SCMError as EmptyRepositoryError

from tinyner import params
from tinyner.errors import UserError
from tinyner.files import load
from tinyner.params import flat
from tinyner.rows import Prediction, Sentence
from tinyner.runs.old_keys import todays_params
from tinyner.runs.run import METRICS, Origin, Run, curves_of, digest_of, read_archive
from tinyner.runs.schema import check_metrics

WORKSPACE = "workspace"
"""The files as they lie here, by DVC's own word for them."""


@dataclass(frozen=True)
class Found:
    """A run that was found by its name: what tables need of it, and a way to the rest.

    ``knobs`` are the values of its params.yaml by dotted names, unchecked, so that a revision with other keys
    than today's can be compared. ``metrics`` has the content of each of metrics/*.json that is there, by stem.
    ``whole`` reads the run with its predictions and curves, once; it raises a UserError where they aren't kept.
    """

    name: str
    knobs: Mapping[str, object]
    metrics: Mapping[str, Any]
    whole: Callable[[], Run]


def prefix_and_file(archive: str) -> tuple[str, str]:
    """The prefix and the file of an archive as it was named, ``FILE`` or ``PREFIX=FILE``.

    >>> prefix_and_file("weak-=runs/a=b.jsonl.xz"), prefix_and_file("runs.jsonl.xz")
    (('weak-', 'runs/a=b.jsonl.xz'), ('', 'runs.jsonl.xz'))
    """
    prefix, equals, file = archive.partition("=")
    return (prefix, file) if equals and not Path(archive).exists() else ("", archive)


class Source:
    """Where runs are found by name: in archives, then among DVC's experiments and git's revisions.

    Args:
        archives: files that `tinyner archive` wrote, each as ``FILE`` or ``PREFIX=FILE``; the prefix goes before
            the names of its runs, to tell archives with the same experiments apart.

    """

    def __init__(self, archives: Sequence[str] = ()) -> None:
        """Raise a UserError where an archive can't be read, or two of them have a name in common."""
        self._archives = archives
        self._archived: dict[str, Found] = {}
        origin: dict[str, str] = {}
        for given in archives:
            prefix, file = prefix_and_file(given)
            for own, run in read_archive(Path(file)).items():
                name = f"{prefix}{own}"
                if name in self._archived:
                    raise UserError(
                        f"--from {given}: {name} is in {origin[name]} as well; tell them apart by a prefix, "
                        f"e.g. --from b-={file}"
                    )
                origin[name] = given
                renamed = replace(run, name=name)
                self._archived[name] = Found(name, flat(run.knobs), run.metrics, functools.partial(_itself, renamed))

    def names(self, prefix: str = "") -> list[str]:
        """All runs of the archives, or, without archives, the experiments recorded on the current commit.

        Args:
            prefix: what their names begin with.

        Raises:
            UserError: where there is none.
        """
        known = list(self._archived if self._archives else recorded())
        found = [name for name in known if name.startswith(prefix)]
        if found:
            return found
        where = ", ".join(self._archives) if self._archives else "the experiments recorded on this commit"
        if known:
            several = f"{', '.join(known[:3])}{', ...' if len(known) > 3 else ''}"
            raise UserError(f"--prefix {prefix}: no name in {where} begins so; there are {several}")
        if self._archives:
            raise UserError(f"{where}: no run in it")
        raise UserError(
            "no experiment is recorded on this commit; name some runs, e.g. main, or make them: `tinyner study table2`"
        )

    def get(self, name: str) -> Found | None:
        """The run of that name, or None where there is none.

        Raises:
            UserError: where several experiments have the name, or there is no DVC repository here.
        """
        if not name:
            raise UserError("'' is no name of a run; for the files as they lie here say workspace")
        if name in self._archived:
            return self._archived[name]
        try:
            return _read(name)
        except EmptyRepositoryError:
            return None
        except RevError:
            baselines = self._experiments.get(name, [])
        except (NotDvcRepoError, SCMError):
            if self._archived:
                return None
            raise UserError("no DVC repository here; run this in one, or read an archive: --from FILE") from None
        if len(baselines) < 2:
            return None
        refs = [f"refs/exps/{one[:2]}/{one[2:]}/{name}" for one in baselines]
        raise UserError(f"{name}: experiments on {len(refs)} commits have this name; say which: {' or '.join(refs)}")

    def of_study(self, name: str) -> Found | None:
        """As ``get``, but where archives are given, of them alone: what isn't typed isn't taken from elsewhere."""
        return self._archived.get(name) if self._archives else self.get(name)

    def elsewhere(self, names: Iterable[str]) -> str:
        """What is to be said of names that are none of an archive's, although archives are given; else nothing."""
        found = dict.fromkeys(name for name in names if self._archives and name not in self._archived)
        return f"Not from an archive, but from this repository: {', '.join(found)}." if found else ""

    @property
    def place(self) -> str:
        """Where runs of a study are looked for, in words."""
        return f"in {', '.join(self._archives)}" if self._archives else "here"

    def find(self, name: str) -> Found:
        """As ``get``, but a name that isn't known is an error, which offers the nearest ones."""
        found = self.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._known(), 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see `dvc exp list --all-commits`, `git branch -a`"
            raise UserError(f"{name}: no experiment, branch, tag or commit here, nor in an archive given; {hint}")
        return found

    @functools.cached_property
    def _experiments(self) -> dict[str, list[str]]:
        """Commits that experiments were recorded on, by the experiments' names."""
        found: dict[str, list[str]] = {}
        with closing(Repo()) as repository:
            for ref in exp_refs(repository.scm):
                found.setdefault(ref.name, []).append(ref.baseline_sha)
        return found

    def _known(self) -> list[str]:
        """All names there are, for a hint."""
        try:
            experiments = list(self._experiments)
        except (NotDvcRepoError, SCMError):
            return list(self._archived)
        refs = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes").split()
        return list(dict.fromkeys([*self._archived, *experiments, *refs, WORKSPACE]))


@contextmanager
def _files(name: str) -> Iterator[Any]:
    """The files of a revision, git's and DVC's, or those of the workspace; DVC's errors where there is none."""
    with closing(DVCFileSystem(rev=None if name == WORKSPACE else name)) as files:
        yield files


def git(*words: str) -> str:
    """What a git command prints.

    Raises:
        UserError: with what git says, where it fails.
    """
    try:
        done = subprocess.run(("git", *words), capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise UserError("git: not found; install it") from None
    if done.returncode:
        raise UserError(f"git {words[0]} failed: {done.stderr.strip()}; run this in a Git repository with a commit")
    return done.stdout


def recorded() -> dict[str, str]:
    """Commits of the experiments that DVC has recorded on the current commit, by name, the oldest first."""
    head = git("rev-parse", "HEAD").strip()
    prefix = f"refs/exps/{head[:2]}/{head[2:]}/"
    lines = git("for-each-ref", "--sort=committerdate", "--format=%(refname) %(objectname)", prefix).splitlines()
    return {name.removeprefix(prefix): commit for name, commit in map(str.split, lines)}


def _itself(run: Run) -> Run:
    return run


def _read(name: str) -> Found:
    try:
        with _files(name) as files:
            text = _text(files, "params.yaml")
            contents = {stem: _text(files, f"metrics/{stem}.json") for stem in METRICS}
    except AttributeError:  # scmrepo wants the tree of a git object that has none, as HEAD:params.yaml
        raise UserError(f"{name}: is no commit, but part of one; name a branch, tag, commit or experiment") from None
    if text is None:
        raise UserError(f"{name}: has no params.yaml, so it is no revision of such a project")
    try:
        knobs = params.read_yaml(text)
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
    knobs = todays_params(knobs) if isinstance(knobs, dict) else {}
    whole = functools.lru_cache(1)(lambda: _whole(name, knobs, metrics))
    return Found(name, flat(knobs), metrics, whole)


def _whole(name: str, knobs: Mapping[str, Any], metrics: Mapping[str, Any]) -> Run:
    seeds = flat(knobs).get("train.seeds")
    if not isinstance(seeds, list) or not seeds:
        raise UserError(
            f"{name}: params.yaml has no list train.seeds, so it can't be told which predictions are its own"
        )
    with _files(name) as files:
        read = functools.partial(_needed, name, files)
        test = read("data/prepared/test.jsonl")
        curves = read("plots/curves_by_seed.csv") if files.exists("/plots/curves_by_seed.csv") else b""
        kept = {seed: read(f"predictions/seed_{seed}.jsonl") for seed in seeds}
        origin = _origin(name, files)
    ids = [row["id"] for row in _rows(test)]
    predictions: dict[int, list[list[str]]] = {}
    for seed, data in kept.items():
        rows: list[Prediction] = _rows(data)
        if [row["id"] for row in rows] != ids:
            raise UserError(
                f"{name}: predictions/seed_{seed}.jsonl is not of the sentences of data/prepared/test.jsonl; "
                f"make it again: {_again(name)}"
            )
        predictions[seed] = [row["tags"] for row in rows]
    return Run(name, knobs, metrics, curves_of(curves.decode()), predictions, _digest(test), origin)


def _origin(name: str, files: Any) -> Origin:
    """Which commit a revision is, on which it was made, and the hash of its dvc.lock."""
    lock = hashlib.sha256(files.read_bytes("/dvc.lock")).hexdigest() if files.exists("/dvc.lock") else None
    if name == WORKSPACE:
        try:
            return Origin(None, git("rev-parse", "--verify", "HEAD").strip(), lock)
        except UserError:  # before the first commit
            return Origin(None, None, lock)
    commit = str(files.repo.get_rev())
    refs = git("for-each-ref", f"--points-at={commit}", "--format=%(refname)", "refs/exps").split()
    matches = [re.match("refs/exps/([0-9a-f]{2})/([0-9a-f]{38})/", ref) for ref in refs]  # not DVC's own, as its stash
    return Origin(commit, next((one[1] + one[2] for one in matches if one), None), lock)


@functools.lru_cache(16)
def _digest(test: bytes) -> str:
    """Of test sentences as they lie in their file: most revisions have the same, which is read once."""
    return digest_of(_rows(test))


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


def metric(found: Found, stem: str) -> Mapping[str, Any]:
    """The content of its metrics/STEM.json; STEM is also the name of the stage that writes it.

    Raises:
        UserError: where it has none, with the command that makes it.
    """
    if stem not in found.metrics:
        where = "" if found.name == WORKSPACE else f" on {found.name}, commit it"
        raise UserError(f"{found.name}: has no metrics/{stem}.json; run `dvc repro {stem}`{where}")
    content: Mapping[str, Any] = found.metrics[stem]
    return content


def sentences(path: Path = Path("data/prepared/test.jsonl")) -> list[Sentence]:
    """The test sentences of the workspace.

    Raises:
        UserError: where they are not there.
    """
    if not path.exists():
        raise UserError(f"{path}: not there, and what is predicted is held against it; run `dvc repro prepare`")
    return load(path)


def gold_of(runs: Iterable[Run]) -> list[list[str]]:
    """Gold tags of the test sentences that these runs predict, from data/prepared/test.jsonl of the workspace.

    Raises:
        UserError: where they are of other sentences, or of different ones.
    """
    rows = sentences()
    own = digest_of(rows)
    for run in runs:
        if run.test != own:
            raise UserError(
                f"{run.name}: its predictions are of other test sentences than data/prepared/test.jsonl here; set "
                "`prepare` in params.yaml as it has it and run `dvc repro prepare`, or leave it out"
            )
    return [row["tags"] for row in rows]
