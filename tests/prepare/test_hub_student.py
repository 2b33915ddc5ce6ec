"""A student by its id on the hub, fetched by the real client from a stand-in of the hub on loopback."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.export.hub import Hub, serving, settings

pytestmark = pytest.mark.slow

FETCH = """
import sys
from pathlib import Path
from tinyner import errors
from tinyner.prepare.student import fetch_student
errors.run(lambda: print(fetch_student(sys.argv[1], Path(sys.argv[2]), ["O", "B-DRUG", "I-DRUG"])))
"""


@pytest.fixture
def hub(first_layer: Path) -> Iterator[str]:
    """The address of a hub that has a student, with a pickle and code beside it."""
    files = {path.name: path.read_bytes() for path in first_layer.iterdir()}
    files |= {"pytorch_model.bin": b"a pickle", "modeling_custom.py": b"raise SystemExit"}
    with serving(Hub(files={"ann/tiny": files}, private={"ann/tiny": False})) as address:
        yield address


def fetch(source: str, target: Path, address: str) -> subprocess.CompletedProcess[str]:
    """Fetch a student, in a process of its own."""
    command = [sys.executable, "-c", FETCH, source, str(target)]
    environment = settings(address, target.parent / "hf-home")
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("source", ["hf:ann/tiny", "hf:ann/tiny@v1"])
def test_a_model_of_the_hub_comes_without_its_code_and_pickles(
    source: str, hub: str, first_layer: Path, tmp_path: Path
) -> None:
    target = tmp_path / "student"
    done = fetch(source, target, hub)
    assert done.returncode == 0, done.stderr
    fetched = {path.name: path.read_bytes() for path in target.iterdir()}
    assert fetched == {path.name: path.read_bytes() for path in first_layer.iterdir() if path.name in fetched}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= set(fetched)


def test_a_model_that_the_hub_has_not_is_one_line(hub: str, tmp_path: Path) -> None:
    done = fetch("hf:ann/other", tmp_path / "student", hub)
    assert done.returncode == 2
    assert "prepare.student: hf:ann/other can't be fetched" in done.stderr
    assert not (tmp_path / "student").exists()
