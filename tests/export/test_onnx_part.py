"""The ONNX folder: loaded with onnxruntime, tokenizers and numpy alone, and checked against torch label by label."""

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers import DistilBertConfig, DistilBertForTokenClassification

from tests.export.barred import run_without
from tests.export.made import ENTITIES, SENTENCES, TEXT
from tests.in_process import command
from tinyner.export.check import Sentences
from tinyner.export.onnx_part import GRAPHS, differences
from tinyner.export.plain_onnx import Student
from tinyner.plurals import number
from tinyner.predict.tagger import Tagger

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra onnx is not installed"),
]


@pytest.mark.parametrize("flags", [(), ("--int8",)])
def test_the_example_finds_entities_without_torch_and_this_package(
    exported: tuple[Path, str], flags: tuple[str, ...]
) -> None:
    barred = ["torch", "transformers", "tinyner", "safetensors", "huggingface_hub", "onnx"]
    printed = run_without(barred, exported[0] / "onnx/example.py", *flags, TEXT)
    assert printed == "".join(f"{label}\t{text}\n" for label, text in ENTITIES)


def test_the_example_labels_words_as_predict_does(exported: tuple[Path, str], names: Path) -> None:
    student = Student(exported[0] / "onnx")
    short = [words for words in SENTENCES if len(words) < 100]  # predict has windows for longer ones
    assert [student.tags(words) for words in short] == Tagger(names, threads=1).tags(short)
    assert student.tags([]) == []


def test_the_example_refuses_what_is_too_long(exported: tuple[Path, str]) -> None:
    with pytest.raises(SystemExit, match="at most 512; split it"):
        Student(exported[0] / "onnx").tags(["Rome"] * 600)


def test_a_word_that_a_graph_labels_otherwise_is_counted(exported: tuple[Path, str], names: Path) -> None:
    folder, tagger = exported[0] / "onnx", Tagger(names, threads=1)
    words = TEXT.split()
    (right,) = tagger.tags([words])
    wrong = ["O", *right[1:-1], "B-LOC"]
    found = differences(folder / GRAPHS["fp32"], tagger, Sentences([words], "made"), [wrong], 0)
    assert found == [("Angela", "O", "B-PER"), (".", "B-LOC", "O")]


def test_the_differences_from_torch_are_counted_and_printed(exported: tuple[Path, str]) -> None:
    folder, printed = exported
    checks = json.loads((folder / "export.json").read_bytes())["checks"]
    assert (checks["sentences"], checks["words"]) == (len(SENTENCES), sum(map(len, SENTENCES)))
    assert checks["source"] == "data/prepared/test.jsonl"
    assert checks["words_that_differ_from_torch"].keys() == GRAPHS.keys()
    assert checks["words_that_differ_from_torch"]["fp32"] == 0
    for kind, count in checks["words_that_differ_from_torch"].items():
        assert f"{kind} against torch: {count} label" in printed
    assert checks["stray_inside_tags_by_argmax"] > 0
    assert (
        f"; {number(checks['stray_inside_tags_by_argmax'], 'I- tag continues', 'I- tags continue')} nothing" in printed
    )
    assert "`tinyner push NAME out` uploads it" in printed
    assert checks["words_that_differ_by_argmax"] >= checks["stray_inside_tags_by_argmax"] // 2


def test_without_sentences_to_check_by_it_is_refused_and_a_file_mends_that(workspace: Path, tmp_path: Path) -> None:
    (workspace / "data/prepared/test.jsonl").unlink()
    words = ("export", "out", "--formats", "onnx")
    done = command(workspace, *words, TINYNER_CACHE=str(tmp_path))
    assert (done.returncode, (workspace / "out").exists()) == (2, False)
    assert "--check FILE" in done.stderr
    (workspace / "texts.txt").write_text(f"{TEXT}\n")
    done = command(workspace, *words, "--check", "texts.txt", TINYNER_CACHE=str(tmp_path))
    assert done.returncode == 0
    assert "fp32 against torch: 0 labels differ of 8 words in texts.txt" in done.stdout


def test_other_families_are_refused_before_any_work(workspace: Path, tmp_path: Path) -> None:
    labels = {0: "O", 1: "B-PER", 2: "I-PER"}
    shape: dict[str, Any] = {"dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 32, "vocab_size": 30522}
    DistilBertForTokenClassification(DistilBertConfig(**shape, id2label=labels)).save_pretrained(
        workspace / "models/student"
    )
    done = command(workspace, "export", "out", TINYNER_CACHE=str(tmp_path))
    assert done.returncode == 2
    assert "only students of the BERT family" in done.stderr
    assert "--formats hf,spacy" in done.stderr


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx"])
def test_the_example_refuses_what_is_not_as_it_was_exported(
    name: str, exported: tuple[Path, str], tmp_path: Path
) -> None:
    folder = tmp_path / "onnx"
    shutil.copytree(exported[0] / "onnx", folder)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(SystemExit, match=rf"{name}: is not as it was exported; copy the whole folder again"):
        Student(folder)
