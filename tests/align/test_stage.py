"""The stage on small hand-made rows."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tinyner.align.__main__ import main
from tinyner.align.vote import AlignedSentence
from tinyner.errors import UserError
from tinyner.files import load, write_rows
from tinyner.params import read_yaml
from tinyner.prompts import Prompt

GOLD: list[dict[str, Any]] = [
    {"id": "g", "words": ["Benn", "left", "Rome"], "tags": ["B-PER", "O", "B-LOC"]},
    {"id": "h", "words": ["Benn", "rose"], "tags": ["B-PER", "O"]},
]
PROMPTS = [Prompt("Benn left .\n{sentence}"), Prompt("{sentence}\nResult:")]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    templates = [{"prompt_sha256": prompt.sha256, "template": prompt.text} for prompt in PROMPTS]
    write_rows(tmp_path / "data/annotated/prompts.jsonl", templates)
    sentences: list[dict[str, Any]] = [
        {"id": "a", "words": ["Blair", "left", "Paris"], "tags": ["B-PER", "O", "B-LOC"]},
        {"id": "b", "words": ["Blair", "left"], "tags": ["B-PER", "O"]},
    ]
    write_rows(tmp_path / "data/prepared/target.jsonl", sentences)
    write_rows(tmp_path / "data/prepared/related.jsonl", [{"id": "n", "words": ["News"]}])
    write_rows(tmp_path / "data/prepared/original.jsonl", GOLD)
    return tmp_path


def write_annotations(workspace: Path, *rows: dict[str, Any], gold: Sequence[dict[str, Any]] = ()) -> None:
    write_rows(workspace / "data/cleaned/target.jsonl", rows)
    write_rows(workspace / "data/cleaned/gold.jsonl", gold)
    write_rows(workspace / "data/cleaned/related.jsonl", [annotation("n", "ok")])


def annotation(sentence: str, status: str, *mentions: tuple[str, str], prompt: int = 0) -> dict[str, Any]:
    rows = [{"type": label, "text": text} for label, text in mentions]
    sha256 = PROMPTS[prompt].sha256
    return {"id": sentence, "prompt_sha256": sha256, "status": status, "mentions": rows, "problems": []}


def test_a_failed_reply_is_no_example_and_misses_all_its_entities(workspace: Path) -> None:
    write_annotations(workspace, annotation("a", "ok", ("PER", "Blair"), ("LOC", "Berlin")), annotation("b", "failed"))
    main()
    assert [(row["id"], row["tags"]) for row in load("data/aligned/target.jsonl")] == [("a", ["B-PER", "O", "O"])]
    assert load("data/aligned/related.jsonl") == [{"id": "n", "words": ["News"], "tags": ["O"], "spans": []}]
    assert load("data/aligned/target_ledger.jsonl") == [
        {"id": "a", "type": "PER", "text": "Blair", "outcome": "exact", "span": [[0, 1]]},
        {"id": "a", "type": "LOC", "text": "Berlin", "outcome": "not_in_sentence", "span": None},
    ]
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    micro = metrics["teacher"][0]
    assert (micro["precision"], micro["recall"], micro["support"]) == (1.0, pytest.approx(1 / 3), 3)
    assert metrics["teacher_f1"] == pytest.approx(0.5)
    assert metrics["unplaced"] == 1
    assert sum(row["mentions"] for row in metrics["ledger"]) == 2
    assert metrics["rows"] == [{"examples": 2, "failed_replies": 1, "mentions": 2}]
    assert not metrics.keys() & {"votes", "calibration"}


def test_two_replies_a_sentence_vote(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    annotations = [
        annotation("a", "ok", ("PER", "Blair"), ("LOC", "Paris"), ("PER", "Benn")),
        annotation("a", "repaired", ("PER", "Blair"), ("ORG", "left Paris"), ("PER", "Benn"), prompt=1),
        annotation("b", "failed"),
        annotation("b", "ok", ("PER", "Blair"), prompt=1),
    ]
    write_annotations(workspace, *annotations)
    main()
    assert load("data/aligned/target.jsonl") == [
        {
            "id": "a",
            "words": ["Blair", "left", "Paris"],
            "tags": ["B-PER", "B-ORG", "I-ORG"],
            "spans": [
                {"start": 0, "end": 1, "label": "PER", "share": 1.0},
                {"start": 1, "end": 3, "label": "ORG", "share": 0.5},
            ],
            "weights": [1.0, 0.5, 0.5],
            "unflattened": [
                {"label": "PER", "fragments": [[0, 1]]},
                {"label": "ORG", "fragments": [[1, 3]]},
                {"label": "LOC", "fragments": [[2, 3]]},
            ],
        },
        {
            "id": "b",
            "words": ["Blair", "left"],
            "tags": ["B-PER", "O"],
            "spans": [{"start": 0, "end": 1, "label": "PER", "share": 1.0}],
            "weights": [1.0, 1.0],
        },
    ]
    assert load("data/aligned/related.jsonl") == [{"id": "n", "words": ["News"], "tags": ["O"], "spans": []}]
    ledger = load("data/aligned/target_ledger.jsonl")
    assert [(row["id"], row["vote"], row["text"], row["outcome"], row["share"]) for row in ledger] == [
        ("a", 0, "Blair", "exact", 1.0),
        ("a", 0, "Paris", "exact", 0.5),
        ("a", 0, "Benn", "copied_from_prompt", 0.0),  # it is looked for in the prompt of its reply
        ("a", 1, "Blair", "exact", 1.0),
        ("a", 1, "left Paris", "exact", 0.5),
        ("a", 1, "Benn", "not_in_sentence", 0.0),
        ("b", 1, "Blair", "exact", 1.0),
    ]
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    scores = {row["of"]: (row["precision"], row["recall"]) for row in metrics["votes"]}
    assert scores == {
        "vote 0": (1.0, pytest.approx(2 / 3)),  # of a; b's reply failed
        "vote 1": (pytest.approx(2 / 3), pytest.approx(2 / 3)),
        "min_agreement 0.5": (pytest.approx(2 / 3), pytest.approx(2 / 3)),
        "min_agreement 1": (1.0, pytest.approx(2 / 3)),
    }
    assert metrics["calibration"] == [
        {"share": 0.5, "spans": 2, "right": 1, "fraction": 0.5},
        {"share": 1.0, "spans": 2, "right": 2, "fraction": 1.0},
    ]
    assert metrics["teacher_f1"] == pytest.approx(2 / 3)  # of the spans that were kept
    assert metrics["rows"] == [{"examples": 3, "failed_replies": 1, "mentions": 7, "failed_sentences": 0}]
    printed = capsys.readouterr().out
    assert "1 replies failed; 0 sentences have no other" in printed
    assert "Votes against gold, 2 sentences" in printed
    assert "fraction" in printed


def test_min_agreement_1_keeps_what_all_replies_have(workspace: Path) -> None:
    params = read_yaml((workspace / "params.yaml").read_text())
    params["align"]["min_agreement"] = 1.0
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    annotations = [
        annotation("a", "ok", ("PER", "Blair"), ("LOC", "Paris")),
        annotation("a", "ok", ("PER", "Blair"), prompt=1),
    ]
    write_annotations(workspace, *annotations, annotation("b", "failed"), annotation("b", "failed", prompt=1))
    main()
    (example,) = load("data/aligned/target.jsonl")
    assert (example["tags"], example["weights"]) == (["B-PER", "O", "O"], [1.0, 1.0, 0.5])
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    assert metrics["rows"] == [{"examples": 2, "failed_replies": 2, "mentions": 3, "failed_sentences": 1}]
    micro = metrics["teacher"][0]
    assert (micro["precision"], micro["recall"], micro["support"]) == (1.0, pytest.approx(1 / 3), 3)


def test_types_that_are_mostly_none_of_the_schemes_are_warned_of(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_annotations(
        workspace, annotation("a", "ok", ("DRUG", "Blair"), ("DRUG", "Paris")), annotation("b", "ok", ("PER", "Blair"))
    )
    main()
    assert "most mentions have a type that params.yaml does not have (LOC, MISC, ORG, PER)" in capsys.readouterr().out


def test_gold_sentences_score_the_llm_and_become_no_examples(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(workspace / "data/prepared/target.jsonl", [{"id": "a", "words": ["Blair", "left", "Paris"]}])
    of_target = annotation("a", "ok", ("PER", "Blair"))
    write_annotations(workspace, of_target)
    main()
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    examples, ledger = (load(f"data/aligned/target{part}.jsonl") for part in ("", "_ledger"))
    assert "teacher_f1" not in metrics
    capsys.readouterr()
    write_annotations(workspace, of_target, gold=[annotation("g", "ok", ("PER", "Benn"))])
    main()
    scored = json.loads((workspace / "metrics/align.json").read_text())
    assert scored.pop("teacher_f1") == pytest.approx(2 / 3)  # of two entities; h was not asked for
    assert scored.pop("teacher")[0]["support"] == 2
    assert scored["rows"][0].pop("gold_sentences") == 1
    assert scored == metrics
    assert [load(f"data/aligned/target{part}.jsonl") for part in ("", "_ledger")] == [examples, ledger]
    printed = " ".join(capsys.readouterr().out.split())
    assert "The teacher against gold, 1 original sentences (annotate.gold_size)" in printed


def test_target_and_gold_sentences_score_the_llm_together(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of_target = (annotation("a", "ok", ("PER", "Blair"), ("LOC", "Paris")), annotation("b", "ok", ("PER", "Blair")))
    write_annotations(workspace, *of_target, gold=[annotation("g", "failed"), annotation("h", "ok", ("PER", "Benn"))])
    main()
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    assert metrics["teacher_f1"] == pytest.approx(2 * 4 / (4 + 6))
    printed = " ".join(capsys.readouterr().out.split())
    assert "The teacher against gold, 4 sentences, 2 of them original (annotate.gold_size)" in printed
    assert "1 of these sentences have no valid reply" in printed


def refusal(workspace: Path) -> str:
    """The line that stops the stage, which leaves no file."""
    with pytest.raises(UserError) as caught:
        main()
    assert not any(path.is_file() for path in (workspace / "data/aligned").iterdir())
    return str(caught.value)


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("example", lambda row: None),
        ("example", lambda row: {**row, "words": row["words"][:-1]}),
        ("example", lambda row: {**row, "tags": row["tags"][:-1]}),
        ("example", lambda row: {**row, "id": "x"}),
        ("example", lambda row: {**row, "spans": []}),
        ("ledger", lambda rows: rows[:-1]),
        ("ledger", lambda rows: rows + rows[:1]),
        ("ledger", lambda rows: [{**row, "outcome": "lost"} for row in rows]),
    ],
)
def test_a_fault_of_the_stage_is_refused(
    method: str, fault: Callable[[Any], Any], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(AlignedSentence, method)
    monkeypatch.setattr(AlignedSentence, method, lambda sentence: fault(rows) if (rows := right(sentence)) else rows)
    write_annotations(workspace, annotation("a", "ok", ("PER", "Blair"), ("LOC", "Berlin")), annotation("b", "failed"))
    assert re.match(r"align: .*: \d \(a.*nothing was written; that is a fault of tinyner", refusal(workspace))


def test_replies_that_are_not_those_of_the_sentences_are_refused(workspace: Path) -> None:
    write_annotations(workspace, annotation("a", "ok"))
    assert refusal(workspace).endswith("without a row in data/cleaned/target.jsonl: 1 (b); run `dvc repro clean`")
    write_annotations(workspace, annotation("a", "ok"), annotation("b", "ok"), annotation("c", "ok"))
    assert "that are of no sentence of data/prepared/target.jsonl: 1 (c)" in refusal(workspace)
    write_annotations(workspace, annotation("a", "ok") | {"prompt_sha256": "x"}, annotation("b", "ok"))
    assert "with a reply to a prompt that data/annotated/prompts.jsonl lacks: 1 (a)" in refusal(workspace)


@pytest.mark.parametrize("span", [[0, 2], [1, 2], [2, 4], [1, 1]])
def test_a_mention_of_a_file_of_labels_has_the_words_of_its_span(span: list[int], workspace: Path) -> None:
    row = annotation("a", "ok")
    row["mentions"] = [{"type": "PER", "text": "Blair", "span": span}]
    write_annotations(workspace, row, annotation("b", "ok"))
    assert "with other words than the mentions of data/cleaned/target.jsonl say: 1 (a)" in refusal(workspace)
