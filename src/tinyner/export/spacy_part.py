"""The spaCy folder of an export, as ``nlp.to_disk`` writes it; spaCy itself is not needed for that."""

from collections.abc import Sequence
from pathlib import Path

from tinyner import sums
from tinyner.files import write_json
from tinyner.predict.model_files import copy_model

_CONFIG = """[nlp]
lang = "xx"
pipeline = ["tinyner"]
disabled = []
before_creation = null
after_creation = null
after_pipeline_creation = null
batch_size = 256

[nlp.tokenizer]
@tokenizers = "tinyner.words"

[nlp.vectors]
@vectors = "spacy.Vectors.v1"

[components]

[components.tinyner]
factory = "tinyner"
model = null
runtime = "auto"
min_score = 0.0
threads = null
"""


def write_spacy(model: Path, target: Path, types: Sequence[str], license_name: str, version: str) -> None:
    """Write a pipeline of one component, with the model in it.

    Args:
        model: folder of the student.
        target: the folder to write.
        types: of the entities.
        license_name: of the weights.
        version: of tinyner.
    """
    copy_model(model, target / "tinyner")
    (target / "config.cfg").write_text(_CONFIG, encoding="utf-8")
    meta = {
        "lang": "xx",
        "name": "tinyner_student",
        "version": version,
        "spacy_version": ">=3.8.0,<4.0.0",
        "description": "A student that tinyner trained: pip install -e '.[spacy]' in a clone of tinyner, then "
        "spacy.load of this folder",
        "license": license_name,
        "labels": {"tinyner": list(types)},
        "pipeline": ["tinyner"],
        "components": ["tinyner"],
        "disabled": [],
    }
    write_json(target / "meta.json", meta)
    sums.write(target, ["config.cfg", "meta.json"])
