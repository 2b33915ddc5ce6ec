"""A student in a program of one's own."""

import json
from pathlib import Path

import pytest

from tests.predict.conftest import ByHeart
from tinyner.errors import UserError
from tinyner.predict.label_files import label_files
from tinyner.predict.sinks import Outputs
from tinyner.predict.student import Student

TEXTS = ["Blair went to Paris.", "", "Nobody left. Then 😀 Blair did."]


def test_it_finds_what_predict_finds(by_heart: ByHeart, tmp_path: Path) -> None:
    model = by_heart({"Blair": "B-PER", "Paris": "B-LOC"})
    rows = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
    (tmp_path / "texts.jsonl").write_text(rows)
    label_files([tmp_path / "texts.jsonl"], model, Outputs(tmp_path / "out.jsonl"))
    expected = [json.loads(line)["spans"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    student = Student(str(model))
    assert [student(text) for text in TEXTS] == list(student.label(TEXTS)) == expected
    assert [span["text"] for span in expected[0]] == ["Blair", "Paris"]
    assert [TEXTS[2][span["start"] : span["end"]] for span in expected[2]] == ["Blair"]


def test_what_is_no_text_no_model_or_no_probability_is_said(by_heart: ByHeart, tmp_path: Path) -> None:
    student = Student(by_heart({"Blair": "B-PER"}))
    with pytest.raises(TypeError, match="expected a text, found int"):
        student(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected several texts; for one, call the student"):
        list(student.label("Blair"))
    with pytest.raises(UserError, match="no model here"):
        Student(tmp_path)
    with pytest.raises(UserError, match="--min-score: expected a probability, 0 to 1"):
        Student(tmp_path, min_score=90)
