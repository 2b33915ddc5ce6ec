"""Students on ONNX Runtime: exact, or in 8 bits whose labels are mostly those of the exact one; converted once."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoTokenizer,
    DistilBertConfig,
    DistilBertForTokenClassification,
    RobertaConfig,
    RobertaForTokenClassification,
)

from tests.predict.plain import LABELS, plain_tags
from tinyner.bio import stray_words
from tinyner.errors import UserError
from tinyner.predict.model_config import read_config
from tinyner.predict.packed_model import read_weights
from tinyner.predict.tagger import Tagger
from tinyner.predict.weights import arrays_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra onnx is not installed"),
]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def equal(tags: list[list[str]], others: list[list[str]]) -> float:
    """The share of equal tags."""
    return float(
        np.mean([a == b for row, other in zip(tags, others, strict=True) for a, b in zip(row, other, strict=True)])
    )


def test_the_graph_computes_what_the_packed_method_does(model: Path, sentences: list[list[str]]) -> None:
    rows = [*sentences, ["\u200e"], ["Blair", "\u200e", "left"], ["a"] * 700]
    exact, graph = (Tagger(model, threads=1, runtime=runtime).label(rows) for runtime in ("torch", "onnx"))
    assert [row.tags for row in graph] == [row.tags for row in exact]
    for row, other in zip(graph, exact, strict=True):
        np.testing.assert_allclose(row.probabilities or [], other.probabilities or [], atol=1e-4)


def test_it_computes_what_transformers_does_for_positions_behind_the_padding(
    model: Path, sentences: list[list[str]], tmp_path: Path
) -> None:
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(model)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=200,
        pad_token_id=0,
        id2label=dict(enumerate(LABELS)),
        initializer_range=0.5,
    )
    RobertaForTokenClassification(config).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    tags = Tagger(tmp_path / "model", threads=1, runtime="onnx").tags(sentences)
    assert equal(tags, plain_tags(tmp_path / "model", sentences)) > 0.999
    assert len({tag for row in tags for tag in row}) > 3


def test_weights_are_read_without_torch_and_those_of_half_the_size_with_it(model: Path, tmp_path: Path) -> None:
    config = read_config(model)
    state = load_file(model / "model.safetensors")
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        folder = tmp_path / str(dtype)
        folder.mkdir()
        save_file({name: tensor.to(dtype) for name, tensor in state.items()}, folder / "model.safetensors")
        expected = read_weights(folder, config)
        arrays = arrays_of(folder, config)
        assert arrays.keys() == expected.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, expected[name].numpy())


def test_eight_bits_agree_with_thirty_two_on_most_words(model: Path, sentences: list[list[str]], cache: Path) -> None:
    rounded = Tagger(model, int8=True, threads=1).tags(sentences)
    assert equal(rounded, Tagger(model, threads=1).tags(sentences)) > 0.6  # of 9 labels; a random head's are near ties
    assert not any(map(stray_words, rounded))  # they are legal, as those of fp32 are
    assert any(map(stray_words, Tagger(model, int8=True, threads=1).variant(decoder="argmax").tags(sentences)))
    (file,) = (cache / "onnx").iterdir()
    assert file.name.endswith(".int8")
    made = file.stat().st_mtime_ns
    assert Tagger(model, int8=True, threads=1).tags(sentences) == rounded
    assert file.stat().st_mtime_ns == made


def test_to_run_it_needs_no_torch(model: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tinyner.predict.tagger import Tagger; "
        "print(Tagger(Path(sys.argv[1]), threads=1, runtime='onnx').tags([['Blair', 'left']])); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    words = [sys.executable, "-c", code, str(model)]
    outputs = [subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines() for _ in range(2)]
    assert outputs[0][0] == outputs[1][0]
    assert outputs[1][1] == "[]"


@pytest.mark.long
def test_other_students_have_eight_bits_but_no_graph(model: Path, sentences: list[list[str]], tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(model)
    config = DistilBertConfig(
        vocab_size=len(tokenizer), dim=32, n_layers=1, n_heads=2, hidden_dim=32, id2label=dict(enumerate(LABELS))
    )
    DistilBertForTokenClassification(config).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    rounded = Tagger(tmp_path / "model", int8=True, threads=1).tags(sentences[:5])
    assert [len(tags) for tags in rounded] == [len(words) for words in sentences[:5]]
    with pytest.raises(UserError, match=r"--runtime onnx: is for the BERT family in one file, model\.safetensors"):
        Tagger(tmp_path / "model", runtime="onnx")


def test_a_model_in_several_files_is_refused(model: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(UserError, match=r"--int8 needs the model in one file, model\.safetensors"):
        Tagger(tmp_path, int8=True)


def test_a_damaged_conversion_is_made_again(
    model: Path, sentences: list[list[str]], cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = Tagger(model, threads=1, runtime="onnx").tags(sentences[:3])
    (file,) = (cache / "onnx").glob("*/model.onnx")
    before = file.read_bytes()
    file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert Tagger(model, threads=1, runtime="onnx").tags(sentences[:3]) == expected
    assert "model.onnx is not as it was written" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.parent.iterdir()] == [file.parent.name]
