"""A missing output of the pipeline: the message names the command that brings it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tinyner.errors import UserError
from tinyner.files import load, write_rows
from tinyner.pipeline_files import advice, folder_md5, missing

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
OUTPUTS = {
    entry if isinstance(entry, str) else next(iter(entry)): stage
    for stage, content in STAGES.items()
    for entry in content["outs"] + content["metrics"]
}
REMOTES = {
    "none": ("[core]\n    analytics = false\n", ""),
    "config": ("['remote \"team\"']\n    url = /mnt/team\n", ""),
    "config.local": ("[core]\n    analytics = false\n", "['remote \"mine\"']\n    url = s3://bucket/folder\n"),
}


def make_project(folder: Path, remote: str = "none", *, lock: bool = True) -> Path:
    """Make what is read of a project: its stages, its lock, DVC's settings."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / "dvc.yaml").write_bytes((ROOT / "dvc.yaml").read_bytes())
    if lock:
        (folder / "dvc.lock").write_text("schema: '2.0'\n", encoding="utf-8")
    for name, content in zip(("config", "config.local"), REMOTES[remote], strict=True):
        (folder / ".dvc" / name).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_made_by_its_stage(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path / "project"))
    assert advice(Path(name)) == f"run `dvc repro {OUTPUTS[name]}`"
    assert advice(Path(name) / "file") == advice(Path(name).absolute()) == advice(Path(name))


@pytest.mark.parametrize("remote", REMOTES)
@pytest.mark.parametrize("lock", [True, False])
def test_a_pull_is_named_where_there_is_something_to_pull_from(remote: str, lock: bool, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", remote, lock=lock)
    text = advice(project / "models/student")
    assert text is not None
    assert ("dvc pull" in text) is (lock and remote != "none")
    assert "`dvc repro train`" in text


def test_the_nearest_project_above_a_file_counts(tmp_path: Path) -> None:
    outer = make_project(tmp_path / "outer")
    inner = make_project(outer / "models/student/inner", "config")
    assert "dvc pull" in (advice(inner / "predictions/seed_1.jsonl") or "")


def test_what_no_stage_makes_has_no_such_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path / "project"))
    assert advice(Path("data/own/train.txt")) is None
    assert missing(Path("data/own/train.txt")) == "data/own/train.txt: can't be read: No such file or directory"


@pytest.mark.parametrize(
    "content", ["", "[]", "stages: 3", "stages: {train: 3}", "a: [", "stages: {train: {outs: [[]]}}"]
)
def test_a_broken_dvc_yaml_is_left_for_dvc_to_complain_of(content: str, tmp_path: Path) -> None:
    (tmp_path / "dvc.yaml").write_text(content, encoding="utf-8")
    assert advice(tmp_path / "models/student") is None


def test_outside_of_a_project_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        UserError, match=r"^data/prepared/test.jsonl: is not here, nor is a project \(dvc.yaml\); run this"
    ):
        load("data/prepared/test.jsonl")
    with pytest.raises(UserError, match=r"^mine.jsonl: can't be read: No such file or directory$"):
        load("mine.jsonl")


def test_reading_a_missing_output_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path / "project", "config"))
    with pytest.raises(
        UserError, match=r"^data/aligned/target.jsonl: is not here; run `dvc pull` .* or `dvc repro align`"
    ):
        load("data/aligned/target.jsonl")


ROWS = [{"id": "a", "words": ["Rome"]}]
TARGET = "data/aligned/target.jsonl"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose lock has a file and a folder; it is the working folder."""
    monkeypatch.chdir(make_project(tmp_path / "project"))
    monkeypatch.delenv("DVC_STAGE", raising=False)
    write_rows(Path(TARGET), ROWS)
    write_rows(Path("predictions/seed_1.jsonl"), ROWS)
    outs = {"align": (TARGET, file_md5(TARGET)), "train": ("predictions", folder_md5(Path("predictions")))}
    stages = {stage: {"outs": [{"path": path, "hash": "md5", "md5": md5}]} for stage, (path, md5) in outs.items()}
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))
    return Path.cwd()


def file_md5(name: str) -> str:
    return hashlib.md5(Path(name).read_bytes()).hexdigest()


@pytest.mark.parametrize(("name", "stage"), [(TARGET, "align"), ("predictions/seed_1.jsonl", "train")])
def test_an_output_that_its_stage_did_not_write_is_refused(name: str, stage: str, project: Path) -> None:
    assert load(name) == load(project / name) == ROWS
    before = Path(name).stat()
    Path(name).write_bytes(Path(name).read_bytes().replace(b"Rome", b"Rope"))
    os.utime(name, ns=(before.st_atime_ns, before.st_mtime_ns))  # then DVC takes it for the same
    for path in (Path(name), project / name):
        with pytest.raises(
            UserError, match=rf"{name}: is not what dvc.lock has of stage {stage}: .*`dvc commit {stage}`"
        ):
            load(path)


def test_a_stage_reads_what_it_has_just_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(Path(TARGET), [])
    monkeypatch.setenv("DVC_STAGE", "align")
    assert load(TARGET) == []
    monkeypatch.setenv("DVC_STAGE", "train")
    with pytest.raises(UserError):
        load(TARGET)


def test_a_stage_by_hand_reads_what_is_there_and_says_so(project: Path) -> None:
    for name in ("params.yaml", "prompts"):
        Path(name).symlink_to(ROOT / name)
    for name in ("cleaned", "prepared", "annotated"):
        for corpus in ("target", "related", "gold", "original", "prompts"):
            write_rows(Path(f"data/{name}/{corpus}.jsonl"), [])
    stages = {"prepare": {"outs": [{"path": "data/prepared/target.jsonl", "hash": "md5", "md5": "0" * 32}]}}
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
    command = [sys.executable, "-m", "tinyner.align"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "data/prepared/target.jsonl: is not what dvc.lock has of stage prepare; taken as it is" in done.stderr
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "DVC_STAGE": "align"}
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_lock_that_can_not_be_read_is_said(project: Path) -> None:
    for content in (b"\0", b"stages: [", b"[]", b"stages: {align: 1}", b"stages: {align: {outs: [1]}}"):
        Path("dvc.lock").write_bytes(content)
        with pytest.raises(UserError, match=r"dvc\.lock: can't be read .*; bring it back with git"):
            load(TARGET)


def test_hashes_of_an_older_dvc_are_not_compared(project: Path) -> None:
    """They were of texts whose line ends had been changed."""
    Path("dvc.lock").write_text(f"stages: {{align: {{outs: [{{path: {TARGET}, md5: {'0' * 32}}}]}}}}")
    assert load(TARGET) == ROWS


def test_a_folder_is_hashed_as_dvc_does() -> None:
    """The lock of this repository has the folder of code that stage prepare reads."""
    lock = yaml.safe_load((ROOT / "dvc.lock").read_text())
    (row,) = (row for row in lock["stages"]["prepare"]["deps"] if row["path"] == "data/own")
    assert folder_md5(ROOT / "data/own") == row["md5"]
