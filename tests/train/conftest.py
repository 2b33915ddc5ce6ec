"""A small experiment on real sentences and the real student, and small students of other kinds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from tests.conftest import ROOT
from tests.conll import conll_2003
from tinyner.files import write_rows
from tinyner.params import Params, load_params
from tinyner.train.cell import Cell, Data
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded
from tinyner.train.inputs import cells_of, folder_digest
from tinyner.train.subwords import load_tokenizer

MAX_LENGTH = 64

Small = Callable[..., tuple[list[Cell], Data]]
"""Make the small experiment's cells and data, with changes to the section train of its parameters."""


@pytest.fixture(scope="session")
def student(first_layer: Path) -> Path:
    """Return the folder of the student that most tests train."""
    return first_layer


@pytest.fixture(scope="session")
def small(student: Path) -> Small:
    params: Params = load_params(ROOT / "params.yaml")
    tokenizer = load_tokenizer(student, MAX_LENGTH)

    def encoded(rows: Any) -> Encoded:
        words, tags = [row["words"] for row in rows], [row["tags"] for row in rows]
        return encode(words, tags, tokenizer, params.labels, MAX_LENGTH)

    train, dev = encoded(conll_2003("train")[:24]), encoded(conll_2003("valid")[:10])
    data = Data(train, dev, dev, (16, 8))
    digest = folder_digest(student)

    def make(**changes: Any) -> tuple[list[Cell], Data]:
        base = {"epochs": 2, "lr": 1e-3, "lr_decay": 0.5, "max_length": MAX_LENGTH, "threads": 1, "seeds": [1]}
        train_params = params.train.model_copy(update={**base, **changes})
        pad_id = tokenizer.pad_id
        assert isinstance(pad_id, int)
        cells = cells_of(
            train_params, data, labels=params.labels, pad_id=pad_id, device="cpu", compute="fp32", student=digest
        )
        return cells, data

    return make


@pytest.fixture
def workspace(tmp_path: Path, real_student: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two distilled sentences, of which the first was voted on, and one of people's."""
    monkeypatch.chdir(tmp_path)
    labelled: dict[str, Any] = {"words": ["Blair", "left"], "tags": ["B-PER", "O"], "spans": []}
    voted = {"id": "a", **labelled, "weights": [0.5, 0.6667]}
    write_rows(tmp_path / "data/aligned/target.jsonl", [voted, {"id": "b", **labelled}])
    write_rows(tmp_path / "data/prepared/original.jsonl", [{"id": "c", **labelled, "weights": [0.1, 0.1]}])
    for split in ("valid", "test"):
        write_rows(tmp_path / f"data/prepared/{split}.jsonl", [{"id": split, **labelled}])
    (tmp_path / "data/student").symlink_to(real_student)
    return tmp_path


TINY: dict[str, Any] = {
    "vocab_size": 30522,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "num_labels": 9,
}


@pytest.fixture(scope="module", params=["bert", "roberta", "electra"])
def relative(request: pytest.FixtureRequest) -> transformers.PretrainedConfig:
    """The configuration of a tiny student of the BERT family."""
    if request.param == "roberta":
        return transformers.RobertaConfig(**TINY)
    if request.param == "electra":
        return transformers.ElectraConfig(**TINY, embedding_size=32)
    return transformers.BertConfig(**TINY)
