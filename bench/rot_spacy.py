"""The spaCy folder that `tinyner export` writes, as ``bench/rot.py`` damages it; needs the extra ``spacy``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import spacy

from rot_kind import Kind, cache_in
from rot_model import LABELS, SENTENCES, write_student
from tinyner import sums
from tinyner.errors import UserError
from tinyner.export.spacy_part import write_spacy

_TEXTS = [" ".join(words) for words in SENTENCES]


def _make_spacy(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_student(folder / "student")
        types = list(dict.fromkeys(label[2:] for label in LABELS[1:]))
        write_spacy(folder / "student", folder / "spacy", types, "unknown", "0.3")
        return folder / "spacy" / name

    return make


def _read_spacy(folder: Path) -> list[Any]:
    with cache_in(folder / "cache"):
        try:
            pipeline = spacy.load(folder / "spacy")
        except UserError:
            raise
        except Exception as error:  # spaCy reads its files first, and says in its own words what is wrong with them
            raise UserError(str(error).strip().partition("\n")[0]) from None
        docs = list(pipeline.pipe(_TEXTS))
    entities = [[(span.text, span.label_, span._.score) for span in doc.ents] for doc in docs]
    return [entities, [[token.text for token in doc] for doc in docs]]


KINDS = {
    # spaCy reads these two first, and refuses them in words that don't name the file.
    "spacy-config": Kind(_make_spacy("config.cfg"), _read_spacy, said_as=("",)),
    "spacy-meta": Kind(_make_spacy("meta.json"), _read_spacy, said_as=("",)),
    "spacy-sums": Kind(_make_spacy(sums.NAME), _read_spacy),
    "spacy-weights": Kind(_make_spacy("tinyner/model.safetensors"), _read_spacy),
}
