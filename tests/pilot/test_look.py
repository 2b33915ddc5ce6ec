"""A pilot where nobody has labelled anything."""

import json
from pathlib import Path

import pytest

from tests.pilot.conftest import Teacher, made, unlabelled
from tests.pilot.test_pilot import flat, pilot, result
from tinyner.files import write_rows
from tinyner.rows import text_of


@pytest.fixture
def cold(workspace: Path, teacher: Teacher) -> Path:
    """Return a folder without gold, in which 4 of 12 target sentences stand in for test and dev."""
    target = unlabelled(made(12, "t", 100))
    for name, rows in {"original": [], "target": target, "test": target[:2], "valid": target[2:4]}.items():
        write_rows(workspace / f"data/prepared/{name}.jsonl", rows)
    return workspace


def test_replies_are_shown_and_nothing_is_scored(cold: Path, teacher: Teacher) -> None:
    refused = text_of(made(1, "t", 106)[0])
    teacher.reply = lambda sentence: "I can't help with that." if sentence == refused else None
    done = pilot(cold, "-n", "4", "-S", "clean.max_failed=0.1")
    assert done.returncode == 0, done.stderr
    out = flat(done.stdout)
    assert sorted(teacher.asked) == sorted(text_of(row) for row in made(4, "t", 104))
    assert out.startswith(
        "no gold sentence, so nothing is scored: without gold labels, nothing here says how right the replies are"
    )
    assert out.count("nothing here says how right the replies are") == 1
    assert "t104 Rosa104 Smith was seen late yesterday . PER Rosa104 Smith t105" in out
    assert "t106 Ines106 Smith was seen late yesterday . failed: refused (the model says that it can't" in out
    assert "entities that align would label: " in out
    assert "4 replies: ok 3, repaired 0, failed 1; empty 0; problems: refused 1" in out
    assert "warning: 25% failed" in out
    assert "the failed reply to t106 (refused): I can't help with that." in out
    assert "4 replies asked for, $0.0360 paid, 0 from the store" in out
    assert "the first 4 of 8 in data/prepared/target.jsonl" in out
    assert "F1" not in out
    assert pilot(cold, "-n", "4", key=None).returncode == 0
    assert len(teacher.asked) == 4
    assert "-n 30: there are no more than 8 sentences to look at" in pilot(cold).stdout


def test_a_sentence_of_a_test_set_with_labels_is_not_looked_at(cold: Path, teacher: Teacher) -> None:
    """Whoever looks at replies chooses a prompt by them."""
    write_rows(cold / "data/prepared/test.jsonl", made(3, "t", 100))
    write_rows(cold / "data/prepared/valid.jsonl", [])
    whole = result(cold, "-n", "2")
    assert [row["id"] for row in whole["candidates"][0]["rows"]] == ["t103", "t104"]
    assert whole["available"] == 9


def test_prompts_side_by_side_and_as_json(cold: Path, teacher: Teacher) -> None:
    whole = result(cold, "-n", "3", "--prompt", "scheme", "--prompt", "json")
    assert whole["gold"] is False
    assert [candidate["name"] for candidate in whole["candidates"]] == ["scheme", "json"]
    assert whole["candidates"][0]["entities"] == {"LOC": 1, "MISC": 0, "ORG": 0, "PER": 3}
    assert "f1" not in json.dumps(whole)
    assert whole["candidates"][0]["rows"][0]["read"] == [
        {"start": 0, "end": 2, "label": "PER", "text": "Rosa104 Smith"}
    ]


def test_where_nothing_can_be_looked_at_one_line_says_so(cold: Path, teacher: Teacher) -> None:
    write_rows(cold / "data/prepared/target.jsonl", unlabelled(made(4, "t", 100)))
    done = pilot(cold)
    assert (done.returncode, done.stderr.count("\n"), teacher.asked) == (2, 1, [])
    assert "pilot: no gold sentence, and none of 4 in data/prepared/target.jsonl can be looked at" in done.stderr
