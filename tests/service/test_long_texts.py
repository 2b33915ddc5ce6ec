"""A long text is labelled in steps: as it is at once."""

from pathlib import Path

import pytest

from tinyner.predict.labelling import Labelled, Steps, labelled, labelled_in_steps
from tinyner.predict.tagger import Tagger
from tinyner.predict.text import Text, text_of_words

SENTENCES = "Angela Merkel met Tony Blair in Berlin. Rome fell.\n" * 20
LONG = "Paris and Rome " * 150  # a sentence of many windows
FULL = " ".join(["x1-" * 30] * 60)  # windows that have more subwords than the student has positions


def run(steps: Steps) -> tuple[Labelled, int]:
    """Return the text with its entities, and how often it paused."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, count
        count += 1


@pytest.mark.parametrize("min_score", [0.0, 0.5])
def test_in_steps_the_answer_is_that_of_predict(tiny: Path, monkeypatch: pytest.MonkeyPatch, min_score: float) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("TINYNER_CACHE", str(tiny.parent / "cache"))
    monkeypatch.setattr("tinyner.predict.tagger._STEP_WORDS", 150)
    tagger = Tagger(tiny, threads=1, runtime="onnx")
    long = [Text({}, content, None, 1) for content in (SENTENCES + LONG + FULL, LONG, "", " \u200e ")]
    for text in [*long, text_of_words(LONG.split(), 1, {})]:
        answer, count = run(labelled_in_steps(text, tagger, min_score))
        assert [answer] == list(labelled([text], tagger, min_score))
        assert count > 1 or not text.text.strip(" \u200e")
