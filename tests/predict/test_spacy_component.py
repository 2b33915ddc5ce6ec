"""The student in spaCy, in a fresh virtual environment without torch: its entities are those of `tinyner predict`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.in_process import command

pytestmark = pytest.mark.long

PACKAGES = [
    "spacy>=3.8,<3.9",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "safetensors",
    "nltk",
    "regex",
    "psutil",
    "filelock",
    "sentencex",
]
PROGRAM = Path(__file__).with_name("spacy_program.py")
TEXTS = [
    "Angela Merkel met Tony Blair in Berlin.",
    "",
    " \n\n ",
    "  Merkel-Blair talks:\u00a0Conan O'Brien,\tAngela  Merkel\nand \u200eRome\u200f (Paris-based), Ft. Worth... 東京",
    "\u200eAngela\u200f \u200b Merkel\u00ad, Berlins Rome. It's Paris's.",
    "Tony Blair, Rome. " * 60,
]
"""Entities at the edges of words and inside spaCy's tokens; white space and signs that can't be seen; a long text."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a fresh virtual environment with spaCy and this package, without torch."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "-e", ROOT], check=True)
    return python


def test_the_page_has_these_packages() -> None:
    quoted = [f"'{name}'" if "<" in name else name for name in PACKAGES]
    assert f"    pip install {' '.join(quoted)}\n" in (ROOT / "docs/export.md").read_text(encoding="utf-8")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))


def predicted(folder: Path, model: Path) -> list[list[list[Any]]]:
    """Return the entities that `tinyner predict` finds in TEXTS."""
    (folder / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    done = command(folder, "predict", "rows.jsonl", "-m", str(model), "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    spans = [json.loads(line)["spans"] for line in done.stdout.splitlines()]
    return [[[span[key] for key in ("start", "end", "label", "score", "text")] for span in row] for row in spans]


def of_spacy(python: Path, folder: Path, *words: str) -> dict[str, Any]:
    """Return what the program prints of TEXTS."""
    (folder / "texts.json").write_text(json.dumps(TEXTS))
    done = subprocess.run(
        [python, "-X", "utf8", PROGRAM, *words, folder / "texts.json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "TINYNER_CACHE": str(folder / "cache")},
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.usefixtures("cache")
def test_an_exported_pipeline_and_an_added_component_find_what_predict_does(
    environment: Path, names: Path, tmp_path: Path
) -> None:
    expected = predicted(tmp_path, names)
    assert sum(map(len, expected)) > 120
    done = command(tmp_path, "export", "out", "-m", str(names), "--formats", "hf,spacy")
    assert done.returncode == 0, done.stderr
    loaded = of_spacy(environment, tmp_path, "load", str(tmp_path / "out/spacy"))
    added = of_spacy(environment, tmp_path, "add", str(tmp_path / "out/hf"), "auto")
    for answer in (loaded, added):
        assert answer["texts"] == TEXTS
        assert [[[*ent[:3], ent[4]] for ent in row] for row in answer["entities"]] == [
            [[*ent[:3], ent[4]] for ent in row] for row in expected
        ]
        assert [ent[3] for row in answer["entities"] for ent in row] == pytest.approx(
            [ent[3] for row in expected for ent in row], abs=2e-4
        )
        assert not answer["torch"]
        assert sorted(answer["labels"]) == ["LOC", "PER"]


@pytest.mark.usefixtures("cache")
def test_what_it_can_not_do_is_a_clear_error(environment: Path, names: Path, tmp_path: Path) -> None:
    assert command(tmp_path, "export", "out", "-m", str(names), "--formats", "hf").returncode == 0
    program = "import spacy\nnlp = spacy.blank('xx')\nnlp.add_pipe('tinyner', config={'model': %r})\n%s"
    for model, work, said in (
        (str(tmp_path / "out/hf"), "list(nlp.pipe(['Rome'] * 4, n_process=2))", "call nlp.pipe without n_process"),
        ("nowhere", "", "nowhere: no such folder"),
        (str(tmp_path / "out/hf"), "nlp.to_bytes()", "use nlp.to_disk(FOLDER)"),
        (
            str(tmp_path / "out/hf"),
            "spacy.blank('xx').add_pipe('tinyner', config={'min_score': 90})",
            "--min-score: expected a probability, 0 to 1, such as 0.5; found 90",
        ),
        (
            str(tmp_path / "out/hf"),
            "import srsly\nnlp.from_bytes(srsly.msgpack_dumps({'tinyner': b''}))",
            "use nlp.to_disk",
        ),
    ):
        done = subprocess.run(
            [environment, "-c", program % (model, work)], capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode
        assert said in done.stderr


@pytest.mark.usefixtures("cache")
def test_a_pipeline_is_loaded_where_its_first_folder_is_not(environment: Path, names: Path, tmp_path: Path) -> None:
    assert command(tmp_path, "export", "out", "-m", str(names), "--formats", "hf").returncode == 0
    program = (
        "import shutil, spacy\nnlp = spacy.blank('xx')\nnlp.add_pipe('tinyner', config={'model': 'out/hf'})\n"
        "nlp.to_disk('kept')\nshutil.rmtree('out/hf')\nprint(spacy.load('kept')('Angela Merkel met Tony Blair.').ents)"
    )
    done = subprocess.run([environment, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Angela Merkel" in done.stdout
