"""A trained student finds in plain text what it finds in the corpus's own words."""

from collections.abc import Sequence

import pytest

from tests.conftest import ROOT
from tests.conll import conll_2003
from tests.plain_text import plain_text
from tinyner.bio import tags_to_spans
from tinyner.predict.labelling import labelled
from tinyner.predict.tagger import Tagger
from tinyner.predict.text import Text

STUDENT = ROOT / "models/student"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (STUDENT / "model.safetensors").exists(), reason="no trained student in models/student: run `dvc repro`"
    ),
]

Entities = set[tuple[int, int, int, str]]
"""Number of the text, start, end in characters, and type of each."""


def strict_f1(texts: Sequence[Text], gold: Entities, tagger: Tagger) -> float:
    predicted: Entities = {
        (number, entity.start, entity.end, entity.label)
        for number, text in enumerate(labelled(texts, tagger))
        for entity in text.entities
    }
    return 2 * len(gold & predicted) / (len(gold) + len(predicted))


def test_plain_text_costs_no_f1() -> None:
    sentences = conll_2003("test")
    typed = [plain_text(row["words"]) for row in sentences]
    gold: Entities = {
        (number, places[begin][0], places[end - 1][1], label)
        for number, ((_, places), row) in enumerate(zip(typed, sentences, strict=True))
        for begin, end, label in tags_to_spans(row["tags"])
    }
    tagger = Tagger(STUDENT)
    on_gold_words = strict_f1([Text({}, text, places, 1) for text, places in typed], gold, tagger)
    on_plain_text = strict_f1([Text({}, text, None, 1) for text, _ in typed], gold, tagger)
    assert on_gold_words > 0.5  # it is trained
    assert on_plain_text == pytest.approx(on_gold_words, abs=0.002)
