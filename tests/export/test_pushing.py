"""A student to a stand-in of the hub, by the real client: what arrives is the export, byte for byte."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export.hub import TOKEN, Hub, serving, settings

pytestmark = pytest.mark.slow


@pytest.fixture
def hub() -> Iterator[tuple[Hub, str]]:
    """Return a hub, and its address."""
    state = Hub()
    with serving(state) as address:
        yield state, address


def push(folder: Path, address: str, *words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run `tinyner push`, in a process of its own."""
    command = [sys.executable, "-m", "tinyner.cli", "push", *words]
    environment = settings(address, folder / "hf-home", token)
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


def test_what_arrives_is_the_export(exported: tuple[Path, str], hub: tuple[Hub, str]) -> None:
    state, address = hub
    folder, _ = exported
    done = push(folder.parent, address, "ann/student", "out")
    assert done.returncode == 0, done.stderr
    expected = {path.name: path.read_bytes() for path in (folder / "hf").iterdir()}
    assert state.files["ann/student"] == expected
    assert state.private["ann/student"]
    assert state.large, "the weights go to large file storage"
    assert set(state.cards) == {expected["README.md"].decode()}
    assert f"{address}/ann/student (private)" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert not [path for path in folder.parent.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def test_without_a_folder_an_export_is_made(workspace: Path, hub: tuple[Hub, str]) -> None:
    done = push(workspace, hub[1], "ann/student", "--no-private")
    assert done.returncode == 0, done.stderr
    assert "README.md" in hub[0].files["ann/student"]
    assert not hub[0].private["ann/student"]
    assert not (workspace / "out").exists()
    assert "push NAME" not in done.stdout, "the folder is removed"


def test_what_is_public_already_is_not_uploaded_to_unless_one_says_so(
    exported: tuple[Path, str], hub: tuple[Hub, str]
) -> None:
    state, address = hub
    state.files["ann/student"], state.private["ann/student"] = {}, False
    done = push(exported[0].parent, address, "ann/student", "out")
    assert (done.returncode, state.files["ann/student"]) == (2, {})
    assert "is public already; say --no-private" in done.stderr


@pytest.mark.parametrize(
    ("words", "token", "status", "said"),
    [
        (("ann/student", "out"), "", 200, "not logged in to the hub"),
        (("ann/student", "out"), "hf_other", 200, "refuses"),
        (("ann/student", "out"), TOKEN, 403, "You don't have the rights"),
        (("ann//student", "out"), TOKEN, 200, "no name of a repository"),
        (("ann/student", "."), TOKEN, 200, "no export with a folder hf"),
    ],
    ids=["no token", "other token", "no rights", "name", "no export"],
)
def test_refusals_are_a_line(
    exported: tuple[Path, str],
    hub: tuple[Hub, str],
    words: tuple[str, ...],
    token: str,
    status: int,
    said: str,
) -> None:
    hub[0].status = status
    done = push(exported[0].parent, hub[1], *words, token=token)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not any(hub[0].files.values())
    assert not token or token not in done.stdout + done.stderr


def test_without_a_network_it_is_a_line(exported: tuple[Path, str]) -> None:
    done = push(exported[0].parent, "http://127.0.0.1:9", "ann/student", "out")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "http://127.0.0.1:9" in done.stderr


def test_an_export_that_changed_since_is_refused_but_for_its_card(workspace: Path, hub: tuple[Hub, str]) -> None:
    from tests.in_process import command

    assert command(workspace, "export", "out", "--formats", "hf").returncode == 0
    (workspace / "out/hf/README.md").write_text("---\nlicense: mit\n---\n# Mine\n")
    assert push(workspace, hub[1], "ann/student", "out").returncode == 0
    assert hub[0].files["ann/student"]["README.md"].endswith(b"# Mine\n")
    (workspace / "out/hf/config.json").write_text("{}")
    done = push(workspace, hub[1], "ann/student", "out")
    assert done.returncode == 2
    assert "hf/config.json is not as it was exported" in done.stderr
