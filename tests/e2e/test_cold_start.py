"""Without a human label from the first stage on; then with gold of one split alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Copy
from tests.e2e.project import change, rows_of, run, run_stage
from tinyner.files import load, write_rows
from tinyner.rows import Sentence

AGREEMENT = "agreement with the teacher, not accuracy"


@pytest.fixture(scope="module")
def project(copy: Copy) -> Path:
    """The small project without its human labels, which lie in gold/, after all stages."""
    folder = copy("cold")
    corpus, gold = folder / "data/own", folder.parent / "gold"
    for split in ("train", "valid", "test"):
        (corpus / f"{split}.txt").unlink()
    labelled: list[Sentence] = [
        row for name in ("target", "original") for row in load(folder / f"data/prepared/{name}.jsonl")
    ]
    write_rows(gold / "labelled.jsonl", labelled)
    write_rows(gold / "train.jsonl", labelled[:10])
    # Sentences with recorded replies, of which one stands twice.
    rows = [{"id": row["id"], "words": row["words"]} for row in labelled]
    write_rows(corpus / "mine.jsonl", [*rows, {**rows[0], "id": "again"}])
    change(folder, prepare__corpus="none", prepare__target="data/own/mine.jsonl", prepare__target_size=None)
    change(folder, prepare__related="none", prepare__related_size=0, prepare__seed=1)
    change(folder, prepare__test_from_target=12, prepare__valid_from_target=8)
    change(folder, train__group="B", train__dev_size=8, train__checkpoint="best", train__seeds=[1])
    (folder / "dvc.lock").unlink()  # else what is made here would not be what the lock has
    output = stages(folder, "prepare", "annotate", "clean", "align", "train", "evaluate")
    for part in (
        f"test: prepare.corpus is none; target sentences 1 to 12 stand in, with the LLM's labels: scores on them are {AGREEMENT}",  # noqa: E501
        "held out of training: ",
        f"dev: 8 target sentences stand in, with the LLM's labels; a score on them is {AGREEMENT}",
        "dev agreement with the teacher 0.",
        "best seed on dev, by agreement with the teacher: ",
        f"A{AGREEMENT[1:]}; strict, seed 1",
    ):
        assert part in output
    assert "dev F1" not in output
    assert "paper" not in output
    return folder


def metrics(project: Path, stage: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((project / f"metrics/{stage}.json").read_text())
    return content


def stages(project: Path, *names: str) -> str:
    """Run stages in this process; return what they print."""
    printed = []
    for stage in names:
        code, output = run_stage(project, stage)
        assert code == 0, output
        printed.append(output)
    return "".join(printed)


def test_no_metric_of_a_cold_start_is_called_f1(project: Path) -> None:
    scores = metrics(project, "evaluate")
    assert scores["teacher_agreement"] == scores["teacher_agreement_summary"][0]["f1"]
    assert not [key for key in (*scores, *metrics(project, "train")) if "f1" in key]
    assert not {"summary", "seeds"} & scores.keys()
    assert metrics(project, "train")["dev_teacher_agreement"] is not None
    header = run(project, "dvc", "metrics", "show").splitlines()[0].split()
    assert "teacher_agreement" in header
    assert "dev_teacher_agreement" in header
    assert "f1" not in header


def test_stand_ins_are_predicted_and_not_trained_on(project: Path) -> None:
    test = load(project / "data/prepared/test.jsonl")
    assert [row["id"] for row in load(project / "predictions/seed_1.jsonl")] == [row["id"] for row in test]
    held_out = [row["words"] for name in ("test", "valid") for row in load(project / f"data/prepared/{name}.jsonl")]
    distilled = [row for row in load(project / "data/aligned/target.jsonl") if row["words"] not in held_out]
    assert metrics(project, "train")["run"][0]["sentences_a_seed"] == 2 * len(distilled)


@pytest.mark.parametrize(("split", "group", "measure"), [("test", "B", "f1"), ("train", "D", "teacher_agreement")])
def test_gold_of_one_split_alone(split: str, group: str, measure: str, project: Path) -> None:
    """Gold of test is that of the stand-ins, as after a review: the students learn from the same sentences."""
    before = rows_of(project / "predictions/seed_1.jsonl")
    labelled = {tuple(row["words"]): row for row in rows_of(project.parent / "gold/labelled.jsonl")}
    rows = (
        rows_of(project / "data/prepared/test.jsonl")
        if split == "test"
        else rows_of(project.parent / "gold/train.jsonl")
    )
    path = project / f"data/own/{split}.jsonl"
    write_rows(path, [{key: labelled[tuple(row["words"])][key] for key in ("words", "tags")} for row in rows])
    change(project, prepare__corpus="data/own", prepare__original_size=None, train__group=group)
    printed = stages(project, "prepare", "train", "evaluate")  # which depend on the files of the corpus
    path.unlink()
    scores = metrics(project, "evaluate")
    assert ("f1" in scores) is (measure == "f1")
    assert scores[measure] is not None
    assert next(iter(metrics(project, "train"))) == "dev_teacher_agreement"
    assert (f"A{AGREEMENT[1:]}; strict" in printed) is (measure != "f1")
    if split == "test":
        assert "test: the corpus has 12 sentences with human labels; the LLM's labels no longer stand in" in printed
        assert "in other sets (train 0, original 0, target 0, related 0, valid 1)" in printed  # the one that is twice
        after = rows_of(project / "predictions/seed_1.jsonl")
        assert [row["tags"] for row in after] == [row["tags"] for row in before]
    else:
        assert "group D: 25 distilled and 10 original sentences" in printed
        assert ", not counting " in printed  # those that stand in train
        assert "in other sets (train " not in printed
