"""A DVC remote shares what git does not hold: docs/branches.md, on a folder and on a server that speaks S3."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import change, digests, ran, run
from tinyner.pipeline_files import advice

UP_TO_DATE = "Data and pipelines are up to date."


@pytest.fixture(scope="module")
def owner(copy: Copy) -> Path:
    """Return a project that ran, with a folder as its remote and a bare repository as its origin; both have all."""
    project = copy("remote")
    run(project, "dvc", "remote", "add", "-d", "team", str(project.parent / "remote"))
    run(project, "git", "commit", "-qam", "A remote")
    run(project, "git", "clone", "-q", "--bare", ".", "../origin.git")
    run(project, "git", "remote", "add", "origin", str(project.parent / "origin.git"))
    assert "files pushed" in run(project, "dvc", "push")
    return project


def clone_of(owner: Path, folder: Path) -> Path:
    """Clone the owner's project as another person would, with no replies, no cells and no cache."""
    folder.mkdir()
    run(folder, "git", "clone", "-q", str(owner.parent / "origin.git"), "project")
    project = folder / "project"
    for name, value in (("user.name", "Mate"), ("user.email", "mate@example.org")):
        run(project, "git", "config", name, value)
    return project


@pytest.fixture(scope="module")
def mate(owner: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a second clone after its pull."""
    project = clone_of(owner, tmp_path_factory.mktemp("second") / "mate")
    refused = run(project, "tinyner", "predict", "README.md", ok=False)
    assert "run `dvc pull` to fetch it from your remote, or `dvc repro train` to make it, or give --model" in refused
    assert "run `dvc pull` to fetch" in run(project, "tinyner", "report")
    assert "data/prepared/test.jsonl: is not here; run `dvc pull`" in run(project, "tinyner", "scorers", ok=False)
    run(project, "dvc", "pull")
    return project


def test_a_second_clone_pulls_and_has_nothing_to_do(owner: Path, mate: Path) -> None:
    output = run(mate, "dvc", "repro")
    assert ran(output) == []
    assert UP_TO_DATE in output
    assert digests(mate) == digests(owner)
    assert run(mate, "git", "status", "--short") == ""
    assert not (mate.parent / "replies").exists()  # nothing was asked
    assert not (mate.parent / "cells").exists()  # and nothing trained
    (mate.parent / "text.txt").write_text("Tony Blair met Angela Merkel in Berlin.\n", encoding="utf-8")
    assert '"spans"' in run(mate, "tinyner", "predict", "../text.txt")


@pytest.mark.long
def test_a_file_that_the_remote_lost_is_named_and_made_again(owner: Path, tmp_path: Path) -> None:
    lost = "data/aligned/related.jsonl"
    remote = tmp_path / "remote"
    shutil.copytree(owner.parent / "remote", remote)
    lock = (owner / "dvc.lock").read_text(encoding="utf-8")
    md5 = next(word for word in lock.partition(f"path: {lost}\n")[2].split() if len(word) == 32)
    (remote / "files/md5" / md5[:2] / md5[2:]).unlink()
    project = clone_of(owner, tmp_path / "mate")
    run(project, "dvc", "remote", "modify", "--local", "team", "url", str(remote))
    output = run(project, "dvc", "pull", ok=False)
    assert "Checkout failed for following targets" in output
    assert lost in output
    assert not (project / lost).exists()
    assert ran(run(project, "dvc", "repro")) == ["align"]
    assert UP_TO_DATE in run(project, "dvc", "repro")
    assert run(project, "git", "status", "--short") == ""


@pytest.mark.long
def test_an_experiment_goes_by_git_and_its_files_by_the_remote(owner: Path, mate: Path) -> None:
    change(owner, align__snap="off")
    run(owner, "dvc", "exp", "save", "-n", "idea")
    run(owner, "git", "checkout", "-q", "--", ".")
    run(owner, "dvc", "exp", "push", "origin", "idea")
    assert "idea" not in run(mate, "dvc", "exp", "list")
    run(mate, "dvc", "exp", "pull", "origin", "idea")
    table = run(mate, "tinyner", "compare", "main", "idea", "--format", "csv")
    assert [line.partition(",")[0] for line in table.splitlines() if line.startswith(("main,", "idea,"))] == [
        "main",
        "idea",
    ]


def test_without_a_remote_dvc_says_how_to_name_one(owner: Path, tmp_path: Path) -> None:
    project = clone_of(owner, tmp_path / "mate")
    run(project, "dvc", "remote", "remove", "team")
    assert "no default remote set" in run(project, "dvc", "pull", ok=False)
    assert advice(project / "models/student") == "run `dvc repro train`"  # there is nothing to pull from


def test_a_cache_without_code_is_no_project(owner: Path, tmp_path: Path) -> None:
    shutil.copytree(owner / ".dvc/cache", tmp_path / "cache")
    assert "not inside of a DVC repository" in run(tmp_path, "dvc", "pull", ok=False)
    (tmp_path / "text.txt").write_text("Tony Blair\n", encoding="utf-8")
    assert "give --model FOLDER" in run(tmp_path, "tinyner", "predict", "text.txt", ok=False)
    assert "run this at the repository's root" in run(tmp_path, "tinyner", "study", "table2", ok=False)


@pytest.fixture
def s3() -> Iterator[str]:
    """Start a server that speaks S3 on loopback, with an empty bucket; return its address."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "someone", "aws_secret_access_key": "secret"}
    boto3.client("s3", endpoint_url=address, region_name="us-east-1", **keys).create_bucket(Bucket="team")
    yield address
    server.stop()


@pytest.mark.long
def test_s3_is_a_remote_as_a_folder_is(owner: Path, s3: str, tmp_path: Path) -> None:
    pytest.importorskip("dvc_s3")
    none = tmp_path / "none"
    nobody = ["env", f"AWS_SHARED_CREDENTIALS_FILE={none}", f"AWS_CONFIG_FILE={none}", "AWS_EC2_METADATA_DISABLED=true"]
    someone = [*nobody, "AWS_ACCESS_KEY_ID=someone", "AWS_SECRET_ACCESS_KEY=secret"]
    for project in (owner, clone_of(owner, tmp_path / "mate")):
        run(project, "dvc", "remote", "add", "--local", "-d", "s3", "s3://team/tinyner")
        run(project, "dvc", "remote", "modify", "--local", "s3", "endpointurl", s3)
    run(owner, *someone, "dvc", "push", "-r", "s3")
    assert "Unable to locate credentials" in run(project, *nobody, "dvc", "pull", ok=False)
    assert "run `dvc pull` to fetch" in (advice(project / "models/student") or "")
    run(project, *someone, "dvc", "pull")
    assert UP_TO_DATE in run(project, *someone, "dvc", "repro")
    assert digests(project) == digests(owner)
    assert run(project, "git", "status", "--short") == ""
    (owner / ".dvc/config.local").unlink()
