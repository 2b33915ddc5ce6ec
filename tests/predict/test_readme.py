"""README's ways from models/student to entities, each by its own lines: terminal, Python, HTTP, ONNX, spaCy."""

import importlib.util
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
from tests.test_examples import free_port
from tinyner.files import write_rows

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


def shell(folder: Path, lines: str) -> str:
    """Run lines as a user does, and return what they print."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TINYNER_CACHE": str(folder / "cache")}
    done = subprocess.run(
        ["bash", "-ec", lines], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def first_of(lines: str, count: int) -> str:
    return "\n".join(lines.splitlines()[:count])


def test_each_way_finds_the_same_entities(project: Path) -> None:
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
    if importlib.util.find_spec("spacy"):
        assert shell(project, exported[2]).strip() == "(Angela Merkel, Tony Blair)"
