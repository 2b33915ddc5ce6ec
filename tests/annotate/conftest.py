"""A repository's parameters and prompts with a few sentences, and no replies."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner.files import write_rows


@pytest.fixture
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder: a store of its own, a cache of its own, and nothing recorded."""
    (tmp_path / "data" / "recorded").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYNER_REPLIES", str(tmp_path / "replies"))
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a folder with the params and prompts, three sentences and one piece of news, and no replies."""
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    (tmp_path / "prompts").mkdir()
    for path in (ROOT / "prompts").iterdir():
        (tmp_path / "prompts" / path.name).write_bytes(path.read_bytes())
    sentences = [{"id": f"s{index}", "words": ["Sentence", str(index)]} for index in range(3)]
    write_rows(tmp_path / "data/prepared/target.jsonl", sentences)
    write_rows(tmp_path / "data/prepared/related.jsonl", [{"id": "b0", "words": ["News", "0"]}])
    return tmp_path
