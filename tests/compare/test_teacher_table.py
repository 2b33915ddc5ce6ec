"""Table 1, of runs with made-up scores."""

import pytest

from tests.compare.made_runs import no_predictions, scored_run
from tinyner.compare.table import Score
from tinyner.compare.teacher_table import teacher_table
from tinyner.errors import UserError
from tinyner.runs.run import Run


def test_teachers_beside_the_paper_by_prompt() -> None:
    standard = scored_run("s", 0.4, {"annotate.prompts.target": "standard", "annotate.samples": 3})
    other = scored_run("c", 0.7, {"annotate.annotator": "x"})
    table = teacher_table([scored_run("a", 0.5), scored_run("same", 0.5), standard, other])
    headers = [column.header for column in table.columns]
    assert headers == ["", "cot claude", "cot x", "cot paper", "standard claude x 3", "standard paper"]
    values = {str(row[0]): row[1:] for row in table.rows}
    assert values["micro F1"] == (Score(0.5), Score(0.7, best=True), 0.73, Score(0.4), 0.65)
    assert values["PER P"][2] is None
    assert table.ends == {2, 5, 8, 11}


def test_annotators_with_labels_in_files_are_named_and_have_no_prompt_of_their_own() -> None:
    labels = {"annotate.annotators.crowd.labels": "data/own/crowd.txt"}
    files = scored_run("f", 0.4, {"annotate.annotator": "crowd", **labels})
    both = scored_run("b", 0.6, {"annotate.annotator": ["crowd", "claude"], "annotate.samples": 3, **labels})
    table = teacher_table([files, both])
    assert [column.header for column in table.columns] == [
        "",
        "labels in files crowd",
        "cot crowd + claude x 3",
        "cot paper",
    ]


def test_on_another_corpus_the_papers_scores_are_left_out() -> None:
    table = teacher_table([scored_run("a", 0.5, {"prepare.corpus": "data/own"})])
    assert [column.header for column in table.columns] == ["", "cot claude"]


def test_runs_without_a_column_of_their_own_are_named() -> None:
    unscored = scored_run("own-data", 0.5)
    unscored.metrics["align"].pop("teacher")
    assert teacher_table([*(scored_run(name, 0.5) for name in "abc"), unscored]).notes == (
        "No teacher scored against gold: own-data.",
        "The same scores as a, so in its column: b, c.",
    )
    many = teacher_table([scored_run(f"x{number}", 0.5) for number in range(12)]).notes[-1]
    assert many.endswith("x8, x9 and 2 more.")


def test_two_teachers_of_one_name_are_told_apart() -> None:
    table = teacher_table([scored_run("a", 0.5), scored_run("b", 0.7)])
    assert [column.name for column in table.columns] == ["", "claude", "claude (b)", "paper"]


def test_a_teacher_without_gold() -> None:
    run = scored_run("a", 0.5)
    run.metrics["align"].pop("teacher")
    with pytest.raises(UserError, match=r"a: no teacher scored against gold"):
        teacher_table([run])


def test_teachers_on_other_sentences_are_named_below() -> None:
    a = scored_run("a", 0.5)
    b = scored_run("b", 0.6, {"annotate.annotator": "x", "align.snap": "word", "train.epochs": 9})
    assert teacher_table([a, scored_run("c", 0.6, {"annotate.annotator": "x"})]).notes == ()
    b.metrics["align"]["teacher"][0]["support"] = 7
    assert teacher_table([a, b]).notes == (
        "Not all alike in what the table doesn't show: align.snap (null, word).",
        "Not on the same sentences, so not to be compared: entities in gold, e.g. b of 7, a of 9.",
    )


def test_metrics_that_are_missing() -> None:
    with pytest.raises(UserError, match=r"workspace: has no metrics/align.json; run `dvc repro align`$"):
        teacher_table([Run("workspace", {}, {}, no_predictions)])
