"""What is wrong with templates, definitions and examples."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.checks.conftest import change, texts
from tests.pilot.conftest import made
from tinyner.checks.findings import Findings
from tinyner.checks.prompts import check_prompts
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.rows import Sentence, text_of


def checked(project: Path, monkeypatch: pytest.MonkeyPatch, original: Sequence[Sentence] | None = None) -> Findings:
    """Check the prompts of a project."""
    monkeypatch.chdir(project)
    findings = Findings()
    right = check_prompts(findings, load_params(), made(6, "e", 300), original)
    assert right == (findings.count("error") == 0)
    return findings


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Find LOC and PER.", "expected the field {sentence} exactly once, found it 0 times"),
        ("Find things: {sentence}", "prompts/own.txt: names none of the types in params.yaml (LOC, PER)"),
        ("{definitions} {reasoned_examples} {sentence}", "shows examples with their reasoning, and these have none"),
        (None, "prompts/own.txt can't be read; choices: cot, json"),
    ],
)
def test_a_template_that_can_t_be_sent(
    text: str | None, part: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (project / "prompts/own.txt").write_text(text)
    change(project, annotate={"prompts": {"related": "own"}})
    errors = texts(checked(project, monkeypatch), "error")
    assert len(errors) == 1
    assert part in errors[0]


def test_types_that_a_prompt_does_not_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "prompts/own.txt").write_text("Find every place: {sentence}")
    change(project, annotate={"prompts": {"target": "own", "related": "own"}})
    assert "prompts/own.txt: does not name PER" in texts(checked(project, monkeypatch), "warning")[0]


def test_definitions_that_are_drafts_or_missing_or_of_no_type(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(project, annotate={"definitions": {"LOC": "TODO: say what a LOC (Place) is", "ORG": "a body"}})
    findings = checked(project, monkeypatch)
    assert texts(findings, "error") == [
        "annotate.definitions: still TODO for LOC; write into params.yaml what it is, since the LLM is shown it"
    ]
    assert "annotate.definitions: ORG: no type of params.yaml" in texts(findings, "warning")[0]
    change(project, annotate={"definitions": {"LOC": ""}})
    assert "annotate.definitions: none for LOC" in texts(checked(project, monkeypatch), "error")[0]
    change(project, annotate={"prompts": {"target": "cot", "related": "cot"}})  # which shows no definition
    assert checked(project, monkeypatch).count("error") == 0


def test_examples(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project / "prompts/mine.jsonl"
    path.write_text('{"text": "Ada left", "entities": {"PER": ["Eve"]}}\n[]\n')
    assert "prompts/mine.jsonl:2: expected a JSON object" in " ".join(texts(checked(project, monkeypatch), "error"))
    path.write_text('{"text": "Ada left", "entities": {"PER": ["Eve"]}}\n{"text": "{sentence}", "entities": {}}\n')
    errors = texts(checked(project, monkeypatch), "error")
    assert [error.partition(": ")[0] for error in errors] == ["prompts/mine.jsonl:1", "prompts/mine.jsonl:2"]
    path.write_text('{"text": "Ada left", "entities": {"PER": ["Ada"]}}\n')
    assert "prompts/mine.jsonl: no example has LOC" in texts(checked(project, monkeypatch), "warning")[0]
    path.write_text("\n")
    assert (
        "prompts/mine.jsonl: has no example; give a few of train" in texts(checked(project, monkeypatch), "warning")[0]
    )
    path.unlink()
    assert texts(checked(project, monkeypatch), "error") == [
        "prompts/mine.jsonl: can't be read: No such file or directory"
    ]


def test_examples_are_missed_only_where_they_can_be_had(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "prompts/mine.jsonl").write_text("\n")
    assert "has no example; give a few" in texts(checked(project, monkeypatch, made(2, "o")), "warning")[0]
    findings = checked(project, monkeypatch, [])
    assert findings.count("warning") == 0
    assert "prompts/mine.jsonl: has no example, so the LLM is shown the definitions only" in texts(findings, "ok")


def test_a_prompt_to_which_replies_are_recorded_is_not_to_be_changed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "prompts/mine.jsonl").write_text('{"text": "Ada left", "entities": {"PER": ["Ada"]}}\n')
    change(project, annotate={"annotator": "claude"})
    findings = checked(project, monkeypatch, made(2, "o"))
    assert findings.count("warning") == 0
    line = "prompts/mine.jsonl: no example has LOC; leave it so, as claude's replies are to this prompt"
    assert line in texts(findings, "ok")


def test_test_sentences_among_the_examples(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"text": text_of(row).replace(" .", "."), "entities": {}} for row in made(2, "e", 300)]
    write_rows(project / "prompts/mine.jsonl", rows)
    warning = texts(checked(project, monkeypatch), "warning")[-1]
    assert "the prompt or its examples show 2 test sentences (first: e300)" in warning


def test_examples_by_similarity_need_a_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(project, annotate={"few_shot": "similar", "prompts": {"target": "cot", "related": "scheme"}})
    assert "prompts/cot.txt has no field {examples}" in texts(checked(project, monkeypatch), "error")[0]
    change(project, annotate={"few_shot": "fixed", "output": "json_schema"})
    assert "prompts/cot.txt does not ask for JSON" in texts(checked(project, monkeypatch), "error")[0]
    assert json.loads((project / "prompts/mine.jsonl").read_text())


@pytest.mark.parametrize(("count", "right"), [(0, False), (3, False), (4, True)])
def test_examples_by_similarity_need_gold(
    count: int, right: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(project, annotate={"few_shot": "similar", "shots": 3})
    monkeypatch.chdir(project)
    findings = Findings()
    assert check_prompts(findings, load_params(), [], made(count, "o")) is right
    message = (
        f"annotate.few_shot: similar wants 3 examples of data/prepared/original.jsonl, which has {count} sentences"
    )
    assert [message in text for text in texts(findings, "error")] == [True] * (not right)
