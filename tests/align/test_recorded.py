"""The stages clean and align on real votes: the recorded replies to two prompts, on the same 1,000 sentences."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.conll import conll_2003
from tinyner.align.__main__ import main as align
from tinyner.clean.__main__ import main as clean
from tinyner.files import load, sha256_text, write_rows
from tinyner.prepare.ranking import ranked
from tinyner.prompts import Prompt
from tinyner.rows import text_of

NAMES = ["standard", "cot"]


@pytest.fixture(scope="module")
def aligned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run both stages in a folder and return it."""
    folder = tmp_path_factory.mktemp("votes")
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    sentences = ranked(conll_2003("train"), 42)[:1000]
    stores: list[dict[str, Any]] = []
    for name in NAMES:
        stores.append({})
        for reply in load(ROOT / f"data/recorded/claude/conll-{name}.jsonl"):
            stores[-1].setdefault(reply["text_sha256"], reply)
    replies = [
        {**store[sha256_text(text_of(sentence))], "id": sentence["id"]} for sentence in sentences for store in stores
    ]
    prompts = [Prompt((ROOT / f"prompts/{name}.txt").read_text()) for name in NAMES]
    assert [replies[0]["prompt_sha256"], replies[1]["prompt_sha256"]] == [prompt.sha256 for prompt in prompts]
    write_rows(folder / "data/prepared/target.jsonl", sentences)
    write_rows(folder / "data/prepared/related.jsonl", [])
    write_rows(folder / "data/annotated/target.jsonl", replies)
    for name in ("data/annotated/related.jsonl", "data/annotated/gold.jsonl", "data/prepared/original.jsonl"):
        write_rows(folder / name, [])
    templates = [{"prompt_sha256": prompt.sha256, "template": prompt.text} for prompt in prompts]
    write_rows(folder / "data/annotated/prompts.jsonl", templates)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        clean()
        align()
    return folder


@pytest.fixture(scope="module")
def metrics(aligned: Path) -> Any:
    return json.loads((aligned / "metrics/align.json").read_text())


def test_more_agreement_is_more_precise_and_finds_less(metrics: Any) -> None:
    rows = {row["of"]: row for row in metrics["votes"]}
    assert list(rows) == ["vote 0", "vote 1", "min_agreement 0.5", "min_agreement 1"]
    half, unanimous = rows["min_agreement 0.5"], rows["min_agreement 1"]
    assert unanimous["precision"] > half["precision"]
    assert unanimous["recall"] < half["recall"]
    # Two replies that agree are more precise than either, and less complete.
    assert unanimous["precision"] > max(rows["vote 0"]["precision"], rows["vote 1"]["precision"])
    assert unanimous["recall"] < min(rows["vote 0"]["recall"], rows["vote 1"]["recall"])


def test_a_span_with_a_higher_share_is_more_often_right(metrics: Any) -> None:
    calibration = metrics["calibration"]
    assert [row["share"] for row in calibration] == [0.5, 1.0]
    for lower, higher in pairwise(calibration):
        assert lower["fraction"] < higher["fraction"]
    assert all(row["fraction"] == row["right"] / row["spans"] for row in calibration)
    # The spans that both replies have are those kept at min_agreement 1: they never overlap.
    unanimous = next(row for row in metrics["votes"] if row["of"] == "min_agreement 1")
    assert calibration[-1]["fraction"] == pytest.approx(unanimous["precision"])
    assert calibration[-1]["right"] == pytest.approx(unanimous["recall"] * unanimous["support"])


def test_the_rows_are_those_of_the_votes(aligned: Path, metrics: Any) -> None:
    examples = load(aligned / "data/aligned/target.jsonl")
    assert len(examples) == 1000
    assert all(len(row["weights"]) == len(row["words"]) for row in examples)
    assert {weight for row in examples for weight in row["weights"]} == {0.5, 1.0}
    assert {span["share"] for row in examples for span in row["spans"]} == {0.5, 1.0}
    for row in examples:
        for span in row["spans"]:
            assert all(weight >= span["share"] for weight in row["weights"][span["start"] : span["end"]])
    ledger = load(aligned / "data/aligned/target_ledger.jsonl")
    assert metrics["rows"][0]["mentions"] == len(ledger)
    assert {row["vote"] for row in ledger} == {0, 1}
    kept = next(row for row in metrics["votes"] if row["of"] == "min_agreement 0.5")
    assert kept["f1"] == metrics["teacher_f1"]  # min_agreement of params.yaml
