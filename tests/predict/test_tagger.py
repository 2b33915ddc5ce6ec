"""The student at work: any file, no word left out, the labels of the plain model."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tinyner import cli
from tinyner.errors import UserError
from tinyner.predict import tagger as tagger_module
from tinyner.predict.tagger import Tagger, read_texts, words_of
from tinyner.prepare import corpus

LABELS = ["O", *(f"{position}-{name}" for name in ("LOC", "MISC", "ORG", "PER") for position in "BI")]


@pytest.fixture(scope="module")
def model(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real student under a random head: labels of all kinds, and no two alike."""
    folder = tmp_path_factory.mktemp("models") / "student"
    torch.manual_seed(0)
    names = {"id2label": dict(enumerate(LABELS)), "label2id": {label: index for index, label in enumerate(LABELS)}}
    made = AutoModelForTokenClassification.from_pretrained(student, num_labels=len(LABELS), **names)
    made.save_pretrained(folder)
    AutoTokenizer.from_pretrained(student).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    return [row["words"] for row in corpus.read("wheel", ["LOC", "MISC", "ORG", "PER"])["test"][:60]]


def plain(folder: Path, sentences: list[list[str]]) -> list[list[str]]:
    """Sentence by sentence, by the model as transformers has it."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    made = AutoModelForTokenClassification.from_pretrained(folder).eval()
    found = []
    for words in sentences:
        batch = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.inference_mode():
            best = made(**batch).logits[0].argmax(-1).tolist()
        firsts: dict[int, int] = {}
        for place, word in enumerate(batch.word_ids(0)):
            if word is not None:
                firsts.setdefault(word, place)
        found.append([LABELS[best[firsts[word]]] if word in firsts else "O" for word in range(len(words))])
    return found


def test_labels_are_the_plain_models(model: Path, sentences: list[list[str]]) -> None:
    found = Tagger(model, threads=1).tags(sentences)
    assert found == plain(model, sentences)
    assert len({tag for row in found for tag in row}) > 4


def test_another_architecture_is_labelled_too(student: Path, sentences: list[list[str]], tmp_path: Path) -> None:
    config = transformers.DistilBertConfig(vocab_size=30522, dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    config.num_labels = len(LABELS)
    config.id2label = dict(enumerate(LABELS))
    torch.manual_seed(0)
    made: Any = AutoModelForTokenClassification.from_config(config)  # type: ignore[no-untyped-call]
    made.save_pretrained(tmp_path / "one")
    AutoTokenizer.from_pretrained(student).save_pretrained(tmp_path / "one")
    assert Tagger(tmp_path / "one", threads=1).tags(sentences) == plain(tmp_path / "one", sentences)


def test_eight_bits_agree_with_thirty_two_on_most_words(
    model: Path, sentences: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path))
    found = Tagger(model, int8=True, threads=1).tags(sentences)
    exact = Tagger(model, threads=1).tags(sentences)
    same = [one == other for row, rows in zip(found, exact, strict=True) for one, other in zip(row, rows, strict=True)]
    assert np.mean(same) > 0.6  # of 9 labels; a random head's are near ties
    assert [path.suffix for path in (tmp_path / "onnx").iterdir()] == [".onnx"]


def test_no_word_of_a_long_text_is_left_out(model: Path) -> None:
    tagger = Tagger(model, threads=1)
    words = ["Pneumonoultramicroscopicsilicovolcanoconiosis"] * 150 + ["."] + ["Blair"] * 150
    (tags,) = tagger.tags([words])
    assert len(tags) == 301
    pieces = [range(begin, end) for begin, end in tagger_module._pieces(words)]
    assert [place for piece in pieces for place in piece] == list(range(301))
    assert all(len(piece) <= tagger_module.WORDS for piece in pieces)
    assert [(piece.start, piece.stop) for piece in pieces] == [(0, 151), (151, 301)]  # at the sentence's end
    # The long words don't fit into the student at once, so their piece was halved until they did.
    assert tags[151:] == tagger.tags([words[151:]])[0]
    assert set(tags[:150]) - {"O"} or tagger.tags([words[:10]])[0] == ["O"] * 10


def test_lines_and_rows_go_in_and_spans_come_out(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tagger_module, "BLOCK", 2)
    (tmp_path / "in.jsonl").write_text(
        '{"id": 7, "text": "Blair\'s U.S. visit"}\n\n{"words": ["New", "York"]}\n{"text": ""}\n'
    )
    out = tmp_path / "out.jsonl"
    command = ["tinyner", "predict", str(tmp_path / "in.jsonl"), "-m", str(model), "-o", str(out), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", command)
    cli.main()
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["text"] for row in rows] == ["Blair's U.S. visit", "New York", ""]
    assert rows[0]["id"] == 7
    assert rows[1]["words"] == ["New", "York"]
    assert rows[2]["spans"] == []
    assert any(row["spans"] for row in rows)
    for row in rows:
        assert all(row["text"][span["start"] : span["end"]] == span["text"] for span in row["spans"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "x"}\n{"txt": "x"}\n', "a.jsonl:2: expected text (a string) or words"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: expected text (a string) or words"),
        ("a.jsonl", b'{"text"\n', "a.jsonl:1: expected a JSON object"),
        ("a.txt", b"ok\n\xff\n", "a.txt:2: expected UTF-8 text, found the byte 0xff"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_written(
    name: str, content: bytes, message: str, model: Path, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        tagger_module.run(tmp_path / name, model, tmp_path / "out", threads=1)
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_is_not_there_is_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none.txt: no such file"):
        tagger_module.run(tmp_path / "none.txt", model, None)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match=r"no model here .*run `dvc repro`"):
        tagger_module.run(tmp_path / "a.txt", tmp_path, None)


def test_a_mark_of_byte_order_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfBlair left\r\n")
    (text,) = read_texts(tmp_path / "a.txt")
    assert (text.text, text.words) == ("Blair left", words_of("Blair left"))
