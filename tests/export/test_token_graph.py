"""The graph with the usual inputs computes what transformers does, whatever the padding."""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, RobertaConfig, RobertaForTokenClassification

from tests.predict.plain import LABELS
from tinyner.export.token_graph import INPUTS, with_usual_inputs
from tinyner.predict.model_config import read_config
from tinyner.predict.onnx import converted
from tinyner.train.bert_family import shape_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra onnx is not installed"),
]


def test_of_sentences_of_several_lengths_and_positions_behind_the_padding(
    student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(1)
    tokenizer: Any = AutoTokenizer.from_pretrained(student)
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 4, "intermediate_size": 64}
    config = RobertaConfig(
        **sizes, vocab_size=len(tokenizer), max_position_embeddings=60, pad_token_id=0, id2label=dict(enumerate(LABELS))
    )
    RobertaForTokenClassification(config).save_pretrained(tmp_path / "model")
    read = read_config(tmp_path / "model")
    onnx, onnxruntime = importlib.import_module("onnx"), importlib.import_module("onnxruntime")
    model = with_usual_inputs(onnx.load(converted(tmp_path / "model", read, int8=False)), shape_of(read).offset)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert {node.name for node in session.get_inputs()} == set(INPUTS)
    batch = tokenizer(["Rome", "Angela Merkel met Tony Blair in Berlin.", "He left"], padding=True, return_tensors="pt")
    plain = AutoModelForTokenClassification.from_pretrained(tmp_path / "model").eval()
    with torch.inference_mode():
        expected = plain(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.numpy()
    (logits,) = session.run(None, {name: batch[name].numpy() for name in INPUTS})
    assert logits.shape == expected.shape
    kept = batch["attention_mask"].numpy().astype(bool)
    np.testing.assert_allclose(logits[kept], expected[kept], atol=1e-4)
