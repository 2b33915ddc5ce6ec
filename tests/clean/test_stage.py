"""The stage on hand-made replies: an annotation for each, in their order."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import ROOT

from tinyner.clean.__main__ import annotation_of, main
from tinyner.errors import UserError
from tinyner.files import load, sha256_text, write_rows
from tinyner.params import read_yaml

SENTENCES = {"a": ["Blair", "left"], "b": ["It", "rained"], "g": ["Benn", "left"]}


def reply(sentence: str, prompt: str, text: str, **usage: Any) -> dict[str, Any]:
    digest = sha256_text(" ".join(SENTENCES.get(sentence, ())))
    return {"id": sentence, "text_sha256": digest, "annotator": "a", "prompt_sha256": prompt, "reply": text, **usage}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    replies = [
        reply("a", "one", 'Result: {"PER": ["Blair"]}'),
        reply("a", "two", '{"PER": ["Blair"]}'),
        reply("a", "two", '{"PER": ["Bla', sample=1, finish_reason="length"),
        reply("b", "one", "Result: {}"),
    ]
    write_rows(tmp_path / "data/annotated/target.jsonl", replies)
    write_rows(tmp_path / "data/annotated/related.jsonl", [])
    write_rows(tmp_path / "data/annotated/gold.jsonl", [])
    write_rows(tmp_path / "data/annotated/prompts.jsonl", [{"prompt_sha256": "one", "template": "Satz: {sentence}"}])
    write_rows(tmp_path / "data/prepared/target.jsonl", [{"id": name, "words": SENTENCES[name]} for name in "ab"])
    write_rows(tmp_path / "data/prepared/related.jsonl", [])
    write_rows(tmp_path / "data/prepared/original.jsonl", [{"id": "g", "words": SENTENCES["g"]}])
    return tmp_path


def test_every_reply_has_an_annotation_that_names_its_prompt(workspace: Path) -> None:
    main()
    blair = [{"type": "PER", "text": "Blair"}]
    rows = load("data/cleaned/target.jsonl")
    assert rows == [
        {"id": "a", "prompt_sha256": "one", "status": "ok", "mentions": blair, "problems": []},
        {"id": "a", "prompt_sha256": "two", "status": "repaired", "mentions": blair, "problems": ["no_result_line"]},
        {"id": "a", "prompt_sha256": "two", "status": "failed", "mentions": [], "problems": ["truncated"]},
        {"id": "b", "prompt_sha256": "one", "status": "ok", "mentions": [], "problems": []},
    ]
    assert list(rows[0]) == ["id", "prompt_sha256", "status", "mentions", "problems"]
    metrics = json.loads((workspace / "metrics/clean.json").read_text())
    assert [metrics[status] for status in ("ok", "repaired", "failed")] == [2, 1, 1]


@pytest.mark.parametrize("output", ["json_object", "json_schema"])
def test_where_json_was_asked_for_an_object_needs_no_result_line(output: str, workspace: Path) -> None:
    params = read_yaml((workspace / "params.yaml").read_text())
    params["annotate"]["output"] = output
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    main()
    assert [row["status"] for row in load("data/cleaned/target.jsonl")] == ["ok", "ok", "failed", "ok"]


@pytest.mark.parametrize(
    ("reason", "is_whole"),
    [
        ("stop", True),
        ("tool_calls", True),
        ("end_turn", True),
        ("STOP", True),
        ("", True),
        (None, True),
        ("length", False),
        ("content_filter", False),
        ("model_length", False),
        ("max_tokens", False),
        ("SAFETY", False),
        ("error", False),
    ],
)
def test_any_end_but_a_natural_stop_or_a_tool_call_is_a_cut(
    reason: str | None, is_whole: bool, workspace: Path
) -> None:
    write_rows(
        workspace / "data/annotated/target.jsonl",
        [
            reply("a", "one", 'Result: {"PER": ["Blair"]', finish_reason=reason),
            reply("a", "two", 'Result: {"PER": ["Blair"]}'),
            reply("b", "one", "Result: {}"),
        ],
    )
    main()
    assert load("data/cleaned/target.jsonl")[0]["status"] == ("repaired" if is_whole else "failed")


def test_what_the_template_writes_before_its_sentence_begins_a_new_example(workspace: Path) -> None:
    text = 'Result: {"PER": ["Blair"]}\n\nSatz: Paul kam .\nResult: {"PER": ["Paul"]}'
    write_rows(workspace / "data/annotated/target.jsonl", [reply("a", "one", text), reply("b", "one", "Result: {}")])
    main()
    assert load("data/cleaned/target.jsonl")[0]["mentions"] == [{"type": "PER", "text": "Blair"}]


def test_the_last_lines_count_the_replies_and_name_what_many_have(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main()
    assert capsys.readouterr().out.splitlines() == [
        "4 replies: ok 2, repaired 1, failed 1; empty (read, without an entity) 1",
        "warning: 25% of the replies were repaired: no_result_line (no line begins with Result:), for example a",
        "warning: 25% of the replies failed: truncated (broken off before its end; raise the annotator's limit "
        "on tokens, if it has one), for example a",
    ]


def test_too_many_failed_replies_stop_the_pipeline_and_nothing_is_written(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = [reply("a", str(number), "I can't\nhelp." + " Sorry." * 100) for number in range(3)]
    write_rows(workspace / "data/annotated/target.jsonl", [*failed, reply("b", "one", "Result: {}")])
    with pytest.raises(UserError) as caught:
        main()
    assert str(caught.value) == (
        "3 of 4 replies failed, more than clean.max_failed (0.5) allows; the lines above say why, data/annotated has "
        "the replies; mend the prompt or choose another annotator, and try a few replies with: tinyner pilot"
    )
    begin = ("I can't help." + " Sorry." * 100)[:200]
    assert capsys.readouterr().out.splitlines() == [
        "4 replies: ok 1, repaired 0, failed 3; empty (read, without an entity) 1",
        "warning: 75% of the replies failed: refused (the model says that it can't or won't answer), for example a",
        f"the failed reply to a (refused): {begin} ... (713 characters)",
    ]
    assert not any((workspace / "data/cleaned").iterdir())
    params = read_yaml((workspace / "params.yaml").read_text())
    params["clean"]["max_failed"] = 0.75
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    main()
    assert len(load("data/cleaned/target.jsonl")) == 4


def test_the_limit_is_to_be_raised_only_if_most_replies_can_be_read(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = read_yaml((workspace / "params.yaml").read_text())
    params["clean"]["max_failed"] = 0.1
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UserError, match=r"mend the prompt or choose another annotator, or raise the limit$"):
        main()
    assert 'the failed reply to a (truncated): {"PER": ["Bla' in capsys.readouterr().out


def test_a_reply_without_text_is_not_the_example(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replies = [reply("a", "one", ""), reply("a", "two", " "), reply("b", "one", "I can't help.")]
    write_rows(workspace / "data/annotated/target.jsonl", replies)
    with pytest.raises(UserError, match=r"^3 of 3 replies failed"):
        main()
    out = capsys.readouterr().out
    assert "67% of the replies failed: empty (nothing was replied), for example a" in out
    assert "the failed reply to b (refused): I can't help." in out


def test_a_reply_to_no_prepared_sentence_is_refused(workspace: Path) -> None:
    write_rows(workspace / "data/annotated/target.jsonl", [reply("strange", "one", "Result: {}")])
    with pytest.raises(UserError) as caught:
        main()
    assert str(caught.value) == (
        "clean: rows of data/annotated/target.jsonl that are of no sentence of data/prepared/target.jsonl: "
        "1 (strange); run `dvc repro annotate`"
    )
    assert not any((workspace / "data/cleaned").iterdir())


def test_replies_to_gold_sentences_are_counted_by_themselves(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are no part of what is trained on, so they don't stop the stage either."""
    before = metrics_of(workspace)
    write_rows(workspace / "data/annotated/gold.jsonl", [reply("g", "one", "I can't."), reply("g", "two", "I can't.")])
    capsys.readouterr()
    assert metrics_of(workspace) == before
    assert [row["status"] for row in load("data/cleaned/gold.jsonl")] == ["failed", "failed"]
    assert capsys.readouterr().out.splitlines()[-1] == (
        "to gold sentences: 2 replies: ok 0, repaired 0, failed 2; empty (read, without an entity) 0"
    )


