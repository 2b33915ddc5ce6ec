"""The Hugging Face folder: loaded by transformers alone; it is the same student to `tinyner predict`."""

import json
from pathlib import Path

import pytest

from tests.export.barred import run_without
from tests.export.made import ENTITIES, SENTENCES, TEXT
from tinyner.predict.tagger import Tagger

pytestmark = pytest.mark.slow

PROGRAM = """
import json, sys
from transformers import pipeline
ner = pipeline("token-classification", sys.argv[1], aggregation_strategy="first")
text = sys.argv[2]
print(json.dumps([(e["entity_group"], text[e["start"]:e["end"]]) for e in ner(text)]))
"""


def test_transformers_finds_entities_without_this_package(exported: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    printed = run_without(["tinyner"], tmp_path / "program.py", str(exported[0] / "hf"), TEXT)
    assert [tuple(pair) for pair in json.loads(printed)] == ENTITIES


def test_it_has_the_model_and_a_card_and_nothing_else(exported: tuple[Path, str], names: Path) -> None:
    folder = exported[0] / "hf"
    model = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "tinyner.sha256"}
    assert {path.name for path in folder.iterdir()} == {*model, "README.md"}
    assert (folder / "model.safetensors").read_bytes() == (names / "model.safetensors").read_bytes()
    config, before = (json.loads((path / "config.json").read_bytes()) for path in (folder, names))
    assert config == {**before, "tinyner": config["tinyner"]}
    assert Tagger(folder, threads=1).label(SENTENCES) == Tagger(names, threads=1).label(SENTENCES)
