"""A tiny student with random weights: what it finds makes no sense, but is the same each time."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

from tests.predict.plain import LABELS


@pytest.fixture(scope="session")
def tiny(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a student of two layers, whose attention counts."""
    folder = tmp_path_factory.mktemp("tiny") / "student"
    torch.manual_seed(0)
    shape: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(**shape, intermediate_size=64, initializer_range=0.5, id2label=dict(enumerate(LABELS)))
    BertForTokenClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(student).save_pretrained(folder)
    return folder