def metrics_of(workspace: Path) -> Any:
    main()
    return json.loads((workspace / "metrics/clean.json").read_text())


def refusal(workspace: Path) -> str:
    """The line that stops the stage, which leaves no file."""
    with pytest.raises(UserError) as caught:
        main()
    assert not any((workspace / "data/cleaned").iterdir())
    return str(caught.value)


def test_replies_to_other_words_are_refused(workspace: Path) -> None:
    changed = [{"id": "a", "words": ["Blair", "stayed"]}, {"id": "b", "words": SENTENCES["b"]}]
    write_rows(workspace / "data/prepared/target.jsonl", changed)
    assert refusal(workspace) == (
        "clean: replies of data/annotated/target.jsonl to other words than data/prepared/target.jsonl has: 1 (a); run "
        "`dvc repro annotate`"
    )


def test_a_sentence_without_a_reply_is_refused(workspace: Path) -> None:
    write_rows(workspace / "data/annotated/target.jsonl", [reply("b", "one", "Result: {}")])
    assert refusal(workspace).startswith("clean: sentences of data/prepared/target.jsonl without a row in ")


@pytest.mark.parametrize("fault", [{"id": "b"}, {"prompt_sha256": "x"}, {"status": "failed"}, {"status": "lost"}])
def test_a_fault_of_the_stage_is_refused(
    fault: dict[str, str], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*arguments: Any) -> Any:
        row = annotation_of(*arguments)
        return row | fault if row["id"] == "a" and row["status"] == "ok" else row

    monkeypatch.setattr("tinyner.clean.__main__.annotation_of", faulty)
    assert refusal(workspace).startswith("clean: ")
    assert ": 1 (a); nothing was written; that is a fault of tinyner" in refusal(workspace)
