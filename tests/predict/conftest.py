"""A model to label with: the real student under a random head, so that labels are of all kinds."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.predict.plain import LABELS
from tinyner.prepare import corpus


@pytest.fixture(scope="session")
def model(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "student"
    torch.manual_seed(0)
    names = {"id2label": dict(enumerate(LABELS)), "label2id": {label: index for index, label in enumerate(LABELS)}}
    classifier = AutoModelForTokenClassification.from_pretrained(student, num_labels=len(LABELS), **names)
    classifier.save_pretrained(folder)
    AutoTokenizer.from_pretrained(student).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sentences() -> list[list[str]]:
    return [row["words"] for row in corpus.conll_2003(["LOC", "MISC", "ORG", "PER"])["test"][:60]]
