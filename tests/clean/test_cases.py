"""Replies after public bug reports (tests/cases/replies.jsonl), each with the spans that it must come to, or failed.

A case is named after its kind; ``source`` is the report. The cases of kind ``over_http`` go through the stages, from a
server on loopback.
"""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import ROOT, Handler
from tests.in_process import stage

from tinyner.align.flatten import align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.clean.parse import Status, parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.files import load, write_rows
from tinyner.params import Params, read_yaml
from tinyner.prompts import Prompt
from tinyner.rows import Mention
from tinyner.words import words_of

CASES: dict[str, dict[str, Any]] = {row["case"]: row for row in load(ROOT / "tests/cases/replies.jsonl")}
OVER_HTTP = {name: case for name, case in CASES.items() if name.startswith("over_http")}


def bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


def labelled(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((label, bare(text)) for label, text in spans)


@pytest.mark.parametrize("name", [name for name in CASES if name not in OVER_HTTP])
def test_a_reply_comes_to_these_spans_or_fails(name: str, params: Params) -> None:
    case = CASES[name]
    words = case["sentence"] if isinstance(case["sentence"], list) else words_of(case["sentence"])
    types = case.get("types", params.types)
    status, mentions, problems = parse_reply(
        case["reply"], words, TypeNames(types), bare=case.get("bare", False), cut=case.get("cut", False)
    )
    if case["spans"] is None:
        assert status is Status.FAILED, mentions
        return
    assert status is not Status.FAILED, problems
    rows: list[Mention] = [{"type": label, "text": text} for label, text in mentions]
    spans = align_reply(SearchedSentence(words), rows, list(types), Prompt("{sentence}"), params.align).spans
    assert labelled([(label, " ".join(words[start:end])) for start, end, label in spans]) == labelled(case["spans"])


@pytest.mark.slow
def test_replies_go_through_prepare_annotate_clean_and_align(tmp_path: Path, serve: Callable[[Handler], str]) -> None:
    by_text = {bare(case["sentence"]): case for case in OVER_HTTP.values()}

    def answer(_: str, body: bytes) -> tuple[int, bytes]:
        prompt = json.loads(body)["messages"][0]["content"]
        case = by_text[bare(prompt.rstrip("\n").rpartition("Sentence: ")[2])]
        message = {"role": "assistant", "content": case["reply"], "tool_calls": case.get("tool_calls")}
        choice = {"index": 0, "message": message, "finish_reason": case["finish_reason"]}
        return 200, json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}).encode()

    corpus = tmp_path / "data/own"
    write_rows(corpus / "sentences.jsonl", [{"id": name, "text": case["sentence"]} for name, case in OVER_HTTP.items()])
    for split in ("train", "valid", "test"):
        (corpus / f"{split}.txt").write_text("Blair B-PER\nleft O\n")
    (tmp_path / "prompts").mkdir()
    for path in (ROOT / "prompts").iterdir():
        (tmp_path / "prompts" / path.name).write_bytes(path.read_bytes())
    params = read_yaml((ROOT / "params.yaml").read_text())
    params["prepare"] |= {"corpus": "data/own", "target": "data/own/sentences.jsonl", "related": "none"}
    params["prepare"] |= {"target_size": None, "original_size": None, "related_size": None}
    params["train"] |= {"group": "D", "dev_size": 1}
    params["annotate"] |= {"annotator": "local", "prompts": {"target": "standard", "related": "standard"}}
    params["annotate"]["annotators"]["local"]["base_url"] = serve(answer)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    for name in ("prepare", "annotate", "clean", "align"):
        done = stage(tmp_path, name, TINYNER_REPLIES=str(tmp_path / "replies"))
        assert done.returncode == 0, done.stderr
    examples = {row["id"]: row for row in load(tmp_path / "data/aligned/target.jsonl")}
    for name, case in OVER_HTTP.items():
        if case["spans"] is None:
            assert name not in examples, name
        else:
            words = examples[name]["words"]
            spans = [(span["label"], " ".join(words[span["start"] : span["end"]])) for span in examples[name]["spans"]]
            assert labelled(spans) == labelled(case["spans"]), name
