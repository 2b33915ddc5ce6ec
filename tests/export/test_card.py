"""The model card: what is on record and nothing else; agreement with the teacher is never called a score."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from tests.export.made import change_metrics, write_lock
from tests.in_process import command
from tests.report import made as runs
from tinyner.files import write_rows
from tinyner.runs.archive import write_archive
from tinyner.stand_ins import AGREEMENT

pytestmark = pytest.mark.slow


def card_of(workspace: Path, *flags: str) -> Any:
    """Export the Hugging Face format, and read its card."""
    done = command(workspace, "export", "out", "--formats", "hf", *flags)
    assert done.returncode == 0, done.stderr
    return ModelCard.load(workspace / "out/hf/README.md")


def part(card: Any, title: str) -> str:
    """Return the text below a heading."""
    return str(card.text).partition(f"## {title}\n")[2].partition("\n## ")[0]


def as_agreement(evaluate: dict[str, Any]) -> dict[str, Any]:
    """Return metrics of scores as those of a run without gold."""
    kept = {key: value for key, value in evaluate.items() if key in ("summary", "seeds", "ece", "ece_uncalibrated")}
    return {f"teacher_agreement_{key}": value for key, value in kept.items()}


def test_it_is_filled_with_what_stages_left(workspace: Path) -> None:
    card = card_of(workspace)
    evaluate = json.loads((workspace / "metrics/evaluate.json").read_bytes())
    micro = evaluate["summary"][0]
    assert f"| {micro['f1']:.3f} ± {micro['f1_std']:.3f} | 5,648 |" in part(card, "Scores")
    errors = f"{evaluate['ece']:.3f}; before the temperature {evaluate['ece_uncalibrated']:.3f}"
    assert errors in part(card, "Calibration")
    assert "Reuters" in part(card, "Data")
    assert "Apache 2.0" in part(card, "Data")
    assert "exact version was not recorded" in part(card, "Teacher")
    assert "strict F1 is 0.955" in part(card, "Teacher")
    assert "Group E" in part(card, "Training")
    assert "100/0, 100/0, 0/100, 0/100" in part(card, "Training")
    assert "no recorded price" in part(card, "Cost")
    assert "continue nothing" in part(card, "Use")
    assert "2402.09282" in part(card, "Citation")
    assert "no run on people's labels alone" in part(card, "Against people's labels alone")
    (result, *_) = card.data.eval_results
    assert (result.metric_type, result.metric_value) == ("f1", round(micro["f1"], 4))
    assert (card.data.license, card.data.language, card.data.pipeline_tag) == ("other", "en", "token-classification")


def test_agreement_with_the_teacher_is_said_to_be_that(workspace: Path) -> None:
    change_metrics(workspace, "evaluate", as_agreement)
    card = card_of(workspace)
    assert AGREEMENT in part(card, "Scores")
    assert AGREEMENT in part(card, "Calibration")
    assert {result.metric_type for result in card.data.eval_results} == {
        f"teacher_agreement_{name}" for name in ("f1", "precision", "recall")
    }
    assert all(AGREEMENT in str(result.metric_name) for result in card.data.eval_results)


def test_what_is_not_on_record_is_not_known(workspace: Path) -> None:
    (workspace / "dvc.lock").unlink()
    card = card_of(workspace, "--license", "mit")
    for title in ("Scores", "Data", "Teacher", "Training", "Against people's labels alone"):
        assert part(card, title).strip().startswith("Not known"), title
    assert "Reuters" not in card.text
    assert (card.data.license, card.data.eval_results) == ("mit", None)


def test_another_student_is_not_given_this_ones_scores(workspace: Path) -> None:
    path = workspace / "models/student/config.json"
    path.write_text(path.read_text() + "\n")
    assert "is not the student of dvc.lock" in part(card_of(workspace), "Scores")


def test_metrics_that_the_lock_does_not_vouch_for_do_not_count(workspace: Path) -> None:
    path = workspace / "metrics/evaluate.json"
    path.write_text(path.read_text().replace("0.82", "0.99"))
    assert part(card_of(workspace), "Scores").strip().startswith("Not known: metrics/evaluate.json is not that")


def test_paths_and_addresses_stay_private(workspace: Path) -> None:
    annotator = {"labels": "data/own/secret-name.jsonl"}
    params = {"annotator": ["mine", "local"], "annotators": {"mine": annotator, "local": local()}}
    prepare = {"corpus": "data/own/secret-name", "target": "https://secret-name.example/x", "student": "hf:org/tiny@v1"}
    write_lock(workspace, annotate=params, prepare=prepare)
    card = card_of(workspace)
    assert "secret-name" not in card.content
    assert "org/tiny" in part(card, "Data")
    assert "own choice" in part(card, "Teacher")
    assert card.data.base_model == "org/tiny"
    assert (card.data.license, card.data.language) == ("unknown", None)


def test_whatever_names_types_and_models_are_the_card_has_the_same_parts(workspace: Path) -> None:
    hostile = "<script>x</script>](http://a.b)![|\n# Scores\n---\n`*_[b]"

    def shape(card: Any) -> list[tuple[str, str]]:
        tokens = MarkdownIt().enable("table").parse(card.text)
        kinds = [(kind.type, kind.tag) for token in tokens for kind in (token, *(token.children or ()))]
        return [kind for kind in kinds if kind[0] not in ("text", "text_special", "softbreak")]

    def annotator(name: str) -> dict[str, Any]:
        return {"annotator": name, "annotators": {name: local() | {"model": name}}}

    write_lock(workspace, annotate=annotator("plain"), types={"PLAIN": ["Plain"]})
    plain = card_of(workspace)
    write_lock(workspace, annotate=annotator(hostile), types={hostile: [hostile]})
    (workspace / "out").rename(workspace / "before")
    card = card_of(workspace)
    assert shape(card) == shape(plain)
    assert card.data.to_dict().keys() == plain.data.to_dict().keys()


def test_a_student_of_gold_alone_has_no_teacher(workspace: Path) -> None:
    write_lock(workspace, train={"group": "A"})
    card = card_of(workspace)
    assert "None: this student" in part(card, "Teacher")
    assert "labels of people." in card.text
    assert "BBC" not in part(card, "Data")


def test_a_card_has_the_test_against_peoples_labels_alone(workspace: Path) -> None:
    """As `tinyner compare --significance` puts it, with the parameters in which the two differ beside the blend."""
    write_rows(workspace / "data/prepared/test.jsonl", runs.sentences(40))
    runs.workspace(workspace, runs.small_run("student", rate=0.05))
    write_lock(workspace)
    write_archive(workspace / "runs.jsonl.xz", [runs.small_run("A-long", rate=0.6, group="A", epochs=9)])
    pair = ("--significance", "workspace", "A-long", "--from", "runs.jsonl.xz", "--format", "markdown")
    compared = command(workspace, "compare", *pair).stdout
    (sentence,) = re.findall(r"^workspace (beats A-long by .*seeds\).)$", compared, re.MULTILINE)
    lines = part(card_of(workspace, "--from", "runs.jsonl.xz"), "Against people's labels alone")
    assert f"This student {sentence}" in lines
    assert "The two differ in more than the blend: train.epochs." in lines


def test_a_run_to_compare_with_that_is_not_there_is_refused(workspace: Path) -> None:
    done = command(workspace, "export", "out", "--formats", "hf", "--against", "A-fixed")
    assert (done.returncode, (workspace / "out").exists()) == (2, False)


def local() -> dict[str, Any]:
    """Return an annotator on a server of one's own."""
    return {"online": True, "model": "m", "base_url": "http://secret-name.example/v1", "sampling": {"temperature": 0}}
