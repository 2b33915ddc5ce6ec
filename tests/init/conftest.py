from pathlib import Path

import pytest

from tests.init.workspace import TYPES, clone, labelled, texts, write_csv, write_jsonl
from tinyner.init.options import Options


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone, which is the current folder."""
    made = clone(tmp_path / "clone")
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Files of a user, elsewhere; ``--git``, since DVC takes seconds."""
    sentences = write_csv(tmp_path / "notes.csv", texts(50))
    gold = write_jsonl(tmp_path / "gold.jsonl", labelled(40))
    return Options(sentences=str(sentences), gold=str(gold), types=TYPES, in_git=True)
