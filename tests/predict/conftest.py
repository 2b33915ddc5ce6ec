"""Models to label with: the real student under a random head, and one that knows some names by heart."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, BertConfig, BertForTokenClassification

from tests.conll import conll_2003
from tests.predict.plain import LABELS


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
    return [row["words"] for row in conll_2003("test")[:30]]


ByHeart = Callable[[Mapping[str, str]], Path]
"""Makes a model that gives each of some words a label, by its first subword, and all others O."""


@pytest.fixture(scope="session")
def by_heart(student: Path, tmp_path_factory: pytest.TempPathFactory) -> ByHeart:
    """Return a function that makes such models: real ones, whose attention does nothing."""

    def make(labels_by_word: Mapping[str, str]) -> Path:
        labels = ["O", *dict.fromkeys(labels_by_word.values())]
        tokenizer = AutoTokenizer.from_pretrained(student)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
        )
        model = BertForTokenClassification(config)
        with torch.no_grad():
            for name, weights in model.named_parameters():
                weights.fill_("LayerNorm.weight" in name)
            model.classifier.bias[0] = 1.0
            model.classifier.weight[:, : len(labels)] = torch.eye(len(labels))
            for word, label in labels_by_word.items():
                subword = tokenizer(word, add_special_tokens=False)["input_ids"][0]
                model.bert.embeddings.word_embeddings.weight[subword, labels.index(label)] = 10.0
        folder = tmp_path_factory.mktemp("by_heart") / "student"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def names(by_heart: ByHeart) -> Path:
    """Return a model that knows the names of the tests."""
    persons = {"Angela": "B", "Merkel": "I", "Tony": "B", "Blair": "I", "Conan": "B", "O'Brien": "I", "Young": "I"}
    places = {"Berlin": "B", "Paris": "B", "Rome": "B", "Ft.": "B", "Worth": "I", "東": "B", "京": "I"}
    return by_heart(
        {word: f"{position}-PER" for word, position in persons.items()}
        | {word: f"{position}-LOC" for word, position in places.items()}
    )
