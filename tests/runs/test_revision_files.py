"""Files of revisions without DVC's file system: the same bytes, for hundreds of revisions, by no more processes."""

import hashlib
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.api import DVCFileSystem

from tinyner.compare.query import Query, tables_of
from tinyner.errors import UserError
from tinyner.files import write_json, write_rows
from tinyner.params import Params
from tinyner.runs import repository, revision_files
from tinyner.runs.repository import RepositorySource
from tinyner.runs.revision_files import Repository

pytestmark = pytest.mark.slow

TEST = [{"id": f"t{number}", "words": ["Ann", "sings"], "tags": ["B-PER", "O"]} for number in range(3)]
DVC = (sys.executable, "-m", "dvc")
GIT = ("git", "-c", "user.name=Someone", "-c", "user.email=someone@example.org")
PREDICTED = [{"id": row["id"], "tags": row["tags"]} for row in TEST]


def ran(folder: Path, *words: str) -> str:
    """Return what a command prints."""
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, params: Params) -> Path:
    """A repository with 20 experiments, whose test sentences and predictions are in DVC's cache."""
    folder = tmp_path_factory.mktemp("recorded")
    ran(folder, "git", "init", "-qb", "main")
    ran(folder, *DVC, "init", "-q")
    content = params.model_dump(mode="json")
    stages = {
        "prepare": {"cmd": "true", "outs": ["data/prepared"]},
        "train": {"cmd": "true", "deps": ["data/prepared"], "outs": ["predictions"]},
        "evaluate": {"cmd": "true", "deps": ["predictions"]},
    }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (folder / "params.yaml").write_text(yaml.safe_dump(content))
    write_rows(folder / "data/prepared/test.jsonl", TEST)
    for seed in (1, 2):
        write_rows(folder / f"predictions/seed_{seed}.jsonl", PREDICTED)
    (folder / "listed.txt").write_text("tracked by a .dvc file")
    score = dict.fromkeys(("precision", "recall", "f1", "precision_std", "recall_std", "f1_std"), 0.5)
    rows = [{"of": of, "support": 3, **score} for of in ("micro", "macro", "PER")]
    seeds = [{"seed": seed, "scores": rows} for seed in (1, 2)]
    write_json(folder / "metrics/evaluate.json", {"f1": 0.5, "summary": rows, "seeds": seeds})
    ran(folder, *DVC, "commit", "-fq")
    ran(folder, *DVC, "add", "-q", "listed.txt")
    ran(folder, "git", "add", "-A")
    ran(folder, *GIT, "commit", "-qm", "x")
    head, stream = ran(folder, "git", "rev-parse", "HEAD"), ""
    for number in range(20):
        content["train"]["lr"] = 1e-5 * (number + 1)
        text = yaml.safe_dump(content)
        stream += f"commit refs/exps/{head[:2]}/{head[2:]}/x-{number}\ncommitter S <s@example.org> {number} +0000\n"
        stream += f"data 0\nfrom {head}\nM 100644 inline params.yaml\ndata {len(text)}\n{text}\n"
    subprocess.run(("git", "fast-import", "--quiet"), cwd=folder, input=stream.encode(), check=True)
    return folder


def test_more_experiments_need_no_more_processes(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process, or DVC's look at a whole commit, for each experiment made 500 of them take minutes."""
    monkeypatch.chdir(recorded)
    calls: list[object] = []
    run = subprocess.run

    def counted(*words: Any, **options: Any) -> Any:
        calls.append(words)
        return run(*words, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    monkeypatch.setattr(revision_files, "DVCFileSystem", lambda **_: pytest.fail("DVC looks at a whole commit"))
    counts = []
    for number in (2, 20):
        calls.clear()
        names = [f"x-{index}" for index in range(number)]
        tables = tables_of(Query(names, against="x-0"), RepositorySource())
        assert len(tables[0].rows) == number
        assert [run.origin.baseline for run in map(RepositorySource().find, names)].count(None) == 0
        counts.append(len(calls))
    assert counts[0] == counts[1]


def test_files_are_those_that_dvc_has(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(recorded)
    opened = Repository()
    commit = opened.commit_of("x-3")
    assert commit == ran(
        recorded,
        "git",
        "rev-parse",
        next(iter(ran(recorded, "git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/x-3").split())),
    )
    paths = [
        "params.yaml",
        "metrics/evaluate.json",
        "data/prepared/test.jsonl",
        "predictions/seed_2.jsonl",
        "listed.txt",
    ]
    with closing(DVCFileSystem(rev=commit)) as files:
        assert [opened.files(commit).read(path) for path in paths] == [files.read_bytes(f"/{path}") for path in paths]
    absent = ("no.txt", "metrics", "metrics/no.json", "predictions/seed_9.jsonl", "params.yaml/inside")
    assert [opened.files(commit).read(path) for path in absent] == [None] * len(absent)


def test_other_bytes_in_the_cache_are_not_read(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(recorded)
    digest = hashlib.md5((recorded / "predictions/seed_1.jsonl").read_bytes(), usedforsecurity=False).hexdigest()
    cached = recorded / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
    content = cached.read_bytes()
    cached.chmod(0o644)
    cached.write_bytes(content.replace(b"B-PER", b"B-LOC", 1))
    try:
        with pytest.raises(UserError, match=r"seed_1.jsonl: its copy .* in DVC's cache is damaged"):
            _ = RepositorySource().find("x-1").predictions
    finally:
        cached.write_bytes(content)


@pytest.mark.parametrize(
    ("lock", "message"), [("stages: [", "dvc.lock: is not as DVC writes it: "), ("stages: {train: [1]}", "dvc.lock: ")]
)
def test_a_damaged_lock_is_one_line(
    lock: str, message: str, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(tmp_path, "git", "clone", "-q", str(recorded), "clone")
    monkeypatch.chdir(tmp_path / "clone")
    Path("dvc.lock").write_text(lock)
    ran(Path(), *GIT, "commit", "-qam", "lock")
    with pytest.raises(UserError) as caught:
        _ = RepositorySource().find("main").predictions
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_predictions_that_are_no_predictions_are_one_line(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(recorded)
    path = Path("predictions/seed_1.jsonl")
    content = path.read_bytes()
    path.unlink()  # a link to the cache, on some systems
    Path("dvc.lock").unlink()  # with it, a file that is another one is refused before it is read
    for damaged in (b'{"id": "t0"}\n', b"[1]\n", b"{\n", json.dumps({"id": "t0", "tags": 1}).encode()):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"^workspace: predictions/seed_1.jsonl: "):
            _ = RepositorySource().find("workspace").predictions
    path.write_bytes(content)
    ran(recorded, "git", "checkout", "dvc.lock")
    assert repository.RepositorySource().find("workspace").predictions[1] == [row["tags"] for row in TEST]
