"""README's ways from models/student to entities, each by its own lines: terminal, Python, HTTP, ONNX, spaCy."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.predict.test_spacy_component import environment
from tests.test_examples import free_port
from tinyner.files import write_rows

__all__ = ["environment"]

pytestmark = pytest.mark.long

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("\n## A student in use") : README.index("\n## Change something")]
TEXT = "Angela Merkel met Tony Blair in Berlin."


@pytest.fixture
def project(names: Path, tmp_path: Path) -> Path:
    """A folder with a student that knows some names, and a sentence to check its graphs by."""
    folder = tmp_path / "project"
    shutil.copytree(names, folder / "models/student")
    write_rows(folder / "data/prepared/test.jsonl", [{"id": "a", "words": TEXT.rstrip(".").split(), "tags": ["O"] * 7}])
    return folder


def block(line: str) -> str:
    """Return the lines of README's indented block that begin with this one."""
    _, _, after = SECTION.partition(f"    {line}")
    assert after, line
    rest = after.partition("\n\n")[0]
    return textwrap.dedent(f"    {line}{rest}")


def shell(folder: Path, lines: str, python: Path = Path(sys.executable)) -> str:
    """Run lines as a user does, in the environment of a Python, and return what they print."""
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**os.environ, "PATH": path, "TINYNER_CACHE": str(folder / "cache")}
    done = subprocess.run(
        ["bash", "-ec", lines], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def first_of(lines: str, count: int) -> str:
    return "\n".join(lines.splitlines()[:count])


def test_each_way_finds_the_same_entities(project: Path, environment: Path) -> None:
    printed = shell(project, first_of(block("echo "), 2))
    spans = json.loads(printed)["spans"]
    assert [(span["label"], span["text"]) for span in spans][:2] == [("PER", "Angela Merkel"), ("PER", "Tony Blair")]

    in_python = shell(project, block('python -c "\n    from tinyner'))
    assert "'text': 'Angela Merkel'" in in_python
    assert json.loads(in_python.replace("'", '"')) == spans

    port = str(free_port())
    serve, curl = block("tinyner serve-student").splitlines()[:2]
    server = f"{re.sub('#.*', '', serve)} --port {port} >served.txt 2>&1 & trap 'kill %1' EXIT"
    wait = f"for _ in $(seq 300); do curl -sf http://127.0.0.1:{port}/health >/dev/null && break; sleep 0.2; done"
    answer = shell(project, f"{server}\n{wait}\n{curl.replace('8018', port)}")
    assert json.loads(answer)["spans"] == spans

    exported = block("tinyner export student").splitlines()
    assert exported[1].startswith("python student/onnx/example.py ")
    by_onnx = shell(project, "\n".join(exported[:2]))
    assert all(span["text"] in by_onnx for span in spans)
    assert shell(project, exported[2], python=environment).strip() == "(Angela Merkel, Tony Blair)"

    with_transformers = shell(project, block('python -c "\n    from transformers'))
    assert with_transformers.startswith("[('PER', 'Angela Merkel'), ('PER', 'Tony Blair'), ")
