"""The package as a wheel: what is in it, and what it does in a fresh environment outside of a clone."""

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from .conftest import ROOT

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# What a command says where no project is: one line, which names what to do.
OUTSIDE = {
    ("annotate",): "params.yaml: can't be read: No such file or directory; run this at the repository's root",
    ("archive", "-o", "a.jsonl.xz"): "run this in a Git repository with a commit",
    ("check",): "check: 1 error to mend, listed above",
    ("compare",): "run this in a Git repository with a commit",
    ("export", "student"): "models/student: no model here (config.json is missing); give --model FOLDER",
    ("figure", "learning-curve"): "run this in a Git repository with a commit",
    ("init", "--sentences", "a.txt", "--types", "PER"): "run this at a clone's root",
    ("migrate",): "name a params.yaml or a study",
    ("pilot",): "run this at the repository's root",
    ("plots-page",): "run it in the repository",
    ("predict", "a.txt"): "models/student: no model here (config.json is missing); give --model FOLDER",
    ("report",): "workspace: has no params.yaml, so it is no revision of such a project",
    ("scorers",): "nor is a project (dvc.yaml); run this at the root of a clone",
    ("serve-student", "--port", "0"): "no model here (config.json is missing); give --model FOLDER",
    ("study", "table2", "--dry-run"): "run this at the repository's root",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of what git would commit, where nothing else lies."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    command = ("git", "ls-files", "-co", "--exclude-standard", "src", "tests", "pyproject.toml", "README.md", "LICENSE")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(made)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, check=True)
    (path,) = made.iterdir()
    return path


def test_it_has_the_package_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "src/tinyner"
    expected = {
        f"tinyner/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        fields = Parser().parsestr(archive.read(metadata).decode())
        points = archive.read(metadata.replace("METADATA", "entry_points.txt")).decode()
    about = metadata.partition("/")[0]
    assert {name for name in names if not name.startswith(f"{about}/")} == expected
    assert {"tinyner/py.typed", "tinyner/report/page.html.j2"} < expected
    assert f"{about}/licenses/LICENSE" in names
    assert wheel.name == f"tinyner-{PROJECT['version']}-py3-none-any.whl"
    assert (fields["Requires-Python"], fields["License-Expression"]) == (PROJECT["requires-python"], "MIT")
    assert set(fields.get_all("Provides-Extra") or ()) == set(PROJECT["optional-dependencies"])
    required = [line for line in fields.get_all("Requires-Dist") or () if "extra ==" not in line]
    assert len(required) == len(PROJECT["dependencies"])
    assert "tinyner = tinyner.cli:main" in points


@pytest.fixture(scope="module")
def outside(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a fresh environment, which has this one's other packages; return its ``tinyner``."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    python = folder / "bin/python"
    (packages,) = folder.glob("lib/python*/site-packages")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(wheel)]
    subprocess.run(command, capture_output=True, check=True)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(here) + "\n", encoding="utf-8")
    return folder / "bin/tinyner"


def call(program: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([program, *words], cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_it_labels_texts_outside_of_a_clone(outside: Path, first_layer: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    labels = dict(enumerate(("O", "B-PER", "I-PER")))
    model = AutoModelForTokenClassification.from_pretrained(first_layer, num_labels=3, id2label=labels)
    model.save_pretrained(tmp_path / "model")
    AutoTokenizer.from_pretrained(first_layer).save_pretrained(tmp_path / "model")
    program = [str(outside.with_name("python")), "-c", "import tinyner; print(tinyner.__file__)"]
    file = subprocess.run(program, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    assert outside.parents[1] in Path(file).parents
    (tmp_path / "a.txt").write_text("Tony Blair left.\n", encoding="utf-8")
    done = call(outside, tmp_path, "predict", "a.txt", "--model", "model")
    assert (done.returncode, json.loads(done.stdout)["text"]) == (0, "Tony Blair left.")


@pytest.mark.long
@pytest.mark.parametrize("words", OUTSIDE, ids=lambda words: words[0])
def test_a_command_that_needs_a_project_says_so(words: tuple[str, ...], outside: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Tony Blair left.\n", encoding="utf-8")
    done = call(outside, tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("tinyner: ")
    assert done.stderr.count("\n") == 1
    assert OUTSIDE[words] in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
