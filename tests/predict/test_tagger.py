"""The student's labels are the plain model's, and no word is left out."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.predict.conftest import ByHeart
from tests.predict.plain import LABELS, plain_tags
from tinyner import sums
from tinyner.errors import UserError
from tinyner.predict.packed_model import PackedModel
from tinyner.predict.tagger import Tagger
from tinyner.predict.windows import WINDOW_WORDS, joined, windows

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
    classifier: Any = AutoModelForTokenClassification.from_config(config)
    classifier.save_pretrained(tmp_path / "student")
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path / "student")
    tagger = Tagger(tmp_path / "student", threads=1)
    packed = isinstance(tagger._model, PackedModel)
    assert packed == (config.model_type != "distilbert")
    assert tagger.tags(sentences) == plain_tags(tmp_path / "student", sentences)


def test_a_long_sentence_is_labelled_in_overlapping_windows(model: Path, sentences: list[list[str]]) -> None:
    tagger = Tagger(model, threads=1)
    words = [word for sentence in sentences for word in sentence][:330]
    ranges = windows(330, WINDOW_WORDS)
    expected = joined(ranges, plain_tags(model, [words[begin:end] for begin, end in ranges]))
    assert tagger.tags([["Rome"], words, []]) == [*plain_tags(model, [["Rome"]]), expected, []]
    assert len(ranges) == 6


def test_windows_become_smaller_where_words_have_many_subwords(model: Path) -> None:
    tagger = Tagger(model, threads=1)
    words = ["Pneumonoultramicroscopicsilicovolcanoconiosis"] * 40 + ["Blair", "left", "."]  # of 15 subwords each
    ranges = windows(len(words), WINDOW_WORDS // 4)
    expected = joined(ranges, plain_tags(model, [words[begin:end] for begin, end in ranges]))
    assert tagger.tags([words]) == [expected]


@pytest.mark.parametrize(
    "words",
    [
        ["x" * 20_000, "Tony", "Blair", "left", "Berlin"],
        ["\u200e"] * 600 + ["Tony", "Blair", "left", "Berlin"],
        ["/" * 5000, "Tony", "Blair", "left", "Berlin"],
        ["\U0001f600" * 3000, "Tony", "Blair", "left", "Berlin"],
        ["\ud83d", "Tony", "Blair", "left", "Berlin"],
        ["", "Tony", "Blair", "left", "Berlin"],
    ],
    ids=lambda words: f"{len(words[0])} of {words[0][:1]!a}",
)
def test_predict_a_word_of_20_000_letters_600_zero_subword_words_5000_slashes(words: list[str], names: Path) -> None:
    (tags,) = Tagger(names, threads=1).tags([words])
    assert tags == ["O"] * (len(words) - 4) + ["B-PER", "I-PER", "O", "B-LOC"]


def test_a_word_without_subwords_is_outside_whatever_label_comes_first(names: Path, tmp_path: Path) -> None:
    shutil.copytree(names, tmp_path / "student")
    config = json.loads((names / "config.json").read_text())
    flipped = {"0": config["id2label"]["1"], "1": "O"}
    (tmp_path / "student/config.json").write_text(json.dumps(config | {"id2label": config["id2label"] | flipped}))
    assert Tagger(tmp_path / "student", threads=1).tags([["\u200e"]]) == [["O"]]


def test_predict_model_whose_labels_are_no_iob2(student: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"the model's labels are no tags such as O, B-PER .*: LABEL_0, LABEL_1"):
        Tagger(student)  # was not trained to label


def copy_with(model: Path, folder: Path, **changes: Any) -> Path:
    """Copy a model, with other values in its config."""
    shutil.copytree(model, folder)
    config = json.loads((model / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))
    return folder


def test_predict_bioes_is_read(by_heart: ByHeart) -> None:
    folder = by_heart({"Rome": "S-LOC", "Tony": "B-PER", "Blair": "E-PER", "Angela": "B-PER", "de": "I-PER"})
    tags = Tagger(folder, threads=1).tags([["Rome", "Angela", "de", "Blair", "Tony", "Blair", "left"]])
    assert tags == [["B-LOC", "B-PER", "I-PER", "I-PER", "B-PER", "I-PER", "O"]]
    tags = Tagger(by_heart({"Rome": "I-LOC", "Tony": "I-PER"}), threads=1).tags([["Tony", "Rome", "Rome", "left"]])
    assert tags == [["B-PER", "B-LOC", "I-LOC", "O"]]


def test_predict_model_folder_with_half_a_file(model: Path, tmp_path: Path) -> None:
    half = copy_with(model, tmp_path / "layers", num_hidden_layers=7)
    with pytest.raises(UserError, match=r"no trained student: it has no bert\.encoder\.layer\.6\.attention"):
        Tagger(half)
    labels = json.loads((model / "config.json").read_text())["id2label"]
    with pytest.raises(UserError, match=r"config\.json has 10 labels, but the model 9"):
        Tagger(copy_with(model, tmp_path / "labels", id2label=labels | {"9": "B-X"}))
    with pytest.raises(UserError, match=r"the tokenizer has 30522 subwords, but the model 99; copy the whole folder"):
        Tagger(copy_with(model, tmp_path / "vocabulary", vocab_size=99))
    sizes = {"hidden_size": 60, "intermediate_size": 64, "max_position_embeddings": 99, "type_vocab_size": 7}
    for key, size in sizes.items():
        with pytest.raises(
            UserError, match=r"by config\.json \S+ has the size .* but in the model .*copy the whole folder"
        ):
            Tagger(copy_with(model, tmp_path / key, **{key: size, "num_attention_heads": 2}))
    with pytest.raises(UserError, match=r"config\.json has 1 layers, but the model has bert\.encoder\.layer\.1\."):
        Tagger(copy_with(model, tmp_path / "few", num_hidden_layers=1))
    for name, part in (
        ("model.safetensors", "the model's weights"),
        ("config.json", "config.json"),
        ("tokenizer.json", "the tokenizer"),
        ("tokenizer_config.json", "the tokenizer"),
    ):
        for size in (0, 50):
            folder = tmp_path / f"{name}-{size}"
            shutil.copytree(model, folder)
            (folder / name).write_bytes((model / name).read_bytes()[:size])
            with pytest.raises(
                UserError, match=rf"{re.escape(str(folder))}: {part} can't be read \(.*copy the whole folder"
            ):
                Tagger(folder, threads=1)


def test_a_model_of_another_architecture_that_was_not_trained_to_label(student: Path, tmp_path: Path) -> None:
    config = transformers.DistilBertConfig(
        n_layers=1, dim=32, hidden_dim=64, n_heads=2, id2label=dict(enumerate(LABELS))
    )
    transformers.DistilBertModel(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"no trained student: it has no classifier\.bias"):
        Tagger(tmp_path)


def test_predict_another_architecture_with_another_config(student: Path, tmp_path: Path) -> None:
    config = transformers.DistilBertConfig(
        n_layers=2, dim=32, hidden_dim=64, n_heads=2, id2label=dict(enumerate(LABELS)), vocab_size=30522
    )
    transformers.DistilBertForTokenClassification(config).save_pretrained(tmp_path / "model")
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path / "model")
    with pytest.raises(UserError, match=r"config\.json has 1 layers, but the model has .*layer\.1\."):
        Tagger(copy_with(tmp_path / "model", tmp_path / "few", n_layers=1))
    with pytest.raises(UserError, match=r"the model's weights can't be read") as caught:
        Tagger(copy_with(tmp_path / "model", tmp_path / "narrow", dim=16))
    assert "\n" not in str(caught.value)


def test_predict_model_folder_without_a_file(model: Path, tmp_path: Path) -> None:
    for name, message in (
        ("model.safetensors", r"no weights here \(model\.safetensors is missing\); copy the whole folder"),
        ("config.json", r"no model here \(config\.json is missing\)"),
        ("tokenizer.json", r"no tokenizer here \(tokenizer\.json is missing\); copy the whole folder"),
    ):
        folder = tmp_path / name
        shutil.copytree(model, folder)
        (folder / name).unlink()
        with pytest.raises(UserError, match=message) as caught:
            Tagger(folder, threads=1)
        assert "\n" not in str(caught.value)
    (tmp_path / "tokenizer.json/tokenizer_config.json").unlink()
    with pytest.raises(UserError, match="tokenizer"):
        Tagger(tmp_path / "tokenizer.json", threads=1)


def test_what_is_wrong_with_the_arguments_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no model here .*give --model FOLDER"):
        Tagger(tmp_path)
    with pytest.raises(UserError, match=r"--threads: expected 1 or more, found 0"):
        Tagger(model, threads=0)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"])
def test_a_file_that_is_not_as_it_was_trained_is_refused(name: str, by_heart: ByHeart, tmp_path: Path) -> None:
    folder = tmp_path / "student"
    shutil.copytree(by_heart({"Blair": "B-PER"}), folder)
    sums.write(folder)
    assert Tagger(folder, threads=1).tags([["Blair", "left"]]) == [["B-PER", "O"]]
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 4
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"student: {name} is not as it was written.*delete tinyner.sha256 in it"):
        Tagger(folder, threads=1)


def test_a_student_of_the_pipeline_is_brought_back_by_dvc(by_heart: ByHeart, tmp_path: Path) -> None:
    folder = tmp_path / "models/student"
    shutil.copytree(by_heart({"Blair": "B-PER"}), folder)
    (tmp_path / "dvc.yaml").write_text("stages: {train: {outs: [models/student]}}")
    sums.write(folder)
    (folder / "config.json").write_text("{}")
    with pytest.raises(UserError, match=r"delete .*models/student, then run `dvc repro train`"):
        Tagger(folder, threads=1)
