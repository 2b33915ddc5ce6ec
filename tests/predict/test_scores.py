"""Scores of entities: what is left out by them, and the threshold for a precision."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.predict.conftest import ByHeart
from tests.predict.test_label_files import entities, rows_of
from tinyner import cli
from tinyner.errors import UserError
from tinyner.predict.student import Student
from tinyner.predict.tagger import Tagger

pytestmark = pytest.mark.slow

TEXT = "Tony Blair met Angela Merkel in Rome.\n"
CURVE = [[0.0, 0.8, 0.9], [0.9, 0.95, 0.7], [0.999, 1.0, 0.1]]


def with_card(model: Path, **changes: Any) -> Path:
    """Write into a model's config what stage train would, with changes."""
    config = json.loads((model / "config.json").read_text())
    dev = {"entities": 902, "threshold_precision_recall": CURVE}
    card = {"decode": "viterbi", "temperature": 2.0, "dev": dev, **changes}
    (model / "config.json").write_text(json.dumps(config | {"tinyner": card}))
    return model


@pytest.fixture
def text(tmp_path: Path) -> Path:
    (tmp_path / "in.txt").write_text(TEXT)
    return tmp_path / "in.txt"


@pytest.fixture
def own(names: Path, tmp_path: Path) -> Path:
    """A copy of the model that knows some names."""
    return Path(shutil.copytree(names, tmp_path / "own"))


def scores_of(rows: list[dict[str, Any]]) -> list[float]:
    return [span["score"] for row in rows for span in row["spans"]]


def test_a_higher_temperature_makes_scores_lower_and_no_entity_another(names: Path, own: Path, text: Path) -> None:
    plain, scaled = rows_of(text, names), rows_of(text, with_card(own))
    assert entities(plain) == entities(scaled)
    assert all(after < before for before, after in zip(scores_of(plain), scores_of(scaled), strict=True))


def test_less_probable_entities_are_left_out(names: Path, text: Path) -> None:
    scores = sorted(scores_of(rows_of(text, names)))
    assert len(scores) == 3
    kept = scores_of(rows_of(text, names, "--min-score", str(scores[1])))
    assert sorted(kept) == [score for score in scores if score >= scores[1]]
    assert scores_of(rows_of(text, names, "--min-score", "1")) == []


def test_a_model_whose_entities_have_no_probability_leaves_none_out_in_silence(by_heart: ByHeart, text: Path) -> None:
    model = by_heart({"Tony": "I-PER", "Blair": "I-PER"})  # IOB1: no entity has a beginning of its own
    assert entities(rows_of(text, model)) == [[("PER", "Tony Blair")]]
    message = f"--min-score: the entities of {model} have no probabilities, since a type of its labels lacks its B-"
    with pytest.raises(UserError, match=re.escape(message)):
        cli.run(["predict", str(text), "-m", str(model), "--min-score", "0.5"])
    with pytest.raises(UserError, match=re.escape(message)):
        Student(model, min_score=0.5)
    with pytest.raises(UserError, match=r"--precision: the entities of .* have no probabilities"):
        cli.run(["predict", str(text), "-m", str(model), "--precision", "0.5"])


def test_a_precision_is_looked_up_on_dev(own: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(text, with_card(own), "--precision", "0.9")
    assert all(score >= 0.9 for score in scores_of(rows))
    assert capsys.readouterr().err.startswith(
        "tinyner: entities with a score of 0.9000 or more: on dev (902 entities) their precision is 0.950 and their "
        "recall 0.700\n"
    )


def test_a_precision_on_the_teachers_labels_is_not_called_accuracy(
    own: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dev = {"entities": 902, "by_teacher": True, "threshold_precision_recall": CURVE}
    rows_of(text, with_card(own, dev=dev), "--precision", "0.9")
    assert capsys.readouterr().err.startswith(
        "tinyner: entities with a score of 0.9000 or more: on dev (902 entities, labelled by the teacher) their "
        "precision is 0.950 and their recall 0.700: agreement with the teacher, not accuracy\n"
    )


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        (None, ["--precision", "0.9"], "does not say how right its entities are on dev; train with train.dev_size"),
        ({"dev": {"entities": 9, "threshold_precision_recall": [[0.0, 0.5, 0.9]]}}, ["--precision", "0.9"],
         "--precision: 0.9 was not reached on dev, at most 0.500"),
        ({"temperature": -1}, [], "config.json: the key tinyner is not as stage train writes it"),
        ({"decode": "beam"}, [], "config.json: the key tinyner is not as stage train writes it"),
        ({"dev": 7}, [], "config.json: the key tinyner is not as stage train writes it"),
    ],
)  # fmt: skip
def test_what_the_model_does_not_say_is_one_line(
    changes: dict[str, Any] | None,
    options: list[str],
    message: str,
    own: Path,
    text: Path,
) -> None:
    if changes is not None:
        with_card(own, **changes)
    with pytest.raises(UserError, match=re.escape(message)):
        cli.run(["predict", str(text), "-m", str(own), *options])


def test_an_entity_that_fits_into_no_window_has_the_score_of_its_part(names: Path) -> None:
    words = ["Tony", *["Blair"] * 150, "left"]
    (tagged,) = Tagger(names, threads=1).label([words])
    assert tagged.tags[:3] == ["B-PER", "I-PER", "I-PER"]
    assert tagged.probabilities is not None
    assert len(tagged.probabilities) == sum(tag.startswith("B-") for tag in tagged.tags)
    assert all(0 <= score <= 1 for score in tagged.probabilities)
