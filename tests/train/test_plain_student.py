"""A student read without transformers is the one that transformers reads, and reads what is written."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoModel, AutoModelForTokenClassification

from tinyner.train.model import untrained
from tinyner.train.plain_student import read_untrained

from .conftest import TINY

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
FAMILY = {
    "bert": transformers.BertConfig,
    "roberta": transformers.RobertaConfig,
    "xlm-roberta": transformers.XLMRobertaConfig,
    "camembert": transformers.CamembertConfig,
    "electra": transformers.ElectraConfig,
}


def config_of(kind: str, **changes: Any) -> transformers.PretrainedConfig:
    extra = {"embedding_size": TINY["hidden_size"]} if kind == "electra" else {}
    return FAMILY[kind](**{**TINY, **extra, **changes})


def write_encoder(folder: Path, config: transformers.PretrainedConfig) -> Path:
    """Write an encoder of random weights, without a head."""
    torch.manual_seed(5)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", FAMILY)
def test_it_is_the_student_of_transformers_to_the_bit(kind: str, tmp_path: Path) -> None:
    folder = write_encoder(tmp_path / "encoder", config_of(kind))
    for seed in (1, 2):
        plain = read_untrained(folder, LABELS, seed)
        assert plain is not None
        model: Any = untrained(str(folder), LABELS, seed)
        expected = model.state_dict()
        assert plain.base_model_prefix == model.base_model_prefix
        assert plain.weights.keys() <= expected.keys()
        assert not [name for name in expected.keys() - plain.weights.keys() if "position_ids" not in name]
        for name, value in plain.weights.items():
            assert torch.equal(value, expected[name]), name


@pytest.mark.parametrize("kind", FAMILY)
def test_transformers_reads_what_it_writes(kind: str, tmp_path: Path) -> None:
    plain = read_untrained(write_encoder(tmp_path / "encoder", config_of(kind)), LABELS, 1)
    assert plain is not None
    plain.save_pretrained(tmp_path / "model")
    model, info = AutoModelForTokenClassification.from_pretrained(tmp_path / "model", output_loading_info=True)
    assert not info["missing_keys"] | info["unexpected_keys"]
    assert list(model.config.id2label.values()) == LABELS
    assert model.dtype == torch.float32
    for name, value in plain.weights.items():
        assert torch.equal(value, model.state_dict()[name])
    again = read_untrained(tmp_path / "model", LABELS, 7)  # its head is kept
    assert again is not None
    assert torch.equal(again.weights["classifier.weight"], plain.weights["classifier.weight"])


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_head_of_the_same_labels_is_kept_as_transformers_keeps_it(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(6)
    config = config_of(kind, num_labels=len(LABELS))
    model: Any = AutoModelForTokenClassification.from_config(config)
    model.save_pretrained(tmp_path)
    plain = read_untrained(tmp_path, LABELS, 1)
    assert plain is not None
    assert torch.equal(plain.weights["classifier.weight"], model.classifier.weight)
    assert read_untrained(tmp_path, [*LABELS, "B-ORG", "I-ORG"], 1) is None


def test_half_precision_is_read_as_single(tmp_path: Path) -> None:
    folder = write_encoder(tmp_path, config_of("bert", dtype=torch.bfloat16))
    plain = read_untrained(folder, LABELS, 1)
    assert plain is not None
    assert {value.dtype for value in plain.weights.values()} == {torch.float32}
    expected: Any = untrained(str(folder), LABELS, 1)
    for name, value in plain.weights.items():
        assert torch.equal(value, expected.state_dict()[name])


def _without_key(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    del content["initializer_range"]
    (folder / "config.json").write_text(json.dumps(content))


def _without_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")


def _with_fewer_layers(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**content, "num_hidden_layers": 9}))


@pytest.mark.parametrize("change", [_without_key, _without_weights, _with_fewer_layers])
def test_what_its_files_do_not_say_is_left_to_transformers(change: Any, tmp_path: Path) -> None:
    change(write_encoder(tmp_path, config_of("bert")))
    assert read_untrained(tmp_path, LABELS, 1) is None


def test_another_family_is_left_to_transformers(tmp_path: Path) -> None:
    config = transformers.DistilBertConfig(vocab_size=100, dim=32, n_layers=2, n_heads=4, hidden_dim=64)
    assert read_untrained(write_encoder(tmp_path, config), LABELS, 1) is None
