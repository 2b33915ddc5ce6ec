"""Confusions are those of the evaluate stage."""

from tests.report.conftest import Study
from tinyner.evaluate.confusion import confusion
from tinyner.files import load
from tinyner.report.confusion import ConfusionCounter
from tinyner.rows import Sentence
from tinyner.runs.archive import read_archive
from tinyner.runs.reference import Reference


def test_confusions_are_those_of_the_stage(study: Study) -> None:
    gold: list[Sentence] = load(study.strong / "data/prepared/test.jsonl")
    run = read_archive(study.strong / "runs.jsonl.xz")["B-fixed"]
    tags = [row["tags"] for row in gold]
    of_stage = confusion(tags * 3, [predicted for seed in run.predictions.values() for predicted in seed])
    assert ConfusionCounter(Reference.of(gold, [])).count(run.predictions) == of_stage
