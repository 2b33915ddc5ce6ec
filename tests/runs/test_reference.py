"""What predictions are held against: gold, or the teacher's tags of the sentences that it labelled."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compare.made_runs import STAND_INS, TEST, labelled, predicting_run

from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.params import Params
from tinyner.runs.metrics import check_metrics
from tinyner.runs.reference import Reference, reference_of, workspace_reference
from tinyner.runs.run import Run, digest_of


def of_teacher(unlabelled: int = 0, *tags: str) -> Reference:
    """Return the reference of STAND_INS, the first ``unlabelled`` of which the teacher has no tags of."""
    return Reference.of(STAND_INS, labelled(unlabelled, tags or ("B-PER", "I-PER", "O")))


def test_gold_is_used_where_a_sentence_has_it() -> None:
    reference = Reference.of(TEST, labelled(0, ("O", "O", "O")))
    assert not reference.by_teacher
    assert reference.tags == [row["tags"] for row in TEST]
    assert reference.digest == reference.test == digest_of(TEST)


def test_without_gold_the_sentences_that_the_teacher_labelled_are_scored() -> None:
    reference = of_teacher(3)
    assert reference.by_teacher
    assert reference.test == digest_of(STAND_INS)
    assert [row["id"] for row in reference.sentences] == [row["id"] for row in STAND_INS[3:]]
    predictions = {1: [[row["id"]] for row in STAND_INS]}
    assert reference.scored(predictions) == {1: predictions[1][3:]}
    with pytest.raises(ValueError, match=r"seed 1 has 2 sentences, and the test set 40"):
        reference.scored({1: [["O"], ["O"]]})


@given(st.integers(0, 39), st.integers(0, 39))
def test_other_sentences_or_tags_are_another_reference(first: int, second: int) -> None:
    assert (of_teacher(first).digest == of_teacher(second).digest) == (first == second)
    assert of_teacher(first).digest != of_teacher(first, "O", "O", "B-PER").digest
    assert of_teacher(first).test == of_teacher(second).test


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a folder whose test set has no gold."""
    monkeypatch.chdir(tmp_path)
    write_rows(tmp_path / "data/prepared/test.jsonl", STAND_INS)
    write_rows(tmp_path / "data/aligned/target.jsonl", labelled(2))
    return tmp_path


def test_the_workspace_has_the_reference_of_its_own_runs_alone(workspace: Path, params: Params) -> None:
    mine, gold = predicting_run("mine", params, 9, labelled(2)), predicting_run("gold", params, 9)
    assert reference_of([mine]).digest == mine.reference == workspace_reference().digest
    with pytest.raises(UserError, match=r"^gold: its predictions are of other test sentences than data/prepared"):
        reference_of([mine, gold])
    with pytest.raises(UserError, match=r"^other: was held against other tags of the teacher than those in data/al"):
        reference_of([mine, predicting_run("other", params, 9, labelled(1))])
    write_rows(workspace / "data/prepared/test.jsonl", TEST)
    with pytest.raises(UserError, match=r"^mine: its scores are agreement with the teacher, not accuracy, and data/pr"):
        reference_of([mine])


def test_files_that_are_missing(workspace: Path) -> None:
    write_rows(workspace / "data/aligned/target.jsonl", [])
    with pytest.raises(UserError, match=r"^data/aligned/target.jsonl: has none of the 40 sentences that stand in"):
        workspace_reference()
    (workspace / "data/aligned/target.jsonl").unlink()
    with pytest.raises(UserError, match=r"^data/aligned/target.jsonl: is not here, .*; it has the tags that stand in"):
        workspace_reference()
    (workspace / "data/prepared/test.jsonl").unlink()
    with pytest.raises(
        UserError, match=r"^data/prepared/test.jsonl: is not here, .*; what is predicted is held against it$"
    ):
        workspace_reference()


def test_a_run_knows_what_it_was_scored_on(params: Params) -> None:
    gold, teacher = predicting_run("g", params, 9), predicting_run("t", params, 9, labelled())
    assert (gold.by_teacher, teacher.by_teacher) == (False, True)
    assert gold.summary == teacher.summary  # the same predictions and tags
    assert gold.scored_seeds == teacher.scored_seeds
    assert gold.reference == gold.test != teacher.reference != teacher.test
    assert (gold.dev_by_teacher, gold.dev_scores) == (False, [])
    dev = replace(gold, metrics={"train": {"seeds": [{"dev_teacher_agreement": 0.5}, {"dev_teacher_agreement": None}]}})
    assert (dev.dev_by_teacher, dev.dev_scores) == (True, [0.5])
    with pytest.raises(UserError, match=r"x: has no metrics/evaluate.json"):
        Run("x", {}, {}, lambda: gold.details).summary  # noqa: B018


ROW = {"of": "micro", "support": 1, "recall": 0.5, "f1": 0.5, "recall_std": 0.1, "f1_std": 0.1, "precision_std": 0.1}


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (
            {"evaluate": {"teacher_agreement_summary": [ROW]}},
            "evaluate.teacher_agreement_summary.0.precision: is missing",
        ),
        (
            {"evaluate": {"summary": [], "teacher_agreement": 0.5}},
            "evaluate: summary is a score against gold, teacher_agreement one against the teacher's tags",
        ),
        (
            {"train": {"seeds": [{"dev_teacher_agreement": "x"}]}},
            'train.seeds.0.dev_teacher_agreement: input should be a valid number, found "x"',
        ),
        (
            {"train": {"seeds": [{"dev_teacher_agreement": 0.5, "dev_f1": 0.5}]}},
            "train.seeds.0.dev_f1: input should be None, found 0.5",
        ),
        (
            {"train": {"seeds": [{"dev_teacher_agreement": 0.5}, {"dev_f1": 0.5}]}},
            "train: some seeds have dev_f1, others dev_teacher_agreement",
        ),
        ({"train": {"seeds": [7]}}, "train.seeds.0: expected an object, found 7"),
    ],
)
def test_damaged_metrics(metrics: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_metrics(metrics)
