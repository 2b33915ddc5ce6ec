"""A small project of one's own: files, prompts and a tiny student, nothing of it prepared yet."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.annotate.workspace import KEY, environment
from tests.conftest import ROOT
from tests.in_process import command
from tests.pilot.conftest import made, unlabelled
from tinyner.checks.findings import Findings, Mark
from tinyner.files import write_rows
from tinyner.params import read_yaml


def change(project: Path, **sections: dict[str, Any]) -> None:
    """Change values of params.yaml, by section; a value that is a dictionary changes the one that is there."""

    def merge(old: dict[str, Any], new: dict[str, Any]) -> None:
        for key, value in new.items():
            if isinstance(value, dict) and isinstance(old.get(key), dict) and key != "types":
                merge(old[key], value)
            else:
                old[key] = value

    path = project / "params.yaml"
    params = read_yaml(path.read_text())
    merge(params, sections)
    path.write_text(yaml.safe_dump(params))


def check(project: Path, *words: str, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    """Run ``tinyner check`` in a project; no other variable of OpenAI's is set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {*os.environ, "OPENAI_API_KEY"}:
            if name.startswith("OPENAI_"):
                patch.delenv(name, raising=False)
        return command(project, "check", *words, **{**environment(project, key), "COLUMNS": "1000"})


def texts(findings: Findings, mark: Mark) -> list[str]:
    """Return the texts of the findings with a mark."""
    return [finding.text for finding in findings.rows if finding.mark == mark]


@pytest.fixture(scope="session")
def tiny_student(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a student of one layer with the real tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(student).save_pretrained(folder)
    return folder


@pytest.fixture
def project(tmp_path: Path, tiny_student: Path) -> Path:
    """Return a project in which all is right, with an annotator that answers from records."""
    params = read_yaml((ROOT / "params.yaml").read_text())
    params["types"] = {"LOC": ["place"], "PER": ["person"]}
    params["prepare"] |= {
        **{"corpus": "data/own", "target": "data/own/mine.jsonl", "related": "none", "conllpp": "none"},
        **{"target_size": None, "original_size": None, "related_size": 0, "student": str(tiny_student)},
    }
    params["annotate"] |= {
        "prompts": {"target": "scheme", "related": "scheme"},
        "definitions": {"LOC": "a place", "PER": "a person"},
        "examples": "mine",
        "annotator": "openai",
    }
    params["train"] |= {"group": "D", "dev_size": 5, "lr": 5.0e-5}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "prompts").mkdir()
    for path in (ROOT / "prompts").glob("*.txt"):
        (tmp_path / "prompts" / path.name).write_bytes(path.read_bytes())
    example = {"text": "Ada Byron lived in London .", "entities": {"PER": ["Ada Byron"], "LOC": ["London"]}}
    (tmp_path / "prompts/mine.jsonl").write_text(json.dumps(example))
    folder = tmp_path / "data/own"
    write_rows(folder / "train.jsonl", made(20, "o"))
    write_rows(folder / "valid.jsonl", made(6, "v", 200))
    write_rows(folder / "test.jsonl", made(6, "e", 300))
    write_rows(folder / "mine.jsonl", unlabelled(made(12, "t", 100)))
    return tmp_path
