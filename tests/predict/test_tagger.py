"""The student's labels are the plain model's, and no word is left out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.predict.plain import LABELS, plain_tags
from tinyner.errors import UserError
from tinyner.predict import tagger as tagger_module
from tinyner.predict.tagger import Tagger

pytestmark = pytest.mark.slow


def test_labels_are_the_plain_models(model: Path, sentences: list[list[str]]) -> None:
    tags = Tagger(model, threads=1).tags(sentences)
    assert tags == plain_tags(model, sentences)
    assert len({tag for row in tags for tag in row}) > 4


@pytest.mark.parametrize(
    "config",
    [
        transformers.BertConfig(num_hidden_layers=1),
        transformers.RobertaConfig(num_hidden_layers=1, max_position_embeddings=514),
        transformers.ElectraConfig(num_hidden_layers=1, embedding_size=32),
        transformers.DistilBertConfig(n_layers=1),  # another architecture
    ],
    ids=lambda config: str(config.model_type),
)
def test_each_architecture_is_labelled_as_by_transformers(
    config: Any, student: Path, sentences: list[list[str]], tmp_path: Path
) -> None:
    config.vocab_size = 30522
    config.hidden_size, config.num_attention_heads = 32, 2
    config.num_labels, config.id2label = len(LABELS), dict(enumerate(LABELS))
    config.hidden_dim = config.intermediate_size = 64
    torch.manual_seed(0)
    classifier: Any = AutoModelForTokenClassification.from_config(config)  # type: ignore[no-untyped-call]
    classifier.save_pretrained(tmp_path / "student")
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path / "student")
    tagger = Tagger(tmp_path / "student", threads=1)
    packed = isinstance(tagger._model, tagger_module.PackedModel)
    assert packed == (config.model_type != "distilbert")
    assert tagger.tags(sentences) == plain_tags(tmp_path / "student", sentences)


def test_no_word_of_a_long_text_is_left_out(model: Path) -> None:
    tagger = Tagger(model, threads=1)
    words = ["Pneumonoultramicroscopicsilicovolcanoconiosis"] * 150 + ["."] + ["Blair"] * 150
    (tags,) = tagger.tags([words])
    assert len(tags) == 301
    pieces = [range(begin, end) for begin, end in tagger_module._pieces(words)]
    assert [place for piece in pieces for place in piece] == list(range(301))
    assert all(len(piece) <= tagger_module.PIECE_WORDS for piece in pieces)
    assert [(piece.start, piece.stop) for piece in pieces] == [(0, 151), (151, 301)]  # at the sentence's end
    # The long words don't fit into the student at once, so their piece was halved until they did.
    assert tags[151:] == tagger.tags([words[151:]])[0]
    assert set(tags[:150]) - {"O"} or tagger.tags([words[:10]])[0] == ["O"] * 10


def test_a_model_that_was_not_trained_to_label_is_named(student: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no trained student: it has no bert\.embeddings\.word_embeddings\.weight"):
        Tagger(student)
    shutil.copytree(model, tmp_path / "student")
    config = json.loads((model / "config.json").read_text())
    (tmp_path / "student/config.json").write_text(json.dumps(config | {"num_hidden_layers": 7}))
    with pytest.raises(UserError, match=r"no trained student: it has no bert\.encoder\.layer\.6\.attention"):
        Tagger(tmp_path / "student")


def test_what_is_wrong_with_the_arguments_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no model here .*run `dvc repro`"):
        Tagger(tmp_path)
    with pytest.raises(UserError, match=r"--threads: expected 1 or more, found 0"):
        Tagger(model, threads=0)
