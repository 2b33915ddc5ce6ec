"""The files of a student, as ``bench/rot.py`` damages them: a tiny random one, so that a trial takes milliseconds."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from rot_kind import Kind, cache_in
from tinyner import sums
from tinyner.files import write_json
from tinyner.predict.tagger import Tagger
from tinyner.train.subwords import load_tokenizer

SENTENCES = [["Blair", "met", "Merkel", "in", "Berlin", "."], ["Nobody", "left"]]
LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_DEV = {"entities": 3, "threshold_precision_recall": [[0.0, 0.9, 1.0]]}
_TRAINED = {"decode": "viterbi", "temperature": 1.5, "dev": _DEV}


def write_student(folder: Path) -> None:
    """Write a trained student, with its checksums."""
    words = sorted({word for words in SENTENCES for word in words})
    vocabulary = {word: index for index, word in enumerate([*_SPECIAL, *words])}
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=special["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", ends)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    torch.manual_seed(1)
    sizes: dict[str, Any] = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config: Any = BertConfig(
        vocab_size=len(vocabulary),
        max_position_embeddings=16,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        **sizes,
    )
    BertForTokenClassification(config).save_pretrained(folder)
    write_json(folder / "config.json", json.loads((folder / "config.json").read_bytes()) | {"tinyner": _TRAINED})
    for path in folder.iterdir():
        if path.name not in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
            path.unlink()
    sums.write(folder)


def labels(folder: Path, **options: Any) -> list[Any]:
    """Return the tags and probabilities that a student gives."""
    tagged = Tagger(folder, threads=1, **options).label(SENTENCES)
    return [(sentence.tags, sentence.probabilities) for sentence in tagged]


def _make(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_student(folder / "student")
        return folder / "student" / name

    return make


def _converted(**options: Any) -> Kind:
    """Return the kind of what ONNX Runtime runs of a student, in the cache."""

    def read(folder: Path) -> list[Any]:
        with cache_in(folder / "cache"):
            return labels(folder / "student", **options)

    def make(folder: Path) -> Path:
        write_student(folder / "student")
        read(folder)
        (file,) = (folder / "cache/onnx").glob("*/model.onnx")
        return file

    return Kind(make, read)


def _make_settled(folder: Path) -> Path:
    """Write a student that was trained elsewhere and, in the cache, its tokenizer as ``transformers`` settles it."""
    write_student(folder / "student")
    config = json.loads((folder / "student/config.json").read_bytes())
    del config["tinyner"]
    write_json(folder / "student/config.json", config)
    (folder / "student" / sums.NAME).unlink()
    _of_settled(folder)
    (file,) = (folder / "cache/tokenizers").glob("*/tokenizer.json")
    return file


def _of_settled(folder: Path) -> list[Any]:
    with cache_in(folder / "cache"):
        encodings = load_tokenizer(folder / "student", 16).encodings(SENTENCES, 16)
    return [(encoding.ids, encoding.word_ids) for encoding in encodings]


def _read(folder: Path) -> list[Any]:
    return labels(folder / "student")


KINDS = {
    "model-weights": Kind(_make("model.safetensors"), _read),
    "model-config": Kind(_make("config.json"), _read),
    "model-tokenizer": Kind(_make("tokenizer.json"), _read),
    "model-tokenizer_config": Kind(_make("tokenizer_config.json"), _read),
    "model-sums": Kind(_make(sums.NAME), _read),
    "model-converted": _converted(runtime="onnx"),
    "model-converted8": _converted(int8=True),
    "model-settled": Kind(_make_settled, _of_settled),
}
